// The product's test clock: tomorrow, next month, or any duration. Where live keys exist the product refuses.

import { ask } from "./api.js";
import { html, nothing } from "./html.js";

const MOVES = [
  ["1h", "In an hour"],
  ["1d", "Tomorrow"],
  ["30d", "Next month"],
];

export class ClockBox {
  said = "";
  trouble = "";
  busy = false;
  by = "";

  constructor(app) {
    this.app = app;
  }

  async move(by) {
    this.busy = true;
    this.said = this.trouble = "";
    this.app.draw();
    try {
      this.said = (await ask("POST", "/product-clock", { by })).said;
    } catch (error) {
      this.trouble = error.message;
    }
    this.busy = false;
    this.app.draw();
  }

  view() {
    if (!this.app.setup.has_clock) return nothing;
    return html`<section class="card" aria-labelledby="clock-title">
      <h2 id="clock-title">Test clock <small>moves schedules, retries and expiry</small></h2>
      <form
        class="row"
        @submit=${(event) => {
          event.preventDefault();
          if (this.by) this.move(this.by);
        }}
      >
        ${MOVES.map(
          ([by, label]) => html`<button type="button" class="small" ?disabled=${this.busy} @click=${() => this.move(by)}>${label}</button>`,
        )}
        <input
          class="short"
          aria-label="Move by, such as 90s, 15m or 3d"
          placeholder="3d"
          .value=${this.by}
          @input=${(event) => (this.by = event.target.value.trim())}
        />
      </form>
      ${this.busy ? html`<p class="hint" role="status">Moving …</p>` : nothing}
      ${this.said ? html`<p class="hint" role="status">${this.said}</p>` : nothing}
      ${this.trouble ? html`<p class="notice bad" role="alert">${this.trouble}</p>` : nothing}
    </section>`;
  }
}

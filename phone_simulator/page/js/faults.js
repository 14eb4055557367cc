// Makes the text provider, its REST face and the merchant's server misbehave, once each.

import { ask } from "./api.js";
import { html, nothing } from "./html.js";

const FAULTS = [
  ["The next text", { text: "never" }, "never arrives"],
  ["The next text", { text: "late" }, "comes 30 s late"],
  ["The next text", { text: "twice" }, "comes twice"],
  ["The provider", { provider: "429" }, "refuses a text: 429"],
  ["The provider", { provider: "500" }, "fails: 500"],
  ["The provider", { provider: "lost" }, "accepts, answer lost"],
  ["The merchant", { merchant: 500 }, "refuses an event: 500"],
];
let armed = [];

export function faultsView(app) {
  const arm = async (fault, words) => {
    await ask("POST", "/faults", fault);
    armed = [...armed, words];
    app.draw();
  };
  const clear = async () => {
    await ask("DELETE", "/faults");
    armed = [];
    app.draw();
  };
  return html`<section class="card">
    <details class="faults">
      <summary><h2>Make it go wrong</h2></summary>
      ${[...new Set(FAULTS.map(([who]) => who))].map(
        (who) => html`<div class="row" role="group" aria-label=${who}>
          <span class="label">${who}</span>
          ${FAULTS.filter((fault) => fault[0] === who).map(
            ([, fault, words]) => html`<button type="button" class="small" @click=${() => arm(fault, `${who.toLowerCase()} ${words}`)}>${words}</button>`,
          )}
        </div>`,
      )}
      ${armed.length
        ? html`<p class="hint" role="status">
            Armed: ${armed.join(", ")}. <button type="button" class="link" @click=${clear}>All well again</button>
          </p>`
        : nothing}
      <p class="hint">For the voice provider, see the buttons of a call under <em>What happens</em>.</p>
    </details>
  </section>`;
}

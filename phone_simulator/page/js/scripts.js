// A call as a call script: shown, copied, downloaded, and played again at three paces.

import { ask } from "./api.js";
import { html, nothing } from "./html.js";
import { icon } from "./icons.js";

const PACES = [
  ["1×", { realtime: true, pace: 1 }],
  ["4×", { realtime: true, pace: 4 }],
  ["Instantly", {}],
];

export class Scripts {
  text = "";
  trouble = "";
  playing = null;
  result = null;

  constructor(app) {
    this.app = app;
  }

  async write(sid) {
    this.result = null;
    this.trouble = this.text = "";
    try {
      this.text = await ask("GET", `/calls/${sid}/script`);
    } catch (error) {
      this.trouble = error.message;
    }
    this.app.draw();
    requestAnimationFrame(() => document.getElementById("script")?.showModal());
  }

  // The call of a replay is held to the first phone's ear, so that one sees and hears it.
  async replay(settings) {
    this.playing = `replay-${Math.random().toString(36).slice(2, 8)}.yaml`;
    this.result = null;
    if (settings.realtime) document.getElementById("script").close();
    this.app.draw();
    try {
      this.result = await ask("POST", "/runs", { script: this.text, name: this.playing, ...settings });
    } catch (error) {
      this.trouble = error.message;
    }
    this.playing = null;
    this.app.draw();
    requestAnimationFrame(() => {
      const dialog = document.getElementById("script");
      if (dialog && !dialog.open) dialog.showModal();
    });
  }

  notice() {
    if (!this.playing) return;
    const call = this.app.store.callList.find((one) => one.made_by === this.playing);
    const phone = this.app.phones[0];
    if (call && phone.sid !== call.sid) phone.show(call);
  }

  #download() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([this.text], { type: "application/yaml" }));
    link.download = "my-call.yaml";
    link.click();
    URL.revokeObjectURL(link.href);
  }

  view() {
    return html`<dialog id="script" aria-labelledby="script-title" @close=${() => this.app.draw()}>
      <header>
        <h2 id="script-title">What you just did, as a call script</h2>
        <button type="button" class="plain" aria-label="Close" @click=${() => document.getElementById("script").close()}>${icon("cross")}</button>
      </header>
      ${this.trouble ? html`<p class="notice bad" role="alert">${this.trouble}</p>` : nothing}
      ${this.text ? this.#body() : nothing}
    </dialog>`;
  }

  #body() {
    return html`
      <pre class="yaml" tabindex="0" lang="ko">${this.text}</pre>
      ${this.#outcome()}
      <footer>
        <div class="row">
          <button type="button" class="small" @click=${() => navigator.clipboard?.writeText(this.text)}>${icon("copy")}Copy</button>
          <button type="button" class="small" @click=${() => this.#download()}>${icon("save")}Download</button>
        </div>
        <div class="row">
          <span class="label">${icon("play")}Play it again</span>
          ${PACES.map(
            ([label, settings]) => html`<button type="button" class="small" ?disabled=${this.playing} @click=${() => this.replay(settings)}>
              ${label}
            </button>`,
          )}
        </div>
      </footer>
      <p class="hint">Or in a terminal: <code>.venv/bin/ars call my-call.yaml --simulator ${location.origin}</code></p>
    `;
  }

  #outcome() {
    if (this.playing) return html`<p class="notice" role="status">Playing …</p>`;
    if (!this.result) return nothing;
    const failures = this.result.calls.flatMap((call) => call.failures);
    if (this.result.ok) return html`<p class="notice good" role="status">${icon("check")}<span>As written: every sentence, key, text and event came as before.</span></p>`;
    return html`<div class="notice bad" role="alert"><ul>${failures.map((failure) => html`<li>${failure}</li>`)}</ul></div>`;
  }
}

// What happens behind the call: all calls, one call turn by turn, texts with their states, and the merchant's events.

import { ask } from "./api.js";
import { html, nothing } from "./html.js";
import { plural } from "./format.js";
import { callList } from "./call_list.js";
import { callView } from "./call_view.js";
import { eventsView, textsView } from "./deliveries.js";

const TABS = [
  ["call", "Call"],
  ["calls", "All calls"],
  ["texts", "Texts"],
  ["events", "Webhooks"],
];

export class Inspector {
  tab = "call";
  sid = null;
  filter = "";
  state = "all";
  // Faults for the next call, while nobody is talking.
  #armed = [];
  armedWords = "";

  constructor(app) {
    this.app = app;
  }

  open(sid) {
    this.sid = sid;
    this.tab = "call";
    this.app.store.follow(sid);
    this.app.draw();
  }

  show(tab) {
    this.tab = tab;
    this.app.draw();
  }

  // A call in progress is hit at once, else the next one.
  async misbehave(fault, words) {
    const call = this.app.store.calls.get(this.sid);
    if (call && call.is_mine && !call.ended_by) {
      await ask("POST", `/calls/${this.sid}/faults`, fault).catch(() => {});
      this.armedWords = "";
    } else {
      this.#armed.push(fault);
      this.armedWords = `The next call’s first webhook will be ${words}.`;
    }
    this.app.draw();
  }

  takeFaults() {
    const faults = this.#armed;
    this.#armed = [];
    this.armedWords = "";
    return faults;
  }

  view() {
    const { store } = this.app;
    const counts = { calls: store.calls.size, texts: store.texts.size, events: store.events.size };
    return html`<section class="card tall" aria-labelledby="inspector-title">
      <h2 id="inspector-title">What happens</h2>
      <div class="tabrow" role="tablist" aria-label="What to look at" @keydown=${(event) => this.#move(event)}>
        ${TABS.map(
          ([name, label]) => html`<button
            type="button"
            role="tab"
            id="tab-${name}"
            aria-selected=${this.tab === name}
            aria-controls="tabpanel"
            tabindex=${this.tab === name ? 0 : -1}
            @click=${() => this.show(name)}
          >
            ${label}${counts[name] ? html`<b class="count" aria-label=${plural(counts[name], "entry")}>${counts[name]}</b>` : nothing}
          </button>`,
        )}
      </div>
      <div class="panel ${this.#isLive ? "keeps-to-end" : ""}" id="tabpanel" role="tabpanel" aria-labelledby="tab-${this.tab}">${this.#panel()}</div>
    </section>`;
  }

  get #isLive() {
    const call = this.app.store.calls.get(this.sid);
    return this.tab === "call" && call && !call.ended_by;
  }

  #move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = TABS.findIndex(([name]) => name === this.tab);
    this.show(TABS[(at + step + TABS.length) % TABS.length][0]);
    requestAnimationFrame(() => document.getElementById(`tab-${this.tab}`)?.focus());
  }

  #panel() {
    if (this.tab === "calls") return callList(this);
    if (this.tab === "texts") return textsView(this.app);
    if (this.tab === "events") return eventsView(this.app);
    return callView(this);
  }
}

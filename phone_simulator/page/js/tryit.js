// Plays the merchant: asks for a registration or a charge, and says what to do next.

import { product } from "./api.js";
import { html, nothing } from "./html.js";
import { cardsView } from "./cards.js";
import { ClockBox } from "./clock.js";
import { curlFor } from "./curl.js";
import { steps } from "./guide.js";
import { chargeForm, registerForm } from "./requests.js";
import { icon } from "./icons.js";
import { faultsView } from "./faults.js";

const suffix = () => Math.random().toString(36).slice(2, 8);
const CARDS_MAX = 20;

export class TryIt {
  kind = "registration";
  billKeys = [];
  busy = false;
  // What the last press of the button has led to.
  made = null;
  trouble = null;

  constructor(app) {
    this.app = app;
    this.clock = new ClockBox(app);
    const said = (kind) => app.setup.requests.find((request) => request.kind === kind) ?? {};
    this.registration = { name: "홍길동", item: "LPG 요금", trust_phrase: "", consent: "each_charge", phone: 0, ...said("registration") };
    this.charge = { amount: 39000, item: "11월 요금", bill_key: "", months: 0, consent: "ars", ...said("charge") };
  }

  async refresh() {
    if (!this.app.setup.api_url) return;
    try {
      const found = await product("GET", `/v1/bill_keys?limit=${CARDS_MAX}`);
      this.billKeys = found.data.filter((key) => key.status === "active");
    } catch {
      this.billKeys = [];
    }
    if (!this.billKeys.some((key) => key.id === this.charge.bill_key)) this.charge.bill_key = this.billKeys[0]?.id ?? "";
    this.app.draw();
  }

  // What was asked for has moved on; or a card was registered or revoked, and the list of cards is another one now.
  notice({ news }) {
    const about = news?.events.findLast((event) => this.made && event.data?.id === this.made.id);
    if (about) this.made = about.data;
    if (news?.events.some((event) => /^(registration\.registered|bill_key)/.test(event.type))) this.refresh();
  }

  get request() {
    return this.kind === "registration" ? this.#registrationRequest() : this.#chargeRequest();
  }

  #registrationRequest() {
    const { name, item, trust_phrase: phrase, consent, phone } = this.registration;
    const customer = { ref: "cust-1", name, phone: (this.app.phones[phone] ?? this.app.phones[0]).number };
    const body = { order_id: `R-${this.#order()}`, channel: "ars", customer, item, terms: { consent } };
    return { path: "/v1/registrations", body: phrase ? { ...body, trust_phrase: phrase } : body };
  }

  #chargeRequest() {
    const { amount, item, bill_key: key, months, consent } = this.charge;
    const body = { bill_key: key, order_id: `C-${this.#order()}`, amount: Number(amount), item, consent };
    const installments = { max_months: Number(months), interest_free: [2, 3].filter((month) => month <= months) };
    return { path: "/v1/charges", body: Number(months) ? { ...body, installments } : body };
  }

  #order() {
    return (this.order ??= suffix());
  }

  async send() {
    const { path, body } = this.request;
    this.busy = true;
    this.made = this.trouble = null;
    this.app.draw();
    try {
      this.made = await product("POST", path, body);
      this.order = null;
      if (this.made.virtual_number) this.#showInbox(this.made.customer.phone);
    } catch (error) {
      this.trouble = error;
    }
    this.busy = false;
    this.app.draw();
  }

  // On a small screen the text arrives out of sight, so go there.
  #showInbox(number) {
    const phone = this.app.phones.find((one) => one.inbox === number);
    if (phone && !phone.isTalking) phone.screen = "messages";
    this.app.show("phones");
  }

  view() {
    const isCharge = this.kind === "charge";
    return html`
      <section class="card guide" aria-label="What to do next">${steps(this.app)}</section>
      <section class="card" aria-labelledby="tryit-title">
        <h2 id="tryit-title">Try it <small>you are the merchant</small></h2>
        <div class="segments wide" role="group" aria-label="What to ask for">
          ${this.#tab("registration", "Register a card")} ${this.#tab("charge", "Charge it")}
        </div>
        ${isCharge ? chargeForm(this) : registerForm(this)} ${this.#outcome()} ${this.#curl()}
      </section>
      ${cardsView(this.app)} ${this.clock.view()} ${faultsView(this.app)}
    `;
  }

  #tab(kind, label) {
    return html`<button type="button" aria-pressed=${this.kind === kind} @click=${() => this.choose(kind)}>${label}</button>`;
  }

  choose(kind) {
    this.kind = kind;
    this.made = this.trouble = null;
    this.app.draw();
  }

  #outcome() {
    if (this.trouble) return this.#troubleView();
    if (!this.made) return nothing;
    const { id, status } = this.made;
    return html`<p class="notice good" role="status">${icon("check")}<span><code>${id}</code> is <b>${status}</b></span></p>`;
  }

  #troubleView() {
    const tooMany = this.trouble.problem?.code === "text_limit_reached" && this.app.setup.has_clock;
    return html`<div class="notice bad" role="alert">
      <span>${this.trouble.message}</span>
      ${tooMany
        ? html`<button type="button" class="small" @click=${() => this.clock.move("10m")}>Move the clock 10 minutes</button>`
        : nothing}
    </div>`;
  }

  #curl() {
    const { api_url: url, api_key: key } = this.app.setup;
    if (!url) return html`<p class="notice bad">The simulator was started without <code>--api-url</code>.</p>`;
    const command = curlFor(url, key, this.request);
    return html`<details class="curl">
      <summary>The same with curl</summary>
      <button type="button" class="plain copy" aria-label="Copy the command" @click=${() => navigator.clipboard?.writeText(command)}>
        ${icon("copy")}
      </button>
      <pre tabindex="0">${command}</pre>
    </details>`;
  }
}

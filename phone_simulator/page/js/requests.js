// The two forms of the merchant: a registration, and a charge on a registered card.

import { html, live } from "./html.js";
import { phone as written, won } from "./format.js";

const MONTHS = [0, 3, 6, 12];

export function registerForm(tryIt) {
  const { app, registration } = tryIt;
  const set = (changes) => change(tryIt, registration, changes);
  return html`<form @submit=${(event) => submit(event, tryIt)}>
    <label class="field"
      >Customer’s phone<select @change=${(event) => set({ phone: Number(event.target.value) })}>
        ${app.phones.map((phone, n) => html`<option value=${n} ?selected=${registration.phone === n}>${phone.name} · ${written(phone.inbox)}</option>`)}
      </select></label
    >
    <div class="two">
      ${field("Name", registration.name, (name) => set({ name }), "ko")} ${field("Item", registration.item, (item) => set({ item }), "ko")}
    </div>
    ${field("Trust phrase, known to both sides", registration.trust_phrase, (phrase) => set({ trust_phrase: phrase }), "ko")}
    <fieldset>
      <legend>Consent</legend>
      ${radio("consent", "each_charge", "to each charge, by phone", registration.consent, (consent) => set({ consent }))}
      ${radio("consent", "once", "once, for all", registration.consent, (consent) => set({ consent }))}
    </fieldset>
    <button class="wide main" ?disabled=${tryIt.busy}>${tryIt.busy ? "One moment …" : "Register"}</button>
  </form>`;
}

export function chargeForm(tryIt) {
  const { charge, billKeys } = tryIt;
  const set = (changes) => change(tryIt, charge, changes);
  if (!billKeys.length) {
    return html`<p class="empty-line">No card is registered yet. Press <em>Register a card</em> and make that call first.</p>`;
  }
  return html`<form @submit=${(event) => submit(event, tryIt)}>
    <label class="field"
      >Card<select @change=${(event) => set({ bill_key: event.target.value })}>
        ${billKeys.map(
          (key) => html`<option value=${key.id} ?selected=${charge.bill_key === key.id}>
            ${key.card.issuer} ${key.card.last4} · ${key.customer.name} ${written(key.customer.phone)}
          </option>`,
        )}
      </select></label
    >
    <div class="two">
      <label class="field"
        >Amount, ${won(charge.amount)}<input
          inputmode="numeric"
          .value=${live(String(charge.amount))}
          @input=${(event) => set({ amount: event.target.value.replace(/\D/g, "") })}
      /></label>
      ${field("Item", charge.item, (item) => set({ item }), "ko")}
    </div>
    <label class="field"
      >Instalments<select @change=${(event) => set({ months: Number(event.target.value) })}>
        ${MONTHS.map((months) => html`<option value=${months} ?selected=${charge.months === months}>${plan(months)}</option>`)}
      </select></label
    >
    <fieldset>
      <legend>Consent</legend>
      ${radio("consent", "ars", "by phone", charge.consent, (consent) => set({ consent }))}
      ${radio("consent", "none", "was given once, for all", charge.consent, (consent) => set({ consent }))}
    </fieldset>
    <button class="wide main" ?disabled=${tryIt.busy}>${tryIt.busy ? "One moment …" : `Charge ${won(charge.amount)}`}</button>
  </form>`;
}

const plan = (months) => (months ? `up to ${months} months, 2 and 3 free of interest (from 50,000원)` : "one payment");

function change(tryIt, form, changes) {
  Object.assign(form, changes);
  tryIt.app.draw();
}

function submit(event, tryIt) {
  event.preventDefault();
  if (!tryIt.busy) tryIt.send();
}

function field(label, value, set, lang) {
  return html`<label class="field"
    >${label}<input lang=${lang} .value=${live(value ?? "")} @input=${(event) => set(event.target.value)}
  /></label>`;
}

function radio(name, value, label, chosen, set) {
  return html`<label class="choice"
    ><input type="radio" name=${name} .checked=${live(chosen === value)} @change=${() => set(value)} />${label}</label
  >`;
}

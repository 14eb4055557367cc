// The inbox of a telephone: texts as the customer sees them, with what QA wants to know below each.

import { html, nothing, repeat } from "./html.js";
import { phone as written, timeOf, toE164 } from "./format.js";
import { icon } from "./icons.js";

// What a phone would underline; every second piece of a text that is split by it.
const NUMBERS = /(\+?\d[\d -]{6,16}\d)/g;
const CALLABLE = /^(\+82|0|1\d{3}-)/;

export function messagesScreen(phone, app) {
  const texts = app.store.textsTo(phone.inbox).filter((text) => text.arrived);
  texts.forEach((text) => phone.read.add(text.sid));
  return html`
    <header class="titlebar">
      <h3>Messages</h3>
      <p>${written(phone.inbox)}</p>
    </header>
    <div class="inbox keeps-to-end" role="log" aria-label="Texts to ${written(phone.inbox)}" tabindex="0">
      ${texts.length
        ? repeat(texts, (text) => text.sid, (text) => textView(text, phone))
        : html`<div class="empty">
            ${icon("message")}
            <p><strong>No text yet</strong></p>
            <p>Press <em>Register</em> in <em>Try it</em>: the service sends a text with a number to call.</p>
          </div>`}
    </div>
  `;
}

function textView(text, phone) {
  const copies = Array.from({ length: text.copies }, (_, number) => number);
  return html`
    <article class="text">
      <p class="when">${timeOf(text.at)} · from ${written(text.from)}</p>
      ${copies.map(
        () => html`<div class="bubble" lang="ko">${text.preview.split(NUMBERS).map((part, n) => (n % 2 ? number(part, phone) : part))}</div>`,
      )}
      <p class="meta">
        <span class="mark ${text.kind.toLowerCase()}">${text.kind}</span>${text.bytes} bytes
        ${text.ids.length ? html` · ${text.ids.join("/")}` : nothing} · ${text.status}
        ${text.not_carried.length ? html` · <b class="bad">not carried: ${text.not_carried.join(" ")}</b>` : nothing}
      </p>
    </article>
  `;
}

function number(part, phone) {
  if (!CALLABLE.test(part)) return part;
  const ours = phone.app.setup.numbers.includes(toE164(part));
  return html`<button type="button" class="number ${ours ? "ours" : ""}" @click=${() => phone.dial(toE164(part))} aria-label="Call ${part}">
    ${ours ? icon("call") : nothing}${part}
  </button>`;
}

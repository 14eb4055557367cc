// Texts with their way to the phone, and the events that the merchant's server was sent.

import { html, nothing, repeat } from "./html.js";
import { phone as written, timeOf } from "./format.js";
import { icon } from "./icons.js";

const SIGNATURES = {
  valid: ["good", "check", "signature verified"],
  invalid: ["bad", "cross", "signature is wrong"],
  missing: ["bad", "cross", "not signed"],
  unchecked: ["", "warning", "secret not known yet"],
};

export function textsView(app) {
  const texts = [...app.store.texts.values()].reverse();
  if (!texts.length) return empty("message", "No text yet", "Press Register in Try it: the service sends one through the provider.");
  return html`<ul class="deliveries">
    ${repeat(
      texts,
      (text) => text.sid,
      (text) => html`<li>
        <p class="head">
          <b>${text.ids.join("/") || "text"}</b> to ${written(text.to)} <span class="way">${way(text)}</span><time>${timeOf(text.at)}</time>
        </p>
        <p class="words" lang="ko">${text.body}</p>
        <p class="meta">
          <span class="mark ${text.kind.toLowerCase()}">${text.kind}</span>${text.bytes} bytes, ${text.segments} segments at the provider
          ${text.copies > 1 ? html`<b class="bad">arrived ${text.copies} times</b>` : nothing}
          ${text.arrived ? nothing : html`<b class="bad">not on the phone</b>`}
        </p>
      </li>`,
    )}
  </ul>`;
}

function way(text) {
  const states = ["queued", ...text.receipts];
  const error = text.error_code ? ` (${text.error_code})` : "";
  return states.map((state, n) => html`${n ? " → " : ""}<i class=${state}>${state}${n === states.length - 1 ? error : ""}</i>`);
}

export function eventsView(app) {
  const events = [...app.store.events.values()].reverse();
  if (!events.length) return empty("list", "No webhook yet", "When a registration or charge is decided, the merchant’s server gets a signed event.");
  return html`<ul class="deliveries">
    ${repeat(events, (event) => event.token, eventView)}
  </ul>`;
}

function eventView(event) {
  const [kind, drawing, words] = SIGNATURES[event.signature] ?? SIGNATURES.unchecked;
  return html`<li>
    <p class="head"><b>${event.type}</b><time>${timeOf(event.received_at)}</time></p>
    <p class="meta"><span class="signature ${kind}">${icon(drawing)}${words}</span><code>${event.id}</code></p>
    <details>
      <summary>Body</summary>
      <pre tabindex="0">${JSON.stringify(event.body, null, 2)}</pre>
    </details>
  </li>`;
}

function empty(drawing, title, words) {
  return html`<div class="empty">${icon(drawing)}<p><strong>${title}</strong></p><p>${words}</p></div>`;
}

// The twelve keys, in a call and to dial by hand.

import { html, nothing } from "./html.js";
import { icon } from "./icons.js";
import { KEYS } from "./phone.js";
import { toE164 } from "./format.js";

const LETTERS = { 2: "ㄱㅋ", 4: "ㄴㄹ", 5: "ㄷㅌ", 6: "ㅁ", 7: "ㅂㅍ", 8: "ㅅ", 9: "ㅈㅊ", 0: "ㅇㅎ" };
const NAMES = { "*": "star", "#": "hash" };

// `wanted` are keys that the sentence just heard has named.
export function keypad(phone, wanted = "") {
  return html`<div class="keypad" role="group" aria-label="Keypad of telephone ${phone.name}">
    ${[...KEYS].map(
      (key) => html`<button
        type="button"
        class="key ${wanted.includes(key) ? "wanted" : ""}"
        data-key=${key}
        aria-label=${NAMES[key] ?? key}
        @click=${() => phone.press(key)}
      >
        <span>${key === "*" ? "✱" : key}</span><small aria-hidden="true">${LETTERS[key] ?? nothing}</small>
      </button>`,
    )}
  </div>`;
}

export function keypadScreen(phone, app) {
  const change = (draft) => {
    phone.draft = draft;
    app.draw();
  };
  return html`
    <header class="titlebar"><h3>Keypad</h3></header>
    <div class="dialler">
      <input
        class="draft"
        inputmode="tel"
        aria-label="Number to call"
        placeholder="070-7000-0001"
        .value=${phone.draft}
        @input=${(event) => change(event.target.value)}
        @keydown=${(event) => event.key === "Enter" && phone.draft && phone.dial(toE164(phone.draft))}
      />
      ${keypad(phone)}
      <div class="callbar">
        <span></span>
        <button
          type="button"
          class="round go"
          aria-label="Call"
          ?disabled=${!phone.draft}
          @click=${() => phone.dial(toE164(phone.draft))}
        >
          ${icon("call")}
        </button>
        <button
          type="button"
          class="round quiet"
          aria-label="Delete the last key"
          ?disabled=${!phone.draft}
          @click=${() => change(phone.draft.slice(0, -1))}
        >
          ${icon("back")}
        </button>
      </div>
    </div>
  `;
}

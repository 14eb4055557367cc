// How a telephone looks: the case, the bar with the time, and one of three screens.

import { html, nothing } from "./html.js";
import { phone as written } from "./format.js";
import { callScreen } from "./call_screen.js";
import { messagesScreen } from "./messages_screen.js";
import { keypadScreen } from "./keypad.js";
import { switches } from "./switches.js";
import { icon } from "./icons.js";

const SCREENS = { messages: messagesScreen, keypad: keypadScreen, call: callScreen };
const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

export function phoneView(phone, app) {
  const inCall = phone.screen === "call";
  return html`
    <section class="phone ${inCall ? "in-call" : ""}" data-phone=${phone.name} aria-label="Telephone ${phone.name}, ${written(phone.inbox)}">
      <div class="case">
        <div class="screen">
          <div class="statusbar" aria-hidden="true">
            <span>${TIME.format(new Date())}</span>
            <span class="island"></span>
            <span class="signal"><i></i><i></i><i></i><i></i></span>
          </div>
          ${SCREENS[phone.screen](phone, app)} ${inCall ? nothing : tabs(phone, app)}
        </div>
      </div>
      ${phone.notice ? html`<p class="notice bad" role="alert">${phone.notice}</p>` : nothing} ${switches(phone, app)}
    </section>
  `;
}

function tabs(phone, app) {
  const unread = app.store.textsTo(phone.inbox).filter((text) => text.arrived && !phone.read.has(text.sid)).length;
  const tab = (screen, label, name) => html`
    <button
      type="button"
      class="tab"
      aria-pressed=${phone.screen === screen}
      @click=${() => {
        phone.screen = screen;
        app.draw();
      }}
    >
      ${icon(name)}<span>${label}</span>
      ${screen === "messages" && unread ? html`<b class="badge" aria-label="${unread} unread">${unread}</b>` : nothing}
    </button>
  `;
  return html`<nav class="tabs" aria-label="Screens of telephone ${phone.name}">
    ${tab("messages", "Messages", "message")} ${tab("keypad", "Keypad", "keypad")}
  </nav>`;
}

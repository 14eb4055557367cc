// The page: a bar, and three sides that stand beside each other where there is room and behind each other where there is not.

import { html, nothing } from "./html.js";
import { icon } from "./icons.js";
import { phoneView } from "./phone_view.js";

const THEMES = [
  ["light", "sun", "Light"],
  ["auto", "auto", "As the system"],
  ["dark", "moon", "Dark"],
];
const SIDES = [
  ["tryit", "Try it", "add"],
  ["phones", "Telephone", "call"],
  ["inspector", "What happens", "list"],
];

export function layout(app) {
  return html`
    ${bar(app)}
    <main class="sides ${app.phones.length > 1 ? "two-phones" : ""}" data-side=${app.side}>
      <div class="side tryit" id="tryit">${app.tryIt.view()}</div>
      <div class="side phones" id="phones" tabindex="-1">
        <h2 class="sr-only">Telephones</h2>
        <div class="pair">${app.phones.map((phone) => phoneView(phone, app))}</div>
        <p class="more">
          ${app.phones.length > 1
            ? html`<button type="button" class="link" @click=${() => app.removePhone()}>Put the second telephone away</button>`
            : html`<button type="button" class="link" @click=${() => app.addPhone()}>${icon("add")}Second telephone</button>`}
        </p>
      </div>
      <div class="side inspector" id="inspector">${app.inspector.view()}</div>
    </main>
    ${bottom(app)} ${app.scripts.view()}
  `;
}

function bar(app) {
  const theme = document.documentElement.dataset.theme;
  return html`<header class="bar">
    <p class="brand"><img src="/page/icon.svg" alt="" width="28" height="28" /><strong>Handset</strong><span>phone simulator</span></p>
    <p class="connection ${app.store.isLive ? "on" : ""}" role="status">${app.store.isLive ? "live" : "reconnecting …"}</p>
    <button
      type="button"
      class="plain"
      aria-pressed=${app.isMuted}
      aria-label="Mute all sound"
      title=${app.isMuted ? "Sound is off" : "Sound is on"}
      @click=${() => app.toggleSound()}
    >
      ${icon(app.isMuted ? "muted" : "sound")}
    </button>
    <div class="segments" role="group" aria-label="Colours">
      ${THEMES.map(
        ([name, drawing, label]) => html`<button
          type="button"
          aria-pressed=${theme === name}
          aria-label=${label}
          title=${label}
          @click=${() => app.setTheme(name)}
        >
          ${icon(drawing)}
        </button>`,
      )}
    </div>
  </header>`;
}

function bottom(app) {
  return html`<nav class="bottom" aria-label="Parts of the page">
    ${SIDES.map(
      ([side, label, drawing]) => html`<button type="button" aria-pressed=${app.side === side} @click=${() => app.show(side)}>
        ${icon(drawing)}<span>${label}</span>${side === "phones" && app.phones.some((phone) => phone.isTalking)
          ? html`<i class="talking"></i>`
          : nothing}
      </button>`,
    )}
  </nav>`;
}

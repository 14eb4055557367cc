// The sandbox's test cards by what they do. The chosen one is suggested when a card is asked for.

import { html, nothing } from "./html.js";
import { cardNumber } from "./format.js";
import { icon } from "./icons.js";

const GROUPS = [
  ["works", "They work"],
  ["charge", "They register, then charges are refused"],
  ["register", "They are refused at once"],
];

export function cardsView(app) {
  const { cards } = app.setup;
  if (!cards.length) return nothing;
  const chosen = app.chosenCard ?? cards[0].number;
  const now = cards.find((card) => card.number === chosen);
  return html`<section class="card">
    <details class="cards">
      <summary>
        <h2>Test cards</h2>
        <span class="chosen"><code>${cardNumber(chosen)}</code> <small>${now?.does}</small></span>
      </summary>
      ${GROUPS.map(
        ([group, title]) => html`<h3>${title}</h3>
          <ul>
            ${cards.filter((card) => card.group === group).map((card) => cardView(card, chosen, app))}
          </ul>`,
      )}
      <p class="hint">Birth date 900101, first two password digits 12, any expiry to come.</p>
    </details>
  </section>`;
}

function cardView(card, chosen, app) {
  const choose = () => {
    app.chosenCard = card.number;
    if (app.activePhone.isTalking && app.activePhone.call.doing.digits_max >= 14) app.activePhone.type(card.number);
    app.draw();
  };
  return html`<li>
    <button type="button" class="testcard" aria-pressed=${card.number === chosen} @click=${choose}>
      ${icon("card")}<code>${cardNumber(card.number)}</code><span>${card.does}</span>
    </button>
  </li>`;
}

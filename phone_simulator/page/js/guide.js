// Four steps from nothing to a finished call; the one to take now stands out.

import { html, nothing } from "./html.js";
import { icon } from "./icons.js";

export function steps(app) {
  const done = progress(app);
  const now = done.findIndex((isDone) => !isDone);
  const words = [
    ["Press Register", "You are the merchant: the form below asks a customer to register a card."],
    ["Tap the number in the text", "The text has come to the telephone. The number in it is a button."],
    ["Do what the voice says", "Press what is suggested. You need not hear a sentence out: press, or skip with →."],
    ["See what came of it", "The result is spoken, a text confirms it, and the merchant gets a signed event."],
  ];
  return html`<h2>${now < 0 ? "That was a whole call" : "From here to a call"}</h2>
    <ol class="steps">
      ${words.map(
        ([title, more], n) => html`<li class=${n === now ? "now" : done[n] ? "done" : ""} aria-current=${n === now ? "step" : nothing}>
          <span class="count-mark">${done[n] ? icon("check") : n + 1}</span>
          <div><strong>${title}</strong>${n === now ? html`<p>${more}</p>` : nothing}</div>
        </li>`,
      )}
    </ol>
    ${now < 0
      ? html`<div class="next">
          ${hasCharged(app)
            ? nothing
            : html`<button type="button" class="small" @click=${() => app.tryIt.choose("charge")}>Now charge the card</button>`}
          <p>Try a card that is refused, a bad line, a lost answer; save what you did as a script.</p>
        </div>`
      : nothing}`;
}

const hasCharged = (app) => [...app.store.events.values()].some((event) => event.type.startsWith("charge."));

function progress(app) {
  const { calls, texts, events } = app.store;
  const inboxes = app.phones.map((phone) => phone.inbox);
  const hasText = [...texts.values()].some((text) => text.arrived && inboxes.includes(text.to));
  const mine = [...calls.values()].filter((call) => call.is_mine);
  const hasCalled = mine.length > 0;
  const hasFinished = mine.some((call) => call.ended_by === "us");
  const hasEvent = hasFinished && events.size > 0;
  return [hasText || hasCalled, hasCalled, hasFinished, hasEvent];
}

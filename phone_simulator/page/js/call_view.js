// One call: who and how long, buttons that make the provider misbehave, and every turn of it.

import { html, nothing } from "./html.js";
import { clock, ending, phone as written } from "./format.js";
import { icon } from "./icons.js";
import { secondsOf } from "./line_time.js";
import { turnsOf, turnView } from "./turns.js";

const FAULTS = [
  [{ webhook: "duplicate" }, "Duplicate", "delivered twice"],
  [{ webhook: "delayed", seconds: 2 }, "Delay", "delivered two seconds late"],
  [{ webhook: "lost" }, "Lose the answer", "answered in vain and sent again"],
];

export function callView(inspector) {
  const { app, sid } = inspector;
  const call = app.store.calls.get(sid);
  if (!call) return html`${misbehaviour(inspector)}${emptyView(app)}`;
  const details = app.store.details.get(sid);
  return html`
    <header class="callhead">
      <div>
        <h3>${written(call.from)} <span aria-hidden="true">→</span><span class="sr-only">calls</span> ${written(call.to)}</h3>
        <p>
          <span class="state ${call.ended_by ? "over" : "live"}">${call.status}</span>
          ${call.ended_by ? html`${clock(call.seconds)} · ${ending(call.ended_by)}` : html`at ${clock(secondsOf(call))}`}
          ${call.made_by === "hand" ? nothing : html` · <code>${call.made_by}</code>`}
        </p>
      </div>
      ${call.ended_by && call.is_mine
        ? html`<button type="button" class="small" @click=${() => app.saveScript(sid)}>${icon("save")}Save as script</button>`
        : nothing}
    </header>
    ${call.is_mine && !call.ended_by ? misbehaviour(inspector) : nothing}
    ${(details?.problems ?? []).map((problem) => html`<p class="notice bad">${icon("warning")}<span>${problem}</span></p>`)}
    <ol class="turns" aria-label="Turns of the call">
      ${details ? turnsOf(details).map((turn) => turnView(turn, sid)) : nothing}
    </ol>
  `;
}

function misbehaviour(inspector) {
  return html`<div class="row misbehave" role="group" aria-label="Make the voice provider misbehave">
    <span class="label">Next webhook</span>
    ${FAULTS.map(
      ([fault, label, words]) => html`<button type="button" class="small" title="It will be ${words}" @click=${() => inspector.misbehave(fault, words)}>
        ${label}
      </button>`,
    )}
    ${inspector.armedWords ? html`<p class="hint" role="status">${inspector.armedWords}</p>` : nothing}
  </div>`;
}

function emptyView(app) {
  return html`<div class="empty">
    ${icon("list")}
    <p><strong>No call is open</strong></p>
    <p>
      Tap a number in a text and its turns unfold here: each webhook, the TwiML that answered it, what the caller heard and
      pressed.
    </p>
    ${app.store.calls.size
      ? html`<button type="button" class="small" @click=${() => app.inspector.show("calls")}>See all calls</button>`
      : nothing}
  </div>`;
}

// The screen of a call: who, how long, what is being said, what may be pressed, and how long the line still waits.

import { html, nothing, svg } from "./html.js";
import { clock, ending, phone as written } from "./format.js";
import { icon } from "./icons.js";
import { progressOf, secondsOf } from "./line_time.js";
import { keypad } from "./keypad.js";
import { hintFor, keysNamed } from "./hints.js";

const RING = 2 * Math.PI * 15;
const SENTENCES = 3;
// Letters from which on a sentence is written smaller, so that all of it is seen.
const LONG = 58;

export function callScreen(phone, app) {
  const call = phone.call;
  if (!call) return html`<div class="calling"><p>Calling …</p></div>`;
  const over = Boolean(call.ended_by);
  return html`
    <div class="calling ${over ? "over" : call.doing.what}">
      <header>
        <p class="who">${written(call.to)}</p>
        <p class="timer" role="timer">${over ? "Call ended" : html`${stateOf(call)} · ${clock(secondsOf(call))}`}</p>
        ${call.made_by === "hand" ? nothing : html`<p class="replaying">${icon("play")}played by a script</p>`}
      </header>
      ${subtitles(phone, call)} ${over ? afterwards(phone, call, app) : during(phone, call, app)}
    </div>
  `;
}

const stateOf = (call) =>
  ({ ringing: "calling", speaking: "speaking", asking: "listening", waiting: "please hold" })[call.doing.what] ?? "";


function subtitles(phone, call) {
  const said = (phone.details?.timeline ?? []).filter((entry) => entry.kind === "prompt");
  const last = said.at(-1);
  const speaking = call.doing.what === "speaking" && !call.ended_by;
  return html`
    <div class="subtitles">
      ${said.slice(-SENTENCES, -1).map((entry) => html`<p class="before" lang=${entry.language}>${entry.text}</p>`)}
      ${last ? html`<p class="now ${last.text.length > LONG ? "long" : ""}" lang=${last.language}>${words(last, speaking ? progressOf(call) : 1)}</p>` : nothing}
      <p class="sr-only" aria-live="polite">${last?.text ?? ""}</p>
    </div>
  `;
}

// Words that have been spoken stand out from those to come.
function words(entry, progress) {
  const parts = entry.text.split(/(?<=\s)/);
  const total = entry.text.length;
  let at = 0;
  return html`<span aria-hidden="true"
    >${parts.map((part) => {
      const isSpoken = at / total <= progress;
      at += part.length;
      return html`<span class=${isSpoken ? "spoken" : "coming"}>${part}</span>`;
    })}</span
  >`;
}

function during(phone, call, app) {
  const mine = call.made_by === "hand";
  const hint = mine ? hintFor(phone, app) : null;
  return html`
    ${line(call)} ${hint ? suggestion(phone, hint) : html`<div class="suggestion none"></div>`}
    ${keypad(phone, mine ? keysNamed(phone) : "")}
    <div class="callbar">
      <button type="button" class="round quiet" @click=${() => app.toggleSound()} aria-pressed=${app.isMuted} aria-label="Mute">
        ${icon(app.isMuted ? "muted" : "sound")}
      </button>
      <button type="button" class="round stop" ?disabled=${!mine} @click=${() => phone.hangUp()} aria-label="Hang up">
        ${icon("call")}
      </button>
      <button
        type="button"
        class="round quiet"
        ?disabled=${!mine || call.doing.what !== "speaking"}
        @click=${() => phone.skip()}
        aria-label="Skip this sentence"
        title="Skip this sentence (→)"
      >
        ${icon("skip")}
      </button>
    </div>
  `;
}

// One line that says what the service is doing, with the seconds it still waits.
function line(call) {
  const { what, seconds, typed, digits_max: most, hears_keys: hears } = call.doing;
  if (what === "asking") {
    const left = Math.max(0, seconds * (1 - progressOf(call)));
    const keyed = most > 1 || typed ? `${typed}${most ? ` of ${most}` : ""} keyed` : "press a key";
    return html`<div class="line asking">${ring(1 - progressOf(call), Math.ceil(left))}<span>${keyed}</span>${dots(typed, most)}</div>`;
  }
  const words = what === "speaking" ? (hears ? "you may press before it ends" : "keys are not heard yet") : "one moment …";
  return html`<div class="line ${what}"><span class="wave" aria-hidden="true"><i></i><i></i><i></i><i></i></span><span>${words}</span></div>`;
}

function ring(left, seconds) {
  return html`<span class="ring" role="img" aria-label="${seconds} seconds left"
    >${svg`<svg viewBox="0 0 36 36"><circle cx="18" cy="18" r="15"></circle><circle class="left" cx="18" cy="18" r="15"
      stroke-dasharray=${RING} stroke-dashoffset=${RING * (1 - left)}></circle></svg>`}<b>${seconds}</b></span
  >`;
}

function dots(typed, most) {
  if (!most || most < 2) return nothing;
  return html`<span class="dots" aria-hidden="true"
    >${Array.from({ length: most }, (_, n) => html`<i class=${n < typed ? "on" : ""}></i>`)}</span
  >`;
}

function suggestion(phone, hint) {
  return html`<button type="button" class="suggestion" @click=${() => phone.type(hint.keys)}>
    <span class="keys">${hint.shown}</span><span class="says">${hint.says}</span><b>Key it in</b>
  </button>`;
}

function afterwards(phone, call, app) {
  const mine = call.made_by === "hand";
  return html`
    <div class="after">
      <p>${ending(call.ended_by)} · ${clock(call.seconds)}</p>
      ${mine
        ? html`<button type="button" class="wide" @click=${() => app.saveScript(call.sid)}>${icon("save")}Save as script</button>`
        : nothing}
      ${mine
        ? html`<button type="button" class="wide" @click=${() => phone.dial(call.to)}>${icon("call")}Call again</button>`
        : nothing}
      <button type="button" class="wide main" @click=${() => phone.putDown()}>${icon("message")}Back to messages</button>
    </div>
  `;
}

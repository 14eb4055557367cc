// Every call that the simulator knows, newest first; readable while fifty people talk.

import { html, nothing, repeat } from "./html.js";
import { clock, phone as written, plural } from "./format.js";

const SHOWN_MAX = 120;
const STATES = [
  ["all", "all"],
  ["live", "in progress"],
  ["trouble", "with problems"],
];

export function callList(inspector) {
  const all = inspector.app.store.callList;
  const live = all.filter((call) => !call.ended_by).length;
  const found = all.filter((call) => fits(call, inspector));
  const shown = found.slice(0, SHOWN_MAX);
  return html`
    <div class="filter">
      <input
        type="search"
        aria-label="Filter calls by number, prompt or script"
        placeholder="number, prompt, script …"
        .value=${inspector.filter}
        @input=${(event) => {
          inspector.filter = event.target.value;
          inspector.app.draw();
        }}
      />
      <div class="segments" role="group" aria-label="Which calls">
        ${STATES.map(
          ([state, label]) => html`<button
            type="button"
            aria-pressed=${inspector.state === state}
            @click=${() => {
              inspector.state = state;
              inspector.app.draw();
            }}
          >
            ${label}
          </button>`,
        )}
      </div>
    </div>
    <p class="hint" role="status">
      ${plural(all.length, "call")}, ${live} in progress${found.length > shown.length ? `; the newest ${SHOWN_MAX} of ${found.length} are shown` : ""}
    </p>
    ${shown.length
      ? html`<ul class="calls">
          ${repeat(shown, (call) => call.sid, (call) => row(call, inspector))}
        </ul>`
      : html`<p class="empty-line">${all.length ? "No call fits the filter." : "No call yet: tap a number in a text."}</p>`}
  `;
}

function fits(call, { filter, state }) {
  if (state === "live" && call.ended_by) return false;
  if (state === "trouble" && !call.problems) return false;
  const wanted = filter.trim().toLowerCase();
  const text = [written(call.from), written(call.to), call.from, call.to, call.made_by, ...call.prompt].join(" ");
  return !wanted || text.toLowerCase().includes(wanted);
}

function row(call, inspector) {
  const kind = call.problems ? "bad" : call.ended_by ? "over" : "live";
  return html`<li>
    <button type="button" class="callrow ${inspector.sid === call.sid ? "open" : ""}" @click=${() => inspector.open(call.sid)}>
      <span class="dot ${kind}" aria-label=${kind === "live" ? "in progress" : kind === "bad" ? "with problems" : "over"} role="img"></span>
      <span class="from">${written(call.from)}</span>
      <span class="said">${call.prompt.length ? html`<b>${call.prompt.join("/")}</b>` : nothing} <span lang="ko">${call.words}</span></span>
      <span class="time">${clock(call.ended_by ? call.seconds : call.at)}</span>
    </button>
  </li>`;
}

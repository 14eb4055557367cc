// How the owner of a telephone telephones: as whom, with which fingers, on which line.

import { html, nothing, live } from "./html.js";

const PACES = [1, 2, 4];

export function switches(phone, app) {
  const { manner } = phone;
  const set = (changes) => {
    Object.assign(manner, changes);
    app.remember();
    app.draw();
  };
  const on = [
    manner.as === "hidden" && "number hidden",
    manner.as === "other" && `calls from ${manner.other}`,
    manner.slow && "slow fingers",
    manner.bad && "bad line",
    manner.hangUpAt && `hangs up at ${manner.hangUpAt}`,
  ].filter(Boolean);
  return html`
    <div class="manner">
      <div class="pace" role="group" aria-label="Pace of speech">
        <span>Speech</span>
        ${PACES.map(
          (pace) => html`<button type="button" aria-pressed=${manner.pace === pace} @click=${() => phone.listenAt(pace)}>
            ${pace}×
          </button>`,
        )}
        <small>${voiceWords(app, manner.pace)}</small>
      </div>
      <details>
        <summary>Switches ${on.length ? html`<span class="chips">${on.map((word) => html`<i>${word}</i>`)}</span>` : nothing}</summary>
        <label class="field"
          >Number of this phone<input
            inputmode="tel"
            .value=${live(phone.number)}
            @change=${(event) => app.renumber(phone, event.target.value)}
        /></label>
        <fieldset>
          <legend>Calls as</legend>
          ${choice(phone, "own", "own number", set)} ${choice(phone, "hidden", "hidden", set)}
          ${choice(phone, "other", "another phone", set)}
        </fieldset>
        ${manner.as === "other"
          ? html`<label class="field"
              >That phone’s number<input
                inputmode="tel"
                .value=${live(manner.other)}
                @change=${(event) => set({ other: event.target.value })}
            /></label>`
          : nothing}
        ${toggle("Slow fingers", "2.5 s from key to key", manner.slow, (slow) => set({ slow }))}
        ${toggle("Bad line", "every fifth key is lost", manner.bad, (bad) => set({ bad }))}
        <label class="field"
          >Hang up when this is said<select @change=${(event) => set({ hangUpAt: event.target.value })}>
            <option value="" ?selected=${!manner.hangUpAt}>never</option>
            ${app.prompts.map((id) => html`<option value=${id} ?selected=${manner.hangUpAt === id}>${id}</option>`)}
          </select></label
        >
      </details>
    </div>
  `;
}

function voiceWords(app, pace) {
  const source = app.voice.sourceOf("ko-KR");
  if (app.isMuted) return "sound is off";
  if (!source) return "no Korean voice here";
  return pace > 2 ? "too fast to be spoken" : `voice of the ${source}`;
}

function choice(phone, value, label, set) {
  return html`<label class="choice"
    ><input
      type="radio"
      name="as-${phone.name}"
      .checked=${live(phone.manner.as === value)}
      @change=${() => set({ as: value })}
    />${label}</label
  >`;
}

function toggle(label, words, isOn, set) {
  return html`<label class="toggle"
    ><input type="checkbox" role="switch" .checked=${live(isOn)} @change=${(event) => set(event.target.checked)} /><span
      >${label}<small>${words}</small></span
    ></label
  >`;
}

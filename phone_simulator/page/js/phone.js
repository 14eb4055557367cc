// One telephone: whose it is, what it shows, and what its owner does with it. How it looks stands in phone_view.js.

import { ask } from "./api.js";
import { toE164 } from "./format.js";
import * as tones from "./tones.js";

export const KEYS = "123456789*0#";
const BAD_LINE_DROPS = 5;
const SLOW_FINGERS_S = 2.5;
// How long a suggestion takes from key to key, so that one hears and sees it being keyed.
const TYPING_MS = 90;

export class Phone {
  screen = "messages";
  draft = "";
  sid = null;
  // What was pressed since the last question, as dots; never which keys.
  typed = 0;
  notice = "";
  manner = { as: "own", other: "010-9999-0403", slow: false, bad: false, hangUpAt: "", pace: 1 };
  read = new Set();
  #outgoing = "";
  #sending = null;

  constructor(name, number, app) {
    this.name = name;
    this.number = number;
    this.app = app;
  }

  get inbox() {
    return toE164(this.number);
  }

  get call() {
    return this.sid ? this.app.store.calls.get(this.sid) : null;
  }

  get isTalking() {
    return Boolean(this.call) && !this.call.ended_by && this.call.made_by === "hand";
  }

  get details() {
    return this.sid ? this.app.store.details.get(this.sid) : null;
  }

  async dial(number) {
    const { as, other, slow, bad, hangUpAt, pace } = this.manner;
    tones.ring();
    this.notice = "";
    await this.#try(async () => {
      const call = await ask("POST", "/calls", {
        to: number,
        from: as === "hidden" ? "anonymous" : as === "other" ? other : this.number,
        fingers_s: slow ? SLOW_FINGERS_S : 0,
        drop_every: bad ? BAD_LINE_DROPS : 0,
        hang_up_at: hangUpAt,
        pace,
        faults: this.app.takeFaults(),
      });
      this.show(call);
    });
  }

  // Hold a call to the ear: one's own, or one that a script makes.
  show(call) {
    this.sid = call.sid;
    this.screen = "call";
    this.typed = 0;
    if (!this.app.store.calls.has(call.sid)) {
      this.app.store.calls.set(call.sid, { ...call.summary, heardAt: performance.now() });
    }
    this.app.store.follow(call.sid);
    this.app.open(call.sid);
  }

  press(key) {
    tones.key(key);
    if (!this.isTalking) {
      if (this.screen === "keypad") this.draft += key;
      this.app.draw();
      return;
    }
    this.app.voice.hush();
    this.typed += 1;
    this.#outgoing += key;
    this.#sending ??= this.#send().finally(() => (this.#sending = null));
    this.app.draw();
  }

  // Keys go in order: what is pressed while others are on their way goes with the next request.
  async #send() {
    while (this.#outgoing) {
      const keys = this.#outgoing;
      this.#outgoing = "";
      await this.#try(() => ask("POST", `/calls/${this.sid}/keys`, { keys }));
    }
  }

  // Key many, one after the other, as a finger would.
  async type(keys) {
    for (const key of keys) {
      if (!this.isTalking && this.screen !== "keypad") return;
      this.press(key);
      await new Promise((resolve) => setTimeout(resolve, TYPING_MS));
    }
  }

  async hangUp() {
    this.app.voice.hush();
    await this.#try(() => ask("POST", `/calls/${this.sid}/hangup`));
  }

  async skip() {
    this.app.voice.hush();
    await this.#try(() => ask("POST", `/calls/${this.sid}/skip`));
  }

  async listenAt(pace) {
    this.manner.pace = pace;
    this.app.voice.hush();
    if (this.isTalking) await this.#try(() => ask("POST", `/calls/${this.sid}/pace`, { pace }));
    this.app.remember();
    this.app.draw();
  }

  putDown() {
    this.sid = null;
    this.screen = "messages";
    this.app.draw();
  }

  async #try(act) {
    try {
      await act();
    } catch (error) {
      // A call that has just ended cannot be steered any more, and the screen says that it has.
      if (error.status !== 409) this.notice = error.message;
    }
    this.app.draw();
  }
}

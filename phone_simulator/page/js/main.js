// Puts the page together: what is known, who telephones, which side is shown, and when to draw again.

import { ask } from "./api.js";
import { listen } from "./feed.js";
import { html, render } from "./html.js";
import { Inspector } from "./inspector.js";
import { listenToKeyboard } from "./keyboard.js";
import { layout } from "./layout.js";
import { Phone } from "./phone.js";
import { Scripts } from "./scripts.js";
import { Store } from "./store.js";
import * as tones from "./tones.js";
import { TryIt } from "./tryit.js";
import { Voice } from "./voice.js";
import { watchLines } from "./watch_lines.js";

// Often enough for words that light up as they are spoken.
const TICK_MS = 120;
const SECOND_PHONE = "010-0000-0002";

class App {
  store = new Store();
  side = "phones";
  chosenCard = null;
  prompts = [];
  isMuted = false;
  #asked = false;

  constructor(setup, prompts) {
    this.setup = setup;
    this.prompts = prompts;
    this.voice = new Voice(setup.voices);
    this.phones = [new Phone("A", "010-0000-0001", this)];
    this.scripts = new Scripts(this);
    this.inspector = new Inspector(this);
    this.tryIt = new TryIt(this);
    this.#recall();
    this.store.followed = () => [...new Set([...this.phones.map((phone) => phone.sid), this.inspector.sid])].filter(Boolean);
    this.store.addEventListener("change", (event) => {
      this.tryIt.notice(event.detail);
      watchLines(this, event.detail);
      this.draw();
    });
  }

  // Several changes become one drawing.
  draw() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      const readBack = new Set(growing().filter((box) => !isAtEnd(box)));
      render(layout(this), document.getElementById("app"));
      growing().forEach((box) => readBack.has(box) || (box.scrollTop = box.scrollHeight));
    });
  }

  tick() {
    if (this.phones.some((phone) => phone.call && !phone.call.ended_by)) this.draw();
  }

  open(sid) {
    this.inspector.open(sid);
  }

  show(side) {
    if (this.side !== side) window.scrollTo(0, 0);
    this.side = side;
    this.draw();
  }

  // The telephone that the keyboard belongs to: the one that has the focus, else one that is being talked on.
  get activePhone() {
    const name = document.activeElement?.closest("[data-phone]")?.dataset.phone;
    const focused = this.phones.find((phone) => phone.name === name);
    return focused?.isTalking ? focused : (this.phones.find((phone) => phone.isTalking) ?? focused ?? this.phones[0]);
  }

  takeFaults() {
    return this.inspector.takeFaults();
  }

  saveScript(sid) {
    this.scripts.write(sid);
  }

  addPhone() {
    this.phones.push(new Phone("B", SECOND_PHONE, this));
    this.remember();
    this.draw();
  }

  removePhone() {
    const phone = this.phones.pop();
    if (phone.isTalking) phone.hangUp();
    this.remember();
    this.draw();
  }

  renumber(phone, number) {
    phone.number = number.trim() || phone.number;
    this.remember();
    this.draw();
  }

  toggleSound() {
    this.isMuted = !this.isMuted;
    this.voice.isMuted = this.isMuted;
    tones.mute(this.isMuted);
    if (this.isMuted) this.voice.hush();
    this.remember();
    this.draw();
  }

  setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem("theme", theme);
    this.draw();
  }

  // Kept in this browser: whose phones there are and how they telephone. Never what was keyed.
  remember() {
    const phones = this.phones.map(({ number, manner }) => ({ number, manner }));
    localStorage.setItem("handset", JSON.stringify({ phones, isMuted: this.isMuted }));
  }

  #recall() {
    const kept = readJson(localStorage.getItem("handset"));
    if (!kept?.phones?.length) return;
    this.phones = kept.phones.slice(0, 2).map(({ number, manner }, n) => {
      const phone = new Phone("AB"[n], number, this);
      Object.assign(phone.manner, manner);
      return phone;
    });
    if (kept.isMuted) this.toggleSound();
  }
}

const growing = () => [...document.querySelectorAll(".keeps-to-end")];
// What grows at its end stays there, unless somebody has scrolled back to read.
const isAtEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 60;

function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function begin() {
  const [setup, { prompts }] = await Promise.all([ask("GET", "/setup"), ask("GET", "/prompts")]);
  const app = new App(setup, prompts.map((prompt) => prompt.id));
  listenToKeyboard(app);
  listen(app.store);
  app.draw();
  setInterval(() => app.tick(), TICK_MS);
  app.tryIt.refresh();
}

begin().catch((error) => {
  render(html`<p class="noscript" role="alert">${error.message}</p>`, document.getElementById("app"));
});

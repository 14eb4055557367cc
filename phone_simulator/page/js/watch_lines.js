// Gives the news a sound: speaks a sentence when it begins, falls silent when it ends, ticks while the caller waits.

import * as tones from "./tones.js";

const WAITING_MS = 1200;
const TICK_EVERY_MS = 1000;
let ticking = null;

export function watchLines(app, { news, isAll }) {
  app.phones.forEach((phone) => speak(app, phone));
  tickWhileWaiting(app);
  if (news && !isAll) app.phones.forEach((phone) => greetTexts(phone, news));
  if (news) app.scripts.notice();
}

function speak(app, phone) {
  const { call, details } = phone;
  if (!call || !details) return;
  if (call.ended_by) {
    if (phone.endHeard !== call.sid) tones.hungUp();
    phone.endHeard = call.sid;
    return;
  }
  const last = details.timeline.findLast((entry) => entry.kind === "prompt");
  // Entries can be newer or older than the summary: only a sentence that is both last and being spoken is said aloud.
  if (call.doing.what !== "speaking" || !last || call.entries > details.timeline.length) return;
  if (phone.spoken === `${call.sid}/${last.n}`) return;
  phone.spoken = `${call.sid}/${last.n}`;
  phone.typed = 0;
  app.voice.say(call.sid, last, call.pace);
}

function tickWhileWaiting(app) {
  const waits = app.phones.some(({ call }) => call && !call.ended_by && call.doing.what === "waiting");
  if (waits && !ticking) {
    ticking = setTimeout(() => {
      ticking = setInterval(tones.tick, TICK_EVERY_MS);
    }, WAITING_MS);
  } else if (!waits && ticking) {
    clearTimeout(ticking);
    clearInterval(ticking);
    ticking = null;
  }
}

function greetTexts(phone, news) {
  for (const text of news.texts) {
    if (text.to !== phone.inbox || !text.arrived || phone.greeted?.has(text.sid)) continue;
    phone.greeted = (phone.greeted ?? new Set()).add(text.sid);
    tones.textCame();
  }
}

// All that the simulator tells: calls, texts and events by their names, kept up to date by the feed.

import { ask } from "./api.js";

const EVENTS_MAX = 300;

export class Store extends EventTarget {
  calls = new Map();
  texts = new Map();
  events = new Map();
  // Calls in full, for those that somebody looks at.
  details = new Map();
  followed = () => [];
  isLive = false;
  #fetching = new Set();

  // A page that lost its place in the stream is given everything anew.
  take(news) {
    if (news.is_all) [this.calls, this.texts, this.events, this.details].forEach((kept) => kept.clear());
    const now = performance.now();
    for (const call of news.calls) this.calls.set(call.sid, { ...call, heardAt: now });
    for (const text of news.texts) this.#keep(this.texts, text.sid, text);
    for (const event of news.events) this.#keep(this.events, event.token, event);
    while (this.events.size > EVENTS_MAX) this.events.delete(this.events.keys().next().value);
    this.followed().forEach((sid) => this.follow(sid));
    this.tell(news.is_all ? { news, isAll: true } : { news });
  }

  #keep(things, name, thing) {
    things.set(name, thing);
  }

  tell(detail = {}) {
    this.dispatchEvent(new CustomEvent("change", { detail }));
  }

  // Fetch what is new of a call; the last entry and unanswered webhooks may still change.
  async follow(sid) {
    const summary = this.calls.get(sid);
    const known = this.details.get(sid) ?? { timeline: [], webhooks: [] };
    if (!summary || this.#fetching.has(sid) || isCurrent(known, summary)) return;
    this.#fetching.add(sid);
    const entriesFrom = Math.max(0, known.timeline.length - 1);
    const open = known.webhooks.findIndex((webhook) => webhook.status === null);
    const webhooksFrom = open >= 0 ? open : Math.max(0, known.webhooks.length - 1);
    try {
      const found = await ask("GET", `/calls/${sid}?entries_from=${entriesFrom}&webhooks_from=${webhooksFrom}`);
      this.details.set(sid, {
        ...found,
        version: summary,
        timeline: [...known.timeline.slice(0, entriesFrom), ...found.timeline],
        webhooks: [...known.webhooks.slice(0, webhooksFrom), ...found.webhooks],
      });
      this.tell({ followed: sid });
    } catch {
      this.details.delete(sid);
    } finally {
      this.#fetching.delete(sid);
    }
    if (this.calls.get(sid) !== summary) this.follow(sid);
  }

  // Newest first.
  get callList() {
    return [...this.calls.values()].reverse();
  }

  textsTo(number) {
    return [...this.texts.values()].filter((text) => text.to === number);
  }
}

function isCurrent(known, summary) {
  return known.version === summary;
}

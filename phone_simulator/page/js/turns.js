// A turn: one webhook, its answer, and what was heard and pressed until the next one.

import { html, nothing } from "./html.js";
import { clock, ending } from "./format.js";
import { icon } from "./icons.js";
import { coloured } from "./twiml.js";

// Deliveries beside the conversation belong to the turn they came with.
const ASIDE = ["status", "late_action"];
const TELLING = ["Digits", "FinishedOnKey", "CallStatus", "From", "ErrorCode", "CallDuration"];

export function turnsOf({ webhooks, timeline }) {
  return webhooks.map((webhook, n) => {
    const until = webhooks[n + 1]?.entries_before ?? Infinity;
    return { webhook, entries: timeline.filter((entry) => entry.n >= webhook.entries_before && entry.n < until) };
  });
}

export function turnView({ webhook, entries }) {
  const { purpose, method, status, milliseconds, fault, at, url, document } = webhook;
  const path = url.replace(/^https?:\/\/[^/]+/, "");
  const good = status !== null && status < 400;
  return html`<li class="turn ${ASIDE.includes(purpose) ? "aside" : ""}">
    <div class="request">
      <time>${clock(at)}</time>
      <span class="purpose">${purpose.replace("_", " ")}</span>
      <code class="path" title=${url}>${method} ${path}</code>
      <span class="answer ${status === null ? "open" : good ? "good" : "bad"}">${status ?? "…"}</span>
      <span class="took">${Math.round(milliseconds)} ms</span>
      ${fault ? html`<span class="fault">${fault.replaceAll("_", " ")}</span>` : nothing}
    </div>
    ${entries.map(entryView)}
    <div class="raw">${parameters(webhook.parameters)} ${document ? answerView(document) : nothing}</div>
  </li>`;
}

function parameters(all) {
  const names = Object.keys(all).filter((name) => all[name] !== "");
  const first = TELLING.filter((name) => all[name]);
  return html`<details>
    <summary>Parameters <span class="few">${first.slice(0, 2).map((name) => html`<i>${name}=${all[name]}</i>`)}</span></summary>
    <dl>${names.map((name) => html`<dt>${name}</dt><dd>${all[name]}</dd>`)}</dl>
  </details>`;
}

function answerView(document) {
  return html`<details>
    <summary>TwiML</summary>
    <pre tabindex="0">${coloured(document)}</pre>
  </details>`;
}

function entryView(entry) {
  const shown = ENTRIES[entry.kind];
  return shown ? shown(entry) : nothing;
}

const line = (kind, entry, words, drawing) => html`<div class="entry ${kind}">
  <time>${clock(entry.at)}</time>${drawing ? icon(drawing) : nothing}<p>${words}</p>
</div>`;

const ENTRIES = {
  prompt: (entry) =>
    line("said", entry, html`${entry.ids.map((id) => html`<b class="id">${id}</b>`)}<span lang=${entry.language}>${entry.text}</span>`),
  keys: (entry) => line("keyed", entry, html`keyed <b>${entry.keys}</b> <small>${reason(entry)}</small>`, "keypad"),
  bare_finish_key: (entry) => line("keyed", entry, html`keyed <b>#</b> alone`, "keypad"),
  silence: (entry) => line("keyed", entry, "silence: the question timed out", "time"),
  keys_dropped: (entry) => line("lost", entry, `${entry.count} pressed while nothing listened: lost`, "warning"),
  bad_line: (entry) => line("lost", entry, "the line lost a key", "warning"),
  barge_in: (entry) => line("cut", entry, `cut off after ${entry.after} s by a key`),
  fault: (entry) => line("lost", entry, `the provider will misbehave: ${entry.webhook.replaceAll("_", " ")}`, "warning"),
  transfer: (entry) => line("keyed", entry, `transferred to ${entry.to}: ${entry.result}`, "call"),
  problem: (entry) => line("lost", entry, entry.message, "warning"),
  ended: (entry) => line("ended", entry, html`<b>${ending(entry.by)}</b>`, "call"),
};

function reason({ ended_by: by, count, finished_on: key }) {
  if (count === 1) return "";
  return { full: "all of them", timeout: "then nothing more", finish_key: `then ${key}`, hang_up: "then hung up" }[by] ?? "";
}

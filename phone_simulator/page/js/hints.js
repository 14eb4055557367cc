// What may be pressed now: keys that the product suggests for its sentences, and keys that a sentence names.

import { cardNumber } from "./format.js";

// The question that is being put, or has just been put.
function question(phone) {
  const timeline = phone.details?.timeline ?? [];
  for (const entry of [...timeline].reverse()) {
    if (["keys", "silence", "bare_finish_key", "ended"].includes(entry.kind)) return null;
    if (entry.kind === "prompt") return entry;
  }
  return null;
}

const hearsKeys = (phone) => phone.isTalking && phone.call.doing.hears_keys;

export function hintFor(phone, app) {
  const asked = hearsKeys(phone) && question(phone);
  const id = asked && asked.ids.find((name) => app.setup.keys[name]);
  if (!id || phone.call.doing.typed > 0) return null;
  const { keys, says } = { ...app.setup.keys[id] };
  const card = keys.length > 12 ? app.chosenCard : null;
  return { keys: card ?? keys, says, shown: keys.length > 12 ? cardNumber(card ?? keys) : keys };
}

// "동의하시면 1번" and "press 8" name keys.
export function keysNamed(phone) {
  const asked = hearsKeys(phone) && question(phone);
  if (!asked || phone.call.doing.digits_max > 1) return "";
  return [...asked.text.matchAll(/(\d)번|press (\d)/gi)].map((found) => found[1] ?? found[2]).join("");
}

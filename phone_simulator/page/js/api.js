// Requests to the simulator that serves this page. A refusal becomes an Error whose message can be shown.

const CONTROL = "/simulator";

export async function ask(method, path, body) {
  const reply = await fetch(CONTROL + path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => {
    throw new Refused("The simulator does not answer. Is it still running?", 0, null);
  });
  const text = await reply.text();
  const found = readJson(text);
  if (!reply.ok) throw new Refused(reasonOf(found, text, reply.status), reply.status, found);
  return found ?? text;
}

export class Refused extends Error {
  constructor(message, status, problem) {
    super(message);
    this.status = status;
    this.problem = problem;
  }
}

function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// The simulator says {error}, the product answers with problem documents.
function reasonOf(found, text, status) {
  const faults = (found?.errors ?? []).map((fault) => `${fault.param ?? ""} ${fault.detail ?? ""}`.trim());
  const said = found?.error ?? found?.detail ?? found?.title ?? text.slice(0, 200);
  return [said || `refused with ${status}`, ...faults.slice(0, 3)].join(" ");
}

// The product's own API; the simulator adds the merchant's key.
export const product = (method, path, body) => ask(method, `/merchant/api${path}`, body);

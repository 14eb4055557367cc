"""How calls are shown to those who watch: a line each in the list, and turn by turn when one is opened."""

from typing import Any

from phone_simulator.line.call import Call, Entry
from phone_simulator.phones import present

LAST_WORDS_MAX = 120


def summary_of(call: Call) -> dict[str, Any]:
    """What the list of calls shows, and what the handset of a call in progress needs."""
    said = _last_prompt(call)
    return {
        "sid": call.sid, "from": call.from_, "to": call.to, "inbox": present(call.from_).inbox, "status": call.status,
        "made_by": call.made_by, "is_mine": call.made_by == "hand", "began_at": call.created_at.isoformat(),
        "seconds": None if call.ended_at is None else round(call.ended_at, 1), "ended_by": call.ended_by,
        "at": round(call.entries[-1].at, 2) if call.entries else 0.0,
        "doing": call.doing.as_json(), "entries": len(call.entries), "webhooks": len(call.exchanges),
        "prompt": said.details["ids"] if said else [], "words": said.details["text"][:LAST_WORDS_MAX] if said else "",
        "problems": sum(problem.is_failure for problem in list(call.problems)),
        "pace": call.pace,
    }  # fmt: skip


def _last_prompt(call: Call) -> Entry | None:
    return next((entry for entry in reversed(list(call.entries)) if entry.kind == "prompt"), None)


def shown(call: Call, *, entries_from: int = 0, webhooks_from: int = 0) -> dict[str, Any]:
    """A call in full, or what is new of it: entries and webhooks from these on, each with its number."""
    entries = list(enumerate(list(call.entries)))[max(0, entries_from) :]
    exchanges = list(enumerate(list(call.exchanges)))[max(0, webhooks_from) :]
    return {
        **call.as_json(),
        "summary": summary_of(call),
        "timeline": [{"n": number, **entry.as_json()} for number, entry in entries],
        "webhooks": [
            {
                "n": number,
                **exchange.as_json(),
                "entries_before": exchange.entries_before,
                "document": exchange.document,
            }
            for number, exchange in exchanges
        ],
        "can_be_saved": not call.recording.is_withheld and call.made_by == "hand",
    }

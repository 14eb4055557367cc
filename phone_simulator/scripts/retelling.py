"""Turns a call's timeline into the steps that would bring it about again."""

from collections.abc import Iterator
from typing import Any

from phone_simulator.line.call import Call, Entry

# A document that ends so makes the caller wait; how often one is heard depends on how busy the product is.
HOLDING = ["Pause", "Redirect"]
ENDS = {"us": "hangup_by_us", "caller": "hangup_by_caller", "api": "ended_by_api"}
WORDS_MAX = 30
Step = dict[str, Any] | str
Steps = list[Step]


def steps_of(call: Call) -> Steps:
    """Steps of `docs/call-scripts.md`, one for each thing heard or done, in order."""
    steps = list(_retold(call))
    ended = ENDS.get(call.ended_by or "", call.ended_by or "failed")
    hangup: Steps = ["hangup"] if call.ended_by == "caller" else []
    return [
        *steps,
        *hangup,
        {"expect_end": "fallback" if call.fallback_used and ended == "hangup_by_us" else ended},
    ]


def _retold(call: Call) -> Iterator[Step]:
    holds = 0
    for number, entry in enumerate(call.entries):
        if entry.kind == "document":
            holds = holds + 1 if entry.details["verbs"][-2:] == HOLDING else 0
        # The first sentence of a wait is always heard, further ones only if it lasts.
        if entry.kind == "prompt" and holds <= 1:
            yield {"expect": _named(entry)}
        elif entry.kind in ("keys", "bare_finish_key"):
            yield {"press": call.recording.keys_of(number) or entry.details.get("keys", "#")}
        elif entry.kind == "silence":
            yield "stay_silent"
        elif entry.kind == "fault":
            yield {"fault": {"webhook": entry.details["webhook"]}}


def _named(entry: Entry) -> str:
    """The id that is expected; a sentence that no catalogue knows is expected by its first words."""
    ids = entry.details["ids"]
    return str(ids[0]) if ids else str(entry.details["text"])[:WORDS_MAX]

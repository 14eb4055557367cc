"""Which steps exist, what each may say, and how it is written short; one table, checked before anything is dialled."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from phone_simulator.line.sabotage import KINDS as WEBHOOK_FAULTS
from phone_simulator.scripts.script import seconds_of
from phone_simulator.switchboard import PROVIDER_FAULTS, TEXT_FAULTS

PROMPT_ID = re.compile(r"[A-Z]{1,3}\d{1,3}[a-z0-9]{0,4}")
ENDS = (
    "hangup_by_us",
    "hangup_by_caller",
    "rejected",
    "busy",
    "fallback",
    "error",
    "failed",
    "too_long",
    "loop",
    "ended_by_api",
)
Reader = Callable[[Any], Any]


def text(value: Any) -> str:
    if isinstance(value, (dict, list)) or value is None:
        raise TypeError("a text is wanted")
    return str(value)


def keys(value: Any) -> str:
    if not re.fullmatch(r"(?:[0-9*#wW,]|\{[\w.]+\})+", text(value)):
        raise ValueError("keys are 0-9 * #, with w (0.5 s) and W (1 s) for pauses")
    return str(value)


def pattern(value: Any) -> str:
    try:
        re.compile(text(value))
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return str(value)


def whole(value: Any) -> int:
    if isinstance(value, bool) or not str(value).replace(",", "").isdigit():
        raise ValueError(f"{value!r} is not a whole number")
    return int(str(value).replace(",", ""))


def yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def thresholds(value: Any) -> dict[str, float]:
    """`3s` fails when exceeded; `{minor: 2s, major: 5s}` warns first."""
    if not isinstance(value, dict):
        return {"major": seconds_of(value)}
    if not set(value) <= {"minor", "major"}:
        raise ValueError("thresholds are minor and major")
    return {name: seconds_of(limit) for name, limit in value.items()}


def time_of_day(value: Any) -> time:
    return time.fromisoformat(text(value))


def one_of(*choices: str) -> Reader:
    def read(value: Any) -> str:
        if str(value) not in choices:
            raise ValueError(f"{value!r} is not one of {', '.join(choices)}")
        return str(value)

    return read


def many_of(*choices: str) -> Reader:
    def read(value: Any) -> list[str]:
        return [one_of(*choices)(item) for item in listed(value)]

    return read


def mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("names and values are wanted")
    return value


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def anything(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Form:
    """The options of a step; `short` is the one that a bare value stands for."""

    options: dict[str, Reader]
    short: str | None = None
    # May stand without any value, as in `- hangup`.
    bare: bool = False
    needs: tuple[str, ...] = ()
    # One of these must be there.
    either: tuple[str, ...] = ()
    defaults: dict[str, Any] = field(default_factory=dict)


WORDS: dict[str, Reader] = {"contains": text, "matches": pattern}
FORMS: dict[str, Form] = {
    "expect": Form({"prompt": text, **WORDS, "amount": whole, "strict": yes_or_no, "within": thresholds}, "prompt"),
    "expect_silence": Form({"seconds": seconds_of}, "seconds", needs=("seconds",)),
    "press": Form({"keys": keys, "gap": seconds_of, "at": seconds_of, "before": text}, "keys", needs=("keys",)),
    "wait": Form({"seconds": seconds_of}, "seconds", needs=("seconds",)),
    "stay_silent": Form({"on": yes_or_no}, "on", bare=True),
    "hangup": Form({"at": seconds_of, "in_flight": yes_or_no}, "in_flight", bare=True),
    "expect_end": Form({"by": one_of(*ENDS)}, "by", needs=("by",)),
    "expect_text": Form(
        {"text": text, **WORDS, "to": text, "within": seconds_of, "absent": yes_or_no, "copies": whole, "status": text},
        "text",
    ),
    "expect_status": Form({"status": text, "of": text, "within": seconds_of}, "status", needs=("status",)),
    "expect_event": Form(
        {"type": text, "of": text, "within": seconds_of, "absent": yes_or_no, "data": mapping, "signature": text},
        "type",
        needs=("type",),
    ),
    "expect_webhook": Form({"parameters": mapping, "absent": listed, "purpose": text, "status": whole}, bare=True),
    "expect_redirect": Form({"to": text}, "to", needs=("to",)),
    "expect_verbs": Form({"verbs": listed}, "verbs", needs=("verbs",)),
    "clock": Form({"by": text, "to": time_of_day, "on": one_of("weekday", "weekend")}, "by", either=("by", "to")),
    "fault": Form(
        {
            "webhook": one_of(*WEBHOOK_FAULTS), "times": whole, "copies": whole, "after": whole,
            "purpose": one_of("voice", "action", "redirect", "fallback", "status"), "seconds": seconds_of,
            "instead": yes_or_no, "same_answer": yes_or_no, "text": one_of(*TEXT_FAULTS), "to": text,
            "receipts": many_of("sent", "delivered", "undelivered", "failed"), "provider": one_of(*PROVIDER_FAULTS),
            "resource": text, "drop_every": whole, "merchant": whole,
        },
        "webhook",
    ),
    "api": Form(
        {"method": one_of("GET", "POST", "DELETE", "PUT", "PATCH"), "path": text, "body": anything,
         "expect_status": whole, "save_as": text},
        needs=("path",),
    ),
    "dial": Form({"to": text, "as": text}, "to", bare=True),
    "meanwhile": Form({"call": mapping}, "call"),
    "note": Form({"words": text}, "words"),
}  # fmt: skip
# Steps that need a call in progress; the others may stand before the first call and after it.
IN_CALL = frozenset(
    [
        "expect",
        "expect_silence",
        "press",
        "wait",
        "stay_silent",
        "hangup",
        "expect_end",
        "expect_webhook",
        "expect_redirect",
        "expect_verbs",
        "meanwhile",
    ]
)
# Options of expect_webhook that are not names of parameters.
WEBHOOK_WORDS = ("parameters", "absent", "purpose", "status")

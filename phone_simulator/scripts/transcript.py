"""A report as JSON, and as a conversation that a person can read; digits never appear in either."""

from datetime import datetime
from typing import Any

from phone_simulator.line.call import Call, Entry
from phone_simulator.masking import without_card_numbers
from phone_simulator.phones import present
from phone_simulator.scripts.report import Report
from phone_simulator.scripts.stage import Stage
from phone_simulator.texts import Text

SPEAKER_WIDTH = 7
ENDINGS = {
    "us": "the line was hung up by the service", "caller": "the caller hung up", "rejected": "not answered: rejected",
    "busy": "not answered: busy", "error": "ended after an application error", "failed": "nobody answers this number",
    "api": "ended from outside", "too_long": "cut off: too long", "loop": "cut off: endless loop",
}  # fmt: skip


def result_of(report: Report, stage: Stage) -> dict[str, Any]:
    texts = _texts_of(report, stage)
    return {
        "name": report.name,
        "ok": report.is_ok,
        "failures": [without_card_numbers(failure) for failure in report.failures],
        "warnings": [without_card_numbers(warning) for warning in report.warnings],
        "steps": [step.as_json() for step in report.steps],
        "transcript": conversation(report.calls, texts),
        "calls": [call.as_json() for call in report.calls],
        "texts": [text.as_json(stage.board.clock.now()) for text in texts],
        "heard": sorted(
            set().union(*(call.heard for call in report.calls), *(text.ids for text in texts))
        ),
    }


def _texts_of(report: Report, stage: Stage) -> list[Text]:
    """The texts that this script's people got while it ran."""
    inboxes = {present(call.from_).inbox for call in report.calls}
    customer = stage.names.get("customer")
    if isinstance(customer, dict):
        inboxes.add(present(str(customer["phone"])).inbox)
    return [
        text
        for text in reversed(stage.board.texts_to(None))
        if text.to in inboxes and text.created_at >= stage.began_at
    ]


def conversation(calls: list[Call], texts: list[Text]) -> list[str]:
    """Lines in the order in which they happened."""
    timed: list[tuple[datetime, str]] = []
    for call in calls:
        timed += [(entry.seen_at, line) for entry in list(call.entries) for line in _line_of(entry)]
    timed += [(text.seen_at, line_of_text(text)) for text in texts]
    return [line for _, line in sorted(timed, key=lambda pair: pair[0])]


def line_of_text(text: Text) -> str:
    lines = without_card_numbers(text.received_body).replace("\n", "\n" + " " * (SPEAKER_WIDTH + 1))
    name = "/".join(sorted(text.ids))
    return f"{'Text':<{SPEAKER_WIDTH}} {f'({name}) ' if name else ''}{lines}"


def _line_of(entry: Entry) -> list[str]:
    words = _words(entry)
    return [] if words is None else [f"{words[0]:<{SPEAKER_WIDTH}} {words[1]}"]


def _words(entry: Entry) -> tuple[str, str] | None:
    found = entry.details
    match entry.kind:
        case "dialled":
            return "Phone", f"{found['from'] or 'no number'} calls {found['to']}"
        case "prompt":
            ids = "/".join(found["ids"])
            return "IVR", (f"({ids}) " if ids else "") + found["text"]
        case "keys":
            return "Caller", f"[{found['keys']}]"
        case "bare_finish_key":
            return "Caller", "[#]"
        case "silence":
            return "Caller", "… (silence)"
        case "keys_dropped":
            return "Line", f"{found['count']} key(s) pressed while nothing listened: lost"
        case "transfer":
            return "Line", f"transferred to {found['to']}: {found['result']}"
        case "problem":
            return "Problem", found["message"]
        case "ended":
            return "Phone", ENDINGS.get(found["by"], found["by"])
    return None

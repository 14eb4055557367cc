"""What came of a request while a call was made on it: texts, events, and moves of the clock, as steps of a script."""

from datetime import datetime
from typing import Any

from phone_simulator.phones import number_in_text
from phone_simulator.scripts.retelling import Steps
from phone_simulator.scripts.standing import Request
from phone_simulator.switchboard import Switchboard
from phone_simulator.texts import Text


def asked_at(request: Request, board: Switchboard, called_at: datetime) -> datetime:
    """When the text with the number came, on the wall's clock; the call itself if none did."""
    number = str(request.shown.get("virtual_number"))
    naming = [
        text.seen_at
        for text in board.texts_to(request.phone)
        if text.seen_at < called_at and number_in_text(text.received_body, [number]) == number
    ]
    return max(naming, default=called_at)


def clock_moves(board: Switchboard, since: datetime, until: datetime) -> Steps:
    return [{"clock": by} for at, by in board.clock_moves if since < at < until]


def outcomes_of(
    request: Request, board: Switchboard, since: datetime, until: datetime | None
) -> Steps:
    """Texts to the customer, the state that the newest event tells, and the events, each once."""
    events = [
        event
        for event in list(board.merchant.events)
        if event.received_at >= since and _about(event.body) == request.shown["id"]
    ]
    steps: Steps = [_expected(text) for text in _texts(request, board, since, until)]
    if events:
        state = {"status": events[-1].body["data"]["status"], "of": request.kind}
        steps.append({"expect_status": state})
    kinds = dict.fromkeys(event.type for event in events)
    return [*steps, *({"expect_event": kind} for kind in kinds)]


def _texts(
    request: Request, board: Switchboard, since: datetime, until: datetime | None
) -> list[Text]:
    """Those that have arrived, oldest first."""
    now = board.clock.now()
    return [
        text
        for text in reversed(board.texts_to(request.phone))
        if since <= text.seen_at and (until is None or text.seen_at < until)
        if text.has_arrived(now)
    ]


def _about(body: dict[str, Any]) -> str | None:
    thing = body.get("data")
    return thing.get("id") if isinstance(thing, dict) else None


def _expected(text: Text) -> dict[str, Any]:
    return {"expect_text": min(text.ids) if text.ids else text.received_body.splitlines()[0]}

"""Writes what somebody did by hand as a call script: what was asked for, heard and pressed, how it ended, what came of it."""

from datetime import datetime
from typing import Any

import yaml

from phone_simulator.line.call import Call
from phone_simulator.phones import number_in_text
from phone_simulator.scripts.retelling import Steps, steps_of
from phone_simulator.scripts.stage import StageError
from phone_simulator.scripts.standing import Request, Requests, calls_on, written
from phone_simulator.switchboard import Switchboard
from phone_simulator.texts import Text


class NotWritten(Exception):
    """This call cannot become a script; the message says why."""


class _Dumper(yaml.SafeDumper):
    """Numbers of telephones and cards stand in quotes, and lists are indented below their name."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = '"' if text[:1].isdigit() or text[:1] in "+*#{" else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _quoted)


def script_of(call: Call, board: Switchboard) -> str:
    """The YAML of a call and of the calls it stands on; raises NotWritten."""
    _must_be_known(call)
    try:
        calls = _story(call, board)
    except StageError as error:
        raise NotWritten(str(error)) from error
    return yaml.dump(calls, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


def _must_be_known(call: Call) -> None:
    if call.made_by != "hand":
        raise NotWritten(f"this call was made by a script already: {call.made_by}")
    if call.recording.is_withheld:
        raise NotWritten("a card was keyed that is no test card, so no key of this call was kept")
    if not call.is_over:
        raise NotWritten("the call is not over yet: hang up first")


def _story(call: Call, board: Switchboard) -> list[dict[str, Any]]:
    """Everything in order: a charge needs a card, which was registered in a call of its own if that is known."""
    requests = Requests(board)
    request = requests.of_call(call)
    if request is None:
        return [_call(call, {}, written(call.to), steps_of(call))]
    before = _registering(request, requests, board, call) if request.kind == "charge" else []
    given = (
        request.given()
        if request.kind == "registration"
        else request.given_charge(with_bill_key=not before)
    )
    return before + _calls(request, given, calls_on(request, board, call), board)


def _registering(
    charge: Request, requests: Requests, board: Switchboard, until: Call
) -> list[dict[str, Any]]:
    registration = requests.registration_of(str(charge.bill_key))
    calls = (
        [call for call in calls_on(registration, board, until) if not _is_unknown(call)]
        if registration
        else []
    )
    if registration is None or not calls or registration.shown.get("status") != "registered":
        return []
    return _calls(registration, registration.given(), calls, board)


def _is_unknown(call: Call) -> bool:
    return call.recording.is_withheld or not call.is_over


def _calls(
    request: Request, given: dict[str, Any], calls: list[Call], board: Switchboard
) -> list[dict[str, Any]]:
    """The calls on one request: the first makes it, the last looks at what became of it."""
    found = []
    asked_at = _asked_at(request, board, calls[0].created_at)
    for number, call in enumerate(calls):
        moves: Steps = [
            {"clock": by} for at, by in board.clock_moves if asked_at < at < call.created_at
        ]
        after = _consequences(request, call, board) if call is calls[-1] else []
        steps = [*moves, *steps_of(call), *after]
        found.append(_call(call, given if number == 0 else {}, "{ars_number}", steps))
        asked_at = call.created_at
    return found


def _call(call: Call, given: dict[str, Any], dial: str, steps: Steps) -> dict[str, Any]:
    made = {
        "call": f"as made by hand, {call.created_at:%Y-%m-%d %H:%M} UTC",
        **({"given": given} if given else {}),
        "dial": dial,
        "as": written(call.from_) or "empty",
    }
    return {**made, "steps": steps}


def _asked_at(request: Request, board: Switchboard, called_at: datetime) -> datetime:
    """When the text with the number came, on the wall's clock; the call itself if none did."""
    number = str(request.shown.get("virtual_number"))
    naming = [
        text.seen_at
        for text in board.texts_to(request.phone)
        if text.seen_at < called_at and number_in_text(text.received_body, [number]) == number
    ]
    return max(naming, default=called_at)


def _consequences(request: Request, call: Call, board: Switchboard) -> Steps:
    """Texts and events that came since the call began, and the state that the newest event tells."""
    texts = [text for text in board.texts_to(request.phone) if text.seen_at >= call.created_at][
        ::-1
    ]
    events = [
        event
        for event in list(board.merchant.events)
        if event.received_at >= call.created_at
        and (event.body.get("data") or {}).get("id") == request.shown["id"]
    ]
    steps: Steps = [_text_step(text) for text in texts if text.has_arrived(board.clock.now())]
    if events:
        steps.append(
            {"expect_status": {"status": events[-1].body["data"]["status"], "of": request.kind}}
        )
    return [
        *steps,
        *({"expect_event": kind} for kind in dict.fromkeys(event.type for event in events)),
    ]


def _text_step(text: Text) -> dict[str, Any]:
    return {"expect_text": min(text.ids) if text.ids else text.received_body.splitlines()[0]}

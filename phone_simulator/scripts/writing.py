"""Writes what somebody did by hand as a call script: what was asked for, heard and pressed, how it ended, what came of it."""

from datetime import UTC, datetime
from typing import Any

import yaml

from phone_simulator.line.call import Call
from phone_simulator.phones import present
from phone_simulator.scripts.outcomes import asked_at, clock_moves, outcomes_of
from phone_simulator.scripts.retelling import Steps, steps_of
from phone_simulator.scripts.stage import StageError
from phone_simulator.scripts.standing import Request, Requests, calls_on, phone_in_script, written
from phone_simulator.switchboard import Switchboard

# Numbers are lent again only after days, which a simulator seldom lives.
EVER_SINCE = datetime.min.replace(tzinfo=UTC)


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
        caller = written(call.from_) or "empty"
        return [_call(call, {}, written(call.to), caller, steps_of(call))]
    if request.kind == "registration":
        calls = calls_on(request, board, EVER_SINCE, call.created_at)
        return _calls(request, request.given(), calls, board)
    since = asked_at(request, board, call.created_at)
    before = _registering(request, requests, board, since)
    given = request.given_charge(with_bill_key=not before)
    return before + _calls(request, given, calls_on(request, board, since, call.created_at), board)


def _registering(
    charge: Request, requests: Requests, board: Switchboard, until: datetime
) -> list[dict[str, Any]]:
    """The calls that registered the charged card, if they were made by hand and with test cards."""
    registration = requests.registration_of(str(charge.bill_key))
    if registration is None or registration.shown.get("status") != "registered":
        return []
    calls = calls_on(registration, board, EVER_SINCE, until)
    return _calls(registration, registration.given(), calls, board, until) if calls else []


def _calls(
    request: Request,
    given: dict[str, Any],
    calls: list[Call],
    board: Switchboard,
    until: datetime | None = None,
) -> list[dict[str, Any]]:
    """The calls on one request: the first makes it, the last looks at what became of it."""
    found = []
    since = asked_at(request, board, calls[0].created_at)
    for number, call in enumerate(calls):
        is_last = call is calls[-1]
        after = outcomes_of(request, board, call.created_at, until) if is_last else []
        steps = [*clock_moves(board, since, call.created_at), *steps_of(call), *after]
        makes = given if number == 0 else {}
        found.append(_call(call, makes, "{ars_number}", _caller(call, request), steps))
        since = call.created_at
    return found


def _caller(call: Call, request: Request) -> str:
    if present(call.from_).inbox == request.phone:
        return phone_in_script(request.phone)
    return written(call.from_) or "empty"


def _call(
    call: Call, given: dict[str, Any], dial: str, caller: str, steps: Steps
) -> dict[str, Any]:
    name = f"as made by hand, {call.created_at:%Y-%m-%d %H:%M:%S} UTC"
    made = {"call": name, **({"given": given} if given else {}), "dial": dial, "as": caller}
    return {**made, "steps": steps}

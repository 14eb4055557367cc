"""Scripted runs, and interactive calls for a handset in a browser or a terminal."""

from threading import Thread
from typing import Any

from flask import Blueprint, abort, request

from phone_simulator.control.guard import keep_strangers_out
from phone_simulator.line.call import Call
from phone_simulator.line.caller import KEYS
from phone_simulator.line.hand_caller import HandCaller
from phone_simulator.line.interpreter import Interpreter
from phone_simulator.line.line import Line
from phone_simulator.line.sabotage import Sabotage
from phone_simulator.options import Behaviour, changed
from phone_simulator.phones import present, to_e164
from phone_simulator.rest.answers import switchboard
from phone_simulator.scripts.reading import read_script
from phone_simulator.scripts.run import RunSettings, run_script
from phone_simulator.scripts.script import ScriptError

blueprint = Blueprint("control_calls", __name__, url_prefix="/simulator")
blueprint.before_request(keep_strangers_out)


@blueprint.post("/runs")
def run() -> tuple[dict[str, Any], int]:
    """Play a script: JSON with `script` (the YAML text) and settings, or the bare YAML text."""
    wish = (
        request.get_json(silent=True)
        if request.is_json
        else {"script": request.get_data(as_text=True)}
    )
    if not isinstance(wish, dict) or not isinstance(wish.get("script"), str):
        abort(422, "script: the text of a call script is wanted")
    try:
        file = read_script(wish["script"], str(wish.get("name", "script")))
        return run_script(file, switchboard(), _settings(wish)), 200
    except ScriptError as error:
        return {"error": str(error)}, 422


def _settings(wish: dict[str, Any]) -> RunSettings:
    return RunSettings(
        api_url=wish.get("api_url"),
        api_key=wish.get("api_key"),
        realtime=bool(wish.get("realtime")),
        strict=bool(wish.get("strict")),
        patience_s=wish.get("patience_s"),
        caller=int(wish.get("caller", 0)),
        start_after_s=float(wish.get("start_after_s", 0)),
    )


@blueprint.post("/calls")
def dial() -> tuple[dict[str, Any], int]:
    """Begin a call in real time; its keys come one by one through `/keys`."""
    wish = request.get_json(silent=True) or {}
    if not isinstance(wish.get("to"), str):
        abort(422, "to: the number to call is wanted")
    try:
        behaviour = changed(Behaviour(realtime=True), wish.get("options") or {})
    except (TypeError, ValueError) as error:
        abort(422, str(error))
    board = switchboard()
    call = board.new_call(present(str(wish.get("from", "010"))).number, to_e164(wish["to"]))
    caller = HandCaller(call)
    board.hands[call.sid] = caller
    sabotage = Sabotage(drop_every=int(wish.get("drop_every", 0)))
    line = Line(call, caller, behaviour, board.catalogue, sabotage)
    Thread(
        target=_hold, args=(Interpreter(line, board.courier_for(behaviour)), call), daemon=True
    ).start()
    return call.as_json(), 201


def _hold(interpreter: Interpreter, call: Call) -> None:
    interpreter.run()
    call.forget_keys()


@blueprint.get("/calls")
def list_calls() -> dict[str, Any]:
    known = reversed(list(switchboard().calls.values()))
    return {
        "calls": [{"sid": c.sid, "from": c.from_, "to": c.to, "status": c.status} for c in known]
    }


@blueprint.get("/calls/<sid>")
def show(sid: str) -> dict[str, Any]:
    return _call(sid).as_json()


@blueprint.post("/calls/<sid>/keys")
def press(sid: str) -> tuple[str, int]:
    keys = str((request.get_json(silent=True) or {}).get("keys", ""))
    if not keys or not set(keys) <= set(KEYS):
        abort(422, "keys: some of 0-9 * # are wanted")
    _hand(sid).press(keys)
    return "", 204


@blueprint.post("/calls/<sid>/hangup")
def hang_up(sid: str) -> tuple[str, int]:
    _hand(sid).hang_up()
    return "", 204


def _call(sid: str) -> Call:
    found = switchboard().calls.get(sid)
    if found is None:
        abort(404, "no such call")
    return found


def _hand(sid: str) -> HandCaller:
    call, hand = _call(sid), switchboard().hands.get(sid)
    if hand is None or call.is_over:
        abort(409, "this call cannot be steered: it is over, or a script is its caller")
    return hand

"""Scripted runs, and interactive calls for a handset in a browser or a terminal."""

from dataclasses import fields
from threading import Thread
from typing import Any

from flask import Blueprint, Response, abort, request

from phone_simulator.control.guard import keep_strangers_out
from phone_simulator.control.view import shown
from phone_simulator.line.call import Call
from phone_simulator.line.caller import KEYS
from phone_simulator.line.hand_caller import HandCaller, Manner
from phone_simulator.line.interpreter import Interpreter
from phone_simulator.line.line import Line
from phone_simulator.line.sabotage import Sabotage, read_fault
from phone_simulator.options import Behaviour, changed
from phone_simulator.phones import present, to_e164
from phone_simulator.rest.answers import switchboard
from phone_simulator.scripts.reading import read_script
from phone_simulator.scripts.run import RunSettings, run_script
from phone_simulator.scripts.script import ScriptError
from phone_simulator.scripts.writing import NotWritten, script_of
from phone_simulator.voices import NoVoice, spoken

blueprint = Blueprint("control_calls", __name__, url_prefix="/simulator")
blueprint.before_request(keep_strangers_out)

DROP_EVERY_MAX = 100


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
    pace = wish.get("pace")
    if pace is not None:
        try:
            changed(Behaviour(), {"pace": pace})
        except (TypeError, ValueError) as error:
            abort(422, str(error))
    return RunSettings(
        api_url=wish.get("api_url"),
        api_key=wish.get("api_key"),
        realtime=bool(wish.get("realtime")),
        pace=pace,
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
        manner, sabotage = _manner(wish), _sabotage(wish)
    except (TypeError, ValueError) as error:
        abort(422, str(error))
    board = switchboard()
    call = board.new_call(present(str(wish.get("from", "010"))).number, to_e164(wish["to"]))
    call.recording.is_on = True
    caller = HandCaller(call, manner, sabotage)
    board.hands[call.sid] = caller
    line = Line(call, caller, behaviour, board.catalogue, sabotage)
    Thread(
        target=_hold, args=(Interpreter(line, board.courier_for(behaviour)), call), daemon=True
    ).start()
    return shown(call), 201


def _manner(wish: dict[str, Any]) -> Manner:
    given = {field.name: wish[field.name] for field in fields(Manner) if field.name in wish}
    return Manner(**given)


def _sabotage(wish: dict[str, Any]) -> Sabotage:
    every = wish.get("drop_every", 0)
    if not isinstance(every, int) or not 0 <= every <= DROP_EVERY_MAX:
        raise ValueError(f"drop_every: which key the line loses, 0 (none) to {DROP_EVERY_MAX}")
    return Sabotage([read_fault(fault) for fault in wish.get("faults") or ()], drop_every=every)


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
    """The whole call, or with `entries_from` and `webhooks_from` what is new."""
    return shown(
        _call(sid),
        entries_from=request.args.get("entries_from", 0, int),
        webhooks_from=request.args.get("webhooks_from", 0, int),
    )


@blueprint.post("/calls/<sid>/keys")
def press(sid: str) -> tuple[str, int]:
    keys = str((request.get_json(silent=True) or {}).get("keys", ""))
    if not keys or not set(keys) <= set(KEYS):
        abort(422, "keys: some of 0-9 * # are wanted")
    if not _hand(sid).press(keys):
        abort(429, "keys: too many at once; wait until those before have been pressed")
    return "", 204


@blueprint.post("/calls/<sid>/hangup")
def hang_up(sid: str) -> tuple[str, int]:
    _hand(sid).hang_up()
    return "", 204


@blueprint.post("/calls/<sid>/skip")
def skip(sid: str) -> tuple[str, int]:
    """Do not hear the sentence out that is being spoken."""
    _hand(sid).skip()
    return "", 204


@blueprint.post("/calls/<sid>/pace")
def listen_at(sid: str) -> tuple[str, int]:
    """`{"pace": 2}`: speech passes twice as fast from now on."""
    pace = (request.get_json(silent=True) or {}).get("pace")
    if isinstance(pace, bool) or not isinstance(pace, (int, float)):
        abort(422, "pace: a number is wanted, 1 for real time")
    try:
        _hand(sid).listen_at(float(pace))
    except ValueError as error:
        abort(422, str(error))
    return "", 204


@blueprint.post("/calls/<sid>/faults")
def misbehave(sid: str) -> tuple[str, int]:
    """`{"webhook": "duplicate"}`: the provider delivers this call's next webhook badly."""
    call, hand = _call(sid), _hand(sid)
    try:
        fault = read_fault(request.get_json(silent=True) or {})
    except (TypeError, ValueError) as error:
        abort(422, str(error))
    hand.sabotage.faults.append(fault)
    call.note(call.entries[-1].at if call.entries else 0.0, "fault", webhook=fault.kind)
    return "", 204


@blueprint.get("/calls/<sid>/prompts/<int:entry>.wav")
def speak(sid: str, entry: int) -> Response:
    """One sentence of the timeline, spoken by this machine."""
    entries = _call(sid).entries
    if entry >= len(entries) or entries[entry].kind != "prompt":
        abort(404, "no sentence has this number")
    try:
        said = entries[entry].details
        return Response(spoken(said["text"], said["language"]), mimetype="audio/wav")
    except NoVoice as error:
        abort(404, str(error))


@blueprint.get("/calls/<sid>/script")
def write_script(sid: str) -> Response:
    """The call as a call script, with all that it stands on."""
    try:
        text = script_of(_call(sid), switchboard())
    except NotWritten as error:
        return Response(f"{error}\n", 409, mimetype="text/plain")
    return Response(text, mimetype="application/yaml")


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

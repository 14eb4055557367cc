"""Runs a script file: prepares what it stands on, lets its callers call, and gathers the reports."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from phone_simulator.clock import monotonic_s, sleep_s
from phone_simulator.line.call import Call
from phone_simulator.line.caller import Caller
from phone_simulator.line.interpreter import Interpreter
from phone_simulator.line.line import Line
from phone_simulator.line.sabotage import Sabotage
from phone_simulator.options import Behaviour, changed
from phone_simulator.phones import present, to_e164
from phone_simulator.scripts.given import prepare
from phone_simulator.scripts.play import play
from phone_simulator.scripts.random_caller import RandomCaller
from phone_simulator.scripts.report import Report
from phone_simulator.scripts.script import CallScript, ScriptFile
from phone_simulator.scripts.scripted_caller import Dial, ScriptedCaller
from phone_simulator.scripts.stage import Stage, StageError
from phone_simulator.scripts.transcript import result_of
from phone_simulator.switchboard import Switchboard


@dataclass(frozen=True)
class RunSettings:
    """What the one who starts a run may choose."""

    api_url: str | None = None
    api_key: str | None = None
    realtime: bool = False
    # At which pace a call in real time passes; the script's own choice if none.
    pace: float | None = None
    strict: bool = False
    patience_s: float | None = None
    # Which of several equal callers this is; scripts may write {caller} in a phone number.
    caller: int = 0
    start_after_s: float = 0.0
    names: dict[str, Any] = field(default_factory=dict)


def run_script(file: ScriptFile, board: Switchboard, settings: RunSettings) -> dict[str, Any]:
    """Play every call of a file in order; the later ones see what the earlier ones made."""
    sleep_s(settings.start_after_s)
    started = monotonic_s()
    stage = _stage(board, settings, file.path)
    results: list[dict[str, Any]] = []
    for script in file.calls:
        reports: list[Report] = []
        _run_call(script, stage, settings, reports)
        results += [result_of(report, stage) for report in reports]
        for report in reports:
            for call in report.calls:
                call.forget_keys()
    ok = all(result["ok"] for result in results)
    return {
        "file": file.path,
        "ok": ok,
        "seconds": round(monotonic_s() - started, 2),
        "calls": results,
    }


def _stage(board: Switchboard, settings: RunSettings, path: str) -> Stage:
    options = board.options
    names = {**settings.names, "caller": f"{settings.caller:04d}", "script": path}
    stage = Stage(
        board, settings.api_url or options.api_url, settings.api_key or options.api_key, names
    )
    if settings.patience_s is not None:
        stage.patience_s = settings.patience_s
    return stage


def _run_call(
    script: CallScript, stage: Stage, settings: RunSettings, reports: list[Report]
) -> None:
    report = Report(script.name)
    if script.steps or (script.dial is not None and not script.callers):
        reports.append(report)
    try:
        prepare(script.given, stage)
    except StageError as error:
        report.failed(0, "given", str(error))
        if report not in reports:
            reports.append(report)
        return
    if report in reports:
        _run_caller(script, stage, settings, report, reports)
    if script.callers:
        with ThreadPoolExecutor(len(script.callers)) as threads:
            list(
                threads.map(
                    lambda one: _run_call(_like(one, script), stage, settings, reports),
                    script.callers,
                )
            )


def _like(caller: CallScript, script: CallScript) -> CallScript:
    """A caller of several has the call's options and allowed problems besides its own."""
    return replace(
        caller, options={**script.options, **caller.options}, allow=(*script.allow, *caller.allow)
    )


def _run_caller(
    script: CallScript, stage: Stage, settings: RunSettings, report: Report, reports: list[Report]
) -> None:
    chosen = {"pace": settings.pace} if settings.pace else {}
    behaviour = changed(
        Behaviour(realtime=settings.realtime, strict=settings.strict), {**script.options, **chosen}
    )
    board = stage.board

    def place(dial: Dial, caller: Caller, sabotage: Sabotage) -> Call:
        call = board.new_call(present(dial.caller).number, to_e164(dial.to), stage.names["script"])
        call.pace = behaviour.pace
        report.calls.append(call)
        Interpreter(
            Line(call, caller, behaviour, board.catalogue, sabotage), board.courier_for(behaviour)
        ).run()
        return call

    def meanwhile(other: CallScript) -> None:
        _run_call(_like(other, script), stage, settings, reports)

    try:
        if script.random is not None:
            number = str(stage.fill(script.dial or "{ars_number}", script.caller))
            seed = f"{script.random.get('seed', 0)}-{settings.caller}"
            place(
                Dial(number, str(stage.fill(script.caller))),
                RandomCaller(seed, script.random),
                Sabotage(),
            )
        else:
            caller = ScriptedCaller(script, stage, behaviour, report, place)
            caller.run(play(caller, meanwhile))
    except StageError as error:
        report.failed(0, "dial", str(error))
    report.judge_calls(script.allow, strict=behaviour.strict)

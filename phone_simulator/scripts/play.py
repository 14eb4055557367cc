"""Plays the steps of a script to a caller, one after the other, and goes on after a failure where it can."""

from collections.abc import Callable

from phone_simulator.scripts import checks, meddling
from phone_simulator.scripts.clock_step import clock
from phone_simulator.scripts.forms import IN_CALL
from phone_simulator.scripts.script import CallScript, Step
from phone_simulator.scripts.scripted_caller import Dial, Play, ScriptedCaller
from phone_simulator.scripts.stage import StageError
from phone_simulator.scripts.steps import LINE_STEPS, Failure

# Steps that are done in one go, without waiting for anything on the line.
STILL_STEPS: dict[str, Callable[[ScriptedCaller, Step], None]] = {
    "expect_text": checks.expect_text,
    "expect_status": checks.expect_status,
    "expect_event": checks.expect_event,
    "expect_webhook": checks.expect_webhook,
    "expect_verbs": checks.expect_verbs,
    "clock": clock,
    "api": meddling.api,
    "fault": meddling.fault,
    "note": meddling.note,
}
LOOKING = frozenset(kind for kind in STILL_STEPS if kind.startswith("expect_"))
Meanwhile = Callable[[CallScript], None]


def play(caller: ScriptedCaller, meanwhile: Meanwhile) -> Play:
    """The whole script: what stands before the first call, the call, and what comes after."""
    script = caller.script
    is_dialled = False
    for step in script.steps:
        if not is_dialled and step.kind in IN_CALL and script.dial is not None:
            is_dialled = True
            yield from _dial(caller, Step("dial", 0))
        is_dialled = is_dialled or step.kind == "dial"
        yield from _play_step(caller, step, meanwhile)
    if not is_dialled and script.dial is not None:
        yield from _dial(caller, Step("dial", 0))
        # A script without steps on the line only listens until the product hangs up.
        while caller.ears.over is None:
            yield None


def _play_step(caller: ScriptedCaller, step: Step, meanwhile: Meanwhile) -> Play:
    if _is_out_of_reach(caller, step):
        caller.report.skipped(step.number, step.kind)
        return
    try:
        if step.kind == "dial":
            yield from _dial(caller, step)
        elif step.kind == "meanwhile":
            meanwhile(step.get("call"))
        elif step.kind in LINE_STEPS:
            yield from LINE_STEPS[step.kind](caller, step)
        else:
            # What is looked at may be the consequence of the keys just pressed: let the product hear of them first.
            while step.kind in LOOKING and caller.ears.is_webhook_due:
                yield None
            STILL_STEPS[step.kind](caller, step)
    except (Failure, StageError) as error:
        caller.report.failed(step.number, step.kind, str(error))
    else:
        caller.report.passed(step.number, step.kind)


def _is_out_of_reach(caller: ScriptedCaller, step: Step) -> bool:
    """After a failure the rest of a call that is over would only fail again."""
    needs_call = step.kind in IN_CALL and step.kind not in (
        "expect_end",
        "expect_webhook",
        "expect_verbs",
    )
    has_call = caller.call is not None and caller.ears.over is None
    return needs_call and not has_call and bool(caller.report.failures)


def _dial(caller: ScriptedCaller, step: Step) -> Play:
    """Make a call; one that is still going on is hung up first."""
    if caller.call is not None and caller.ears.over is None:
        caller.agenda.hang_up(caller.now)
        while caller.ears.over is None:
            yield None
    script, stage = caller.script, caller.stage
    who = str(step.get("as") or script.caller)
    written = step.get("to") or script.dial
    if written is None:
        raise StageError("whom to dial is not said")
    yield Dial(str(stage.fill(written, who)), str(stage.fill(who, who)))

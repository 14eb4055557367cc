"""The steps that happen on the line, each a small coroutine that waits for the line's events."""

from collections.abc import Callable

from phone_simulator.line.caller import GatherEnded, Prompt, PromptBegan
from phone_simulator.scripts.agenda import GAP_S, REACTION_S
from phone_simulator.scripts.hearing import faults_in, is_meant
from phone_simulator.scripts.script import Step
from phone_simulator.scripts.scripted_caller import KeysPressed, Play, ScriptedCaller, TimeUp

# How much of what was heard a failure repeats.
HEARD_SHOWN = 6
ENDS = {"us": "hangup_by_us", "caller": "hangup_by_caller", "api": "ended_by_api"}


class Failure(Exception):
    """An expectation that did not come true; the script goes on where it can."""


def expect(caller: ScriptedCaller, step: Step) -> Play:
    """Wait for a prompt; others that need no answer may pass before it, unless it has to be the very next."""
    passed: list[Prompt] = []
    while True:
        while caller.ears.unread:
            prompt = caller.ears.unread.popleft()
            if is_meant(step, prompt):
                caller.ears.matched = prompt
                _examine(caller, step, prompt)
                return
            passed.append(prompt)
            if step.get("strict"):
                raise Failure(
                    f"expected {_wanted(caller, step)} next, heard {_told(passed)}{_keys(caller)}"
                )
        if caller.ears.over is not None:
            raise Failure(
                f"expected {_wanted(caller, step)}, {_ending(caller, passed)}{_keys(caller)}"
            )
        yield None


def _examine(caller: ScriptedCaller, step: Step, prompt: Prompt) -> None:
    faults = faults_in(step, prompt.text)
    if faults:
        raise Failure(f"{prompt.name} “{prompt.text}” {' and '.join(faults)}{_keys(caller)}")
    waited = caller.ears.delays[id(prompt)]
    limits = step.get("within", {})
    if waited > limits.get("major", waited):
        raise Failure(f"{prompt.name} came after {waited:.1f} s, allowed are {limits['major']:g} s")
    if waited > limits.get("minor", waited):
        caller.report.warned(step.number, step.kind, f"{prompt.name} came after {waited:.1f} s")


def _wanted(caller: ScriptedCaller, step: Step) -> str:
    words = [f"“{step.get(name)}”" for name in ("contains", "matches") if step.get(name)]
    wanted = step.get("prompt", "a prompt with" if words else "any prompt")
    if step.get("prompt") and not caller.stage.board.catalogue.knows(step.get("prompt")):
        wanted += " (an id that no catalogue has)"
    return " ".join([wanted, *words])


def _told(prompts: list[Prompt]) -> str:
    return (
        ", ".join(f"{prompt.name} “{prompt.text[:40]}”" for prompt in prompts[-HEARD_SHOWN:])
        or "nothing"
    )


def _ending(caller: ScriptedCaller, passed: list[Prompt]) -> str:
    over = caller.ears.over
    last = passed or caller.ears.heard[-1:]
    return f"heard {_told(last)}, then the call ended ({end_of(caller) if over else '?'})"


def _keys(caller: ScriptedCaller) -> str:
    return f"; keys pressed: {', '.join(f'[{keys}]' for keys in caller.pressed) or 'none'}"


def end_of(caller: ScriptedCaller) -> str:
    over = caller.ears.over
    if over is None:
        return "still in progress"
    if over.by == "us" and over.fallback:
        return "fallback"
    return ENDS.get(over.by, over.by)


def press(caller: ScriptedCaller, step: Step) -> Play:
    """Press keys: when asked, at a time after the prompt began, or at once, before the prompt comes."""
    if step.get("before") is None and step.get("at") is None:
        while not caller.ears.is_asked and caller.ears.over is None:
            yield None
    if caller.ears.over is not None:
        raise Failure(
            f"nobody asked for a key: the call had ended ({end_of(caller)}){_keys(caller)}"
        )
    first_key_at = _start(caller, step)
    caller.type_keys(
        str(caller.stage.fill(step.get("keys"), caller.script.caller)),
        first_key_at,
        step.get("gap", GAP_S),
    )
    while not isinstance((yield None), KeysPressed):
        if caller.ears.over is not None:
            raise Failure(f"the call ended ({end_of(caller)}) before all keys were pressed")
    while caller.ears.unread and caller.ears.unread[0].began_at < first_key_at:
        caller.ears.unread.popleft()


def _start(caller: ScriptedCaller, step: Step) -> float:
    if step.get("at") is not None:
        began_at = caller.ears.matched.began_at if caller.ears.matched else caller.now
        return max(caller.now, began_at + float(step.get("at")))
    return caller.now + (GAP_S if step.get("before") else REACTION_S)


def wait(caller: ScriptedCaller, step: Step) -> Play:
    """Stay silent for so long, counted from the end of what is being said."""
    while caller.ears.speaking is not None and caller.ears.over is None:
        yield None
    timer = caller.agenda.wake(caller.now + step.get("seconds"))
    while caller.ears.over is None:
        event = yield None
        if isinstance(event, TimeUp) and event.timer == timer:
            return


def expect_silence(caller: ScriptedCaller, step: Step) -> Play:
    while caller.ears.speaking is not None and caller.ears.over is None:
        yield None
    began_at = caller.now
    timer = caller.agenda.wake(began_at + step.get("seconds"))
    while True:
        if caller.ears.over is not None:
            raise Failure(
                f"the call ended ({end_of(caller)}) after {caller.now - began_at:.1f} s of silence"
            )
        event = yield None
        if isinstance(event, PromptBegan):
            raise Failure(
                f"after {caller.now - began_at:.1f} s of silence came {_told([event.prompt])}"
            )
        if isinstance(event, TimeUp) and event.timer == timer:
            return


def stay_silent(caller: ScriptedCaller, _step: Step) -> Play:
    """Let the next question that no earlier key answers run into its time-out."""
    while caller.ears.over is None:
        event = yield None
        if isinstance(event, GatherEnded) and event.reason == "timeout":
            return
    raise Failure(f"no question timed out: the call ended ({end_of(caller)})")


def hangup(caller: ScriptedCaller, step: Step) -> Play:
    """Hang up now, at a time after the prompt began, or while the next webhook is under way."""
    if caller.ears.over is not None:
        raise Failure(f"the call had already ended ({end_of(caller)})")
    if step.get("in_flight"):
        caller.sabotage.hang_up_in_flight = True
    else:
        caller.agenda.hang_up(_start(caller, step))
    while caller.ears.over is None:
        yield None


def expect_end(caller: ScriptedCaller, step: Step) -> Play:
    while caller.ears.over is None:
        yield None
    if end_of(caller) != step.get("by"):
        raise Failure(
            f"expected the call to end by {step.get('by')}, it ended by {end_of(caller)}{_keys(caller)}"
        )


def expect_redirect(caller: ScriptedCaller, step: Step) -> Play:
    while True:
        while caller.ears.redirects:
            if step.get("to") in caller.ears.redirects.pop(0):
                return
        if caller.ears.over is not None:
            raise Failure(f"no redirect to {step.get('to')}: the call ended ({end_of(caller)})")
        yield None


LINE_STEPS: dict[str, Callable[[ScriptedCaller, Step], Play]] = {
    "expect": expect,
    "press": press,
    "wait": wait,
    "expect_silence": expect_silence,
    "stay_silent": stay_silent,
    "hangup": hangup,
    "expect_end": expect_end,
    "expect_redirect": expect_redirect,
}

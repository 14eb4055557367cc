"""The `clock` step: moves the product's test clock by a duration, or on to a time of day in Korea.

The product's time is known to the product alone, so its command is asked for it with a move by nothing.
"""

import re
import subprocess
from datetime import UTC, datetime, time, timedelta, timezone

from phone_simulator.scripts.script import Step
from phone_simulator.scripts.scripted_caller import ScriptedCaller
from phone_simulator.scripts.steps import Failure

COMMAND_S = 30.0
# Korea has no summer time.
SEOUL = timezone(timedelta(hours=9))
SATURDAY = 5
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")


def clock(caller: ScriptedCaller, step: Step) -> None:
    """Move the product's test clock with the operator's command; the duration becomes its last word."""
    words = caller.stage.board.options.clock_command
    if not words:
        raise Failure(
            "no clock to move: start the simulator with --clock-command, such as 'ars clock advance'"
        )
    if step.get("to") is None:
        by = str(caller.stage.fill(step.get("by")))
    else:
        by = f"{seconds_until(_now(words), step.get('to'), on=step.get('on'))}s"
    _run(words, by)


def seconds_until(now: datetime, wanted: time, *, on: str | None) -> int:
    """How long it is until the clocks of Korea show this time, on a weekday or at a weekend if told."""
    local = now.astimezone(SEOUL)
    then = datetime.combine(local.date(), wanted, SEOUL)
    while then <= local or (on is not None and (then.weekday() < SATURDAY) != (on == "weekday")):
        then += timedelta(days=1)
    return round((then - local).total_seconds())


def _now(words: tuple[str, ...]) -> datetime:
    told = _run(words, "0s")
    found = MOMENT.search(told)
    if found is None:
        raise Failure(f"the clock command does not tell the time in UTC: {told.strip()[:200]}")
    return datetime.fromisoformat(found.group()).replace(tzinfo=UTC)


def _run(words: tuple[str, ...], by: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the words come from the operator's command line
            [*words, by], capture_output=True, text=True, timeout=COMMAND_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(f"the clock command did not run: {error}") from error
    if done.returncode != 0:
        raise Failure(f"the clock command failed: {(done.stderr or done.stdout).strip()[:200]}")
    return done.stdout

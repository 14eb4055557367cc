"""The `clock` step: moves the product's test clock by a duration, or on to a time of day in Korea.

The product's time is known to the product alone, so its command is asked for it with a move by nothing.
"""

from datetime import datetime, time, timedelta, timezone

from phone_simulator.product_clock import ClockStands, ProductClock
from phone_simulator.scripts.script import Step
from phone_simulator.scripts.scripted_caller import ScriptedCaller
from phone_simulator.scripts.steps import Failure

# Korea has no summer time.
SEOUL = timezone(timedelta(hours=9))
SATURDAY = 5


def clock(caller: ScriptedCaller, step: Step) -> None:
    """Move the product's test clock with the operator's command; the duration becomes its last word."""
    product = ProductClock(caller.stage.board.options.clock_command)
    try:
        by = str(caller.stage.fill(step.get("by")))
        if step.get("to") is not None:
            by = f"{seconds_until(product.now(), step.get('to'), on=step.get('on'))}s"
        product.advance(by)
    except ClockStands as error:
        raise Failure(str(error)) from error


def seconds_until(now: datetime, wanted: time, *, on: str | None) -> int:
    """How long it is until the clocks of Korea show this time, on a weekday or at a weekend if told."""
    local = now.astimezone(SEOUL)
    then = datetime.combine(local.date(), wanted, SEOUL)
    while then <= local or (on is not None and (then.weekday() < SATURDAY) != (on == "weekday")):
        then += timedelta(days=1)
    return round((then - local).total_seconds())

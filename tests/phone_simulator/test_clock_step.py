"""The step that moves the product's clock on to a time of day in Korea."""

import sys
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

from phone_simulator.scripts.clock_step import seconds_until
from tests.phone_simulator.product import Product
from tests.phone_simulator.registering import serve_registration, with_steps

HOUR, DAY = 3600, 86400
# Friday, 11 o'clock in Seoul.
FRIDAY = datetime(2026, 11, 27, 2, tzinfo=UTC)
# Writes down each duration it is given, and what time it is then.
CLOCK = """
import pathlib, sys
folder, duration = sys.argv[1:]
with (pathlib.Path(folder) / "moves").open("a") as moves:
    print(duration, file=moves)
print("It is now 2026-11-27 02:00:00 UTC, moved by something.")
"""


@pytest.mark.parametrize(
    ("wanted", "on", "seconds"),
    [
        (time(12), None, HOUR),
        (time(11), None, DAY),
        (time(10), None, 23 * HOUR),
        (time(12), "weekday", HOUR),
        (time(10), "weekday", 3 * DAY - HOUR),
        (time(10), "weekend", DAY - HOUR),
    ],
)
def test_it_is_so_long_until_a_time_in_korea(wanted: time, on: str | None, seconds: int) -> None:
    assert seconds_until(FRIDAY, wanted, on=on) == seconds


def test_the_command_is_asked_for_the_time_and_then_moves_the_clock(
    start_simulator: Any, product: Product, tmp_path: Path
) -> None:
    serve_registration(product)
    command = (sys.executable, "-c", CLOCK, str(tmp_path))
    running = start_simulator(voice_url=product.url + "/voice", clock_command=command)

    played = running.play(with_steps("clock: {to: 10:00, on: weekday}", "hangup"))

    assert played["ok"]
    assert (tmp_path / "moves").read_text().split() == ["0s", f"{3 * DAY - HOUR}s"]


def test_a_command_that_does_not_tell_the_time_is_told(
    start_simulator: Any, product: Product
) -> None:
    serve_registration(product)
    running = start_simulator(voice_url=product.url + "/voice", clock_command=("echo", "moved"))

    played = running.play(with_steps("clock: {to: 10:00}", "hangup"))

    assert "does not tell the time in UTC: moved 0s" in played["calls"][0]["failures"][0]

"""A log that cannot be written costs its lines and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FULL = Path("/dev/full")
PROGRAM = """
import structlog
from foundation.logs import log_to_stderr
log_to_stderr()
for number in range(1000):
    structlog.get_logger().info("text.queued", text=number)
print("went on")
"""


def test_a_full_disk_under_the_log_stops_nobody() -> None:
    with FULL.open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            timeout=60,
            check=False,
        )

    assert ran.stdout == "went on\n"

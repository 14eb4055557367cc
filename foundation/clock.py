"""Time comes from a Clock, always aware and in UTC. Only this file asks the machine.

Outside production the clock can be moved: the offset stands in the database, so that every
process of the installation lives in the same moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

KST = ZoneInfo("Asia/Seoul")

# A moved clock is noticed by every process within this time.
OFFSET_MAX_AGE_S = 1.0


class Clock:
    """Tells the time, moved by the offset of the test clock where there is one."""

    def __init__(self, read_offset: Callable[[], timedelta] | None = None) -> None:
        self._read_offset = read_offset
        self._offset = timedelta()
        self._read_at = float("-inf")

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC) + self.offset()

    def offset(self) -> timedelta:
        """How far the test clock has been moved."""
        if self._read_offset and time.monotonic() - self._read_at > OFFSET_MAX_AGE_S:
            self._offset = self._read_offset()
            self._read_at = time.monotonic()
        return self._offset


def kst_day(moment: datetime) -> date:
    """The calendar day in Korea: limits "a day" and reports count by it."""
    return moment.astimezone(KST).date()


def stopwatch() -> float:
    """Seconds that only run forward, for measuring how long something took."""
    return time.monotonic()


def pause(seconds: float) -> None:
    """Do nothing for a while. Workers use it between looks; requests never do."""
    time.sleep(seconds)

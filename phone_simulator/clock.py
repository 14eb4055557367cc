"""The only file of the simulator that looks at a clock or sleeps.

Calls run on their own virtual seconds; texts run on the postal clock, which scripts may push forward.
"""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Condition


def utc_now() -> datetime:
    return datetime.now(UTC)


def monotonic_s() -> float:
    return time.monotonic()


def sleep_s(seconds: float) -> None:
    time.sleep(max(0.0, seconds))


def rfc2822(moment: datetime) -> str:
    """Write a moment as the provider does: `Fri, 20 Aug 2010 01:13:42 +0000`."""
    return format_datetime(moment.astimezone(UTC))


class PostalClock:
    """Real time plus what was skipped, so that a text which is 30 s late costs a test nothing."""

    def __init__(self) -> None:
        self._skipped = timedelta(0)
        self.moved = Condition()

    def now(self) -> datetime:
        return utc_now() + self._skipped

    def skip(self, seconds: float) -> None:
        with self.moved:
            self._skipped += timedelta(seconds=seconds)
            self.moved.notify_all()

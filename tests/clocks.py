"""A clock moved by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from foundation.clock import Clock

# A Monday morning in Seoul, within office hours.
MONDAY_10_KST = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


class HandClock(Clock):
    """Stands still until it is moved."""

    def __init__(self, at: datetime = MONDAY_10_KST) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        """Move forward: advance(days=1, hours=2)."""
        self.at += timedelta(**by)

"""Days and months as Korea counts them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from foundation.clock import KST, kst_day


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The first moment of a day in Korea, and the first of the next."""
    return _midnight(day), _midnight(day + timedelta(days=1))


def month_bounds(moment: datetime) -> tuple[datetime, datetime]:
    """The first moment of the month in Korea, and the first of the next."""
    first = kst_day(moment).replace(day=1)
    # The 28th and four days more are always in the next month.
    following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return _midnight(first), _midnight(following)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), KST)

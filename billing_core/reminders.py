"""When customers may be reminded: by day, and tomorrow means tomorrow at ten."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from foundation.clock import KST

# Texts that nobody is waiting for go out by day only.
FROM, UNTIL = time(8), time(21)
TOMORROW_AT = time(10)
# After a reminder a customer has a day to act on it.
AFTER_REMINDER = timedelta(days=1)
# How long an issuer's maintenance usually lasts.
MAINTENANCE_LASTS = timedelta(hours=2)


def tomorrow_at_ten(now: datetime) -> datetime:
    """Ten o'clock on the next day in Korea."""
    tomorrow = now.astimezone(KST).date() + timedelta(days=1)
    return datetime.combine(tomorrow, TOMORROW_AT, KST)


def by_day(moment: datetime) -> datetime:
    """The moment itself between eight and nine in the evening, else ten o'clock after that night."""
    local = moment.astimezone(KST)
    if FROM <= local.time() < UNTIL:
        return moment
    day = local.date() if local.time() < FROM else local.date() + timedelta(days=1)
    return datetime.combine(day, TOMORROW_AT, KST)


def after_maintenance(now: datetime) -> datetime:
    """When an issuer that is down now is probably back, by day."""
    return by_day(now + MAINTENANCE_LASTS)

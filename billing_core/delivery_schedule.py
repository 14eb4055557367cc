"""When a delivery is tried: growing intervals over more than three days, as merchants were told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from zlib import crc32

import sqlalchemy as sa

from billing_core.events import Delivery, DeliveryStatus
from foundation.database import Session

# 14 tries over 76 h 52 min before jitter; Standard Webhooks names 10 tries over 75 h.
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 300, 900, 1800, 3600, 7200, 18000, 36000, 50400, 72000, 86400)
)
TRIES_MAX = len(WAITS) + 1
# Deliveries that failed together must not come back together. Only longer: 75 hours are a promise.
JITTER = 0.2
# No server may put us off for longer than the longest wait of our own.
RETRY_AFTER_MAX = timedelta(days=1)
# A claimed attempt that recorded nothing for so long went down with its worker: six deadlines.
LEASE = timedelta(seconds=60)
# A server that kept us waiting in vain would hold every worker; so long, others go first, and then
# one attempt tries, longer than which none lasts.
REST = timedelta(seconds=15)

_CRC_MAX = 0xFFFF_FFFF


def tries_made(delivery: Delivery) -> int:
    """How often it was tried since it was first sent or last asked for."""
    return delivery.attempts - delivery.attempts_before


def wait_after(delivery: Delivery, *, at_least: timedelta) -> timedelta:
    """How long to wait after the try just made; a little different for each delivery and try."""
    wait = WAITS[max(tries_made(delivery) - 1, 0)]
    spread = crc32(f"{delivery.id}:{delivery.attempts}".encode()) / _CRC_MAX
    return max(wait * (1 + JITTER * spread), at_least)


def asked_to_wait(retry_after: str | None, now: datetime) -> timedelta:
    """What a Retry-After header asks for, in seconds or as a date, within bounds."""
    asked = _asked(retry_after.strip(), now) if retry_after else timedelta()
    return min(max(asked, timedelta()), RETRY_AFTER_MAX)


def bring_forward(session: Session, endpoint_id: str) -> None:
    """Let the sweep come at once to whatever is pending for an endpoint that ended, and end it.

    One statement, because there may be very many, and a web request waits for it.
    """
    session.execute(
        sa.update(Delivery)
        .where(Delivery.endpoint_id == endpoint_id, Delivery.status == DeliveryStatus.PENDING)
        .values(next_attempt_at=session.now, staged_at=None)
        .execution_options(synchronize_session=False)
    )


def _asked(text: str, now: datetime) -> timedelta:
    if text.isdecimal():
        # A number of a thousand digits is still no more than the bound.
        return timedelta(seconds=int(text[:9]))
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC) - now
    except (ValueError, OverflowError):
        return timedelta()

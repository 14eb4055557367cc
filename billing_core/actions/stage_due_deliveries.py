"""Stage the deliveries whose next attempt is due."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from billing_core.events import Delivery, DeliveryStatus, stage_delivery
from foundation.database import Session

# So much is staged in a few tenths of a second; the rest waits two seconds for the next round.
BATCH = 500
# A staged job that has not begun for so long has failed for good: the database was away too long.
FORGOTTEN_AFTER = timedelta(minutes=15)


def stage_due_deliveries(session: Session) -> int:
    """Return how many were staged. Staging twice is harmless: a job claims before it sends."""
    due = session.scalars(
        _due(session)
        .order_by(Delivery.next_attempt_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for delivery in due:
        stage_delivery(session, delivery)
    return len(due)


def has_due_deliveries(session: Session) -> bool:
    """Whether there is anything to stage; looking takes no lock."""
    return session.scalar(_due(session).limit(1)) is not None


def _due(session: Session) -> sa.Select[Delivery]:
    return sa.select(Delivery).where(
        Delivery.status == DeliveryStatus.PENDING,
        Delivery.next_attempt_at <= session.now,
        sa.or_(Delivery.staged_at.is_(None), Delivery.staged_at <= session.now - FORGOTTEN_AFTER),
    )

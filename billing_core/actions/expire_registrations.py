"""Expire registrations whose customers did not call in time; their numbers go back to the pool."""

from __future__ import annotations

import sqlalchemy as sa
import structlog

from billing_core.registrations import AWAITED, Registration, Status, move
from billing_core.sealed_answers import destroy_answers
from foundation.database import Session
from virtual_numbers.actions.return_number import return_number
from virtual_numbers.loans import EndReason

# One transaction's worth: on SQLite nobody else writes meanwhile. Whoever gets a full slice
# back asks again in a new transaction.
SLICE = 100

log = structlog.get_logger()


def expire_registrations(session: Session) -> int:
    """Expire one slice of what is due and return how many that were.

    Only who is still awaited expires. A card under way is finished first: whatever the acquirer
    answers leads out of `processing`, and a registration that comes back here is due at once.
    """
    due = session.scalars(
        sa.select(Registration)
        .where(AWAITED, Registration.expires_at <= session.now)
        .order_by(Registration.expires_at)
        .limit(SLICE)
        # Several workers sweep at once, and a call may hold its registration: those are left alone.
        .with_for_update(skip_locked=True)
    ).all()
    for registration in due:
        _expire(session, registration)
    return len(due)


def _expire(session: Session, registration: Registration) -> None:
    move(session, registration, Status.EXPIRED, why="the customer did not register in time")
    return_number(session, registration.id, EndReason.EXPIRED)
    destroy_answers(session, registration.id)
    log.info("registration.expired", registration=registration.id)

"""Expire charges whose customers did not call in time; their numbers go back to the pool."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import structlog

from billing_core.charges import AWAITED, Charge, Status, move
from billing_core.retries import newest_refusal, next_retry
from foundation.database import Session
from virtual_numbers.actions.return_number import return_number
from virtual_numbers.loans import EndReason, Loan

# One transaction's worth: on SQLite nobody else writes meanwhile. Whoever gets a full slice
# back asks again in a new transaction.
SLICE = 100

log = structlog.get_logger()


def expire_charges(session: Session) -> int:
    """Expire one slice of what is due and return how many that were.

    Only who is still awaited expires. A charge under way is finished first: whatever the acquirer
    answers leads out of `processing`.
    """
    due = session.scalars(
        sa.select(Charge)
        .where(AWAITED, Charge.expires_at <= session.now)
        .order_by(Charge.expires_at)
        .limit(SLICE)
        # Several workers sweep at once, and a call may hold its charge: those are left alone.
        .with_for_update(skip_locked=True)
    ).all()
    for charge in due:
        why = "the customer did not call in time"
        move(session, charge, Status.EXPIRED, why=why, next_retry_at=_next_retry(session, charge))
        return_number(session, charge.id, EndReason.EXPIRED)
        log.info("charge.expired", charge=charge.id)
    return len(due) + _take_back_numbers(session)


def _next_retry(session: Session, charge: Charge) -> datetime | None:
    """Of a charge that was refused before, the plan goes on: one text was not heard, not the last."""
    code = newest_refusal(session, charge)
    return next_retry(session, charge, code) if code else None


def _take_back_numbers(session: Session) -> int:
    """End the loans of charges that stayed declined: their customers did not try another card."""
    over = session.scalars(
        sa.select(Charge.id)
        .join(Loan, Loan.request_id == Charge.id)
        .where(
            Loan.ended_at.is_(None),
            Loan.expires_at <= session.now,
            Charge.status == Status.DECLINED,
        )
        .limit(SLICE)
        .with_for_update(of=Charge, skip_locked=True)
    ).all()
    for charge_id in over:
        return_number(session, charge_id, EndReason.EXPIRED)
    return len(over)

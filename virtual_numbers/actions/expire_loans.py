"""End loans that are long overdue: a net below the requests, which return their own numbers."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import structlog
from prometheus_client import Counter

from foundation.database import Database, Session
from virtual_numbers.loans import EndReason, Loan

# Requests expire by the minute; a loan that outlives its own by an hour has been forgotten.
OVERDUE = timedelta(hours=1)
# Small enough that nobody waits for the sweep, large enough that a million take minutes.
SLICE = 500

FORGOTTEN = Counter("ars_loans_forgotten", "Loans ended by the sweep instead of their request.")

log = structlog.get_logger()


def expire_loans(database: Database, *, spared: sa.Select[str] | None = None) -> int:
    """End what is overdue, slice by slice, each in a transaction; return how many there were.

    `spared` selects the ids of requests that are late for a reason and return their numbers still.
    """
    total = 0
    while True:
        with database.transaction() as session:
            ended = _end_slice(session, spared)
        total += ended
        if ended < SLICE:
            break
    if total:
        FORGOTTEN.inc(total)
        log.warning("loans.forgotten", ended=total)
    return total


def _end_slice(session: Session, spared: sa.Select[str] | None) -> int:
    overdue = (
        sa.select(Loan.id)
        .where(Loan.ended_at.is_(None), Loan.expires_at <= session.now - OVERDUE)
        .order_by(Loan.expires_at)
        .limit(SLICE)
        # Another worker's slice is left to that worker.
        .with_for_update(skip_locked=True)
    )
    if spared is not None:
        overdue = overdue.where(Loan.request_id.not_in(spared))
    ids = session.scalars(overdue).all()
    session.execute(
        sa.update(Loan)
        .where(Loan.id.in_(ids), Loan.ended_at.is_(None))
        .values(ended_at=session.now, end_reason=EndReason.EXPIRED)
        .execution_options(synchronize_session=False)
    )
    return len(ids)

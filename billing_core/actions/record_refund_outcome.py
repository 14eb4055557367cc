"""Write down what the acquirer said about a refund, with everything that follows from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from prometheus_client import Counter

from billing_core.acquirers import protocol
from billing_core.acquirers.declines import failure_of
from billing_core.charges import Charge, charge_view
from billing_core.events import publish
from billing_core.ledger import enter
from billing_core.refunds import LIFE, Refund, Status, locked_refund
from foundation.database import Session
from foundation.errors import StateChanged

# The first inquiry after a lost answer; the acquirer may just have been slow.
FIRST_INQUIRY = timedelta(seconds=5)

REFUNDS = Counter("ars_refunds", "Refunds by outcome.", ["status"])

Answer = protocol.Canceled | protocol.Declined | protocol.Unknown

log = structlog.get_logger()


def record_refund_outcome(session: Session, refund_id: str, answer: Answer) -> None:
    """Settle a refund as far as the answer settles it. Safe to repeat and in any order."""
    charge, refund = locked_refund(session, refund_id)
    is_open = refund.status in (Status.PROCESSING, Status.UNKNOWN)
    match answer:
        case protocol.Canceled() if refund.status != Status.SUCCEEDED:
            _succeeded(session, charge, refund)
        case protocol.Declined(code) if is_open:
            _move(session, refund, Status.FAILED, why=code, failure=failure_of(code))
        case protocol.Unknown(why) if refund.status == Status.PROCESSING:
            inquire_at = session.now + FIRST_INQUIRY
            _move(session, refund, Status.UNKNOWN, why=why, next_inquiry_at=inquire_at)


def _succeeded(session: Session, charge: Charge, refund: Refund) -> None:
    _move(session, refund, Status.SUCCEEDED, why="the acquirer gave it back", failure=None)
    _grow(session, charge, refund)
    assert charge.acquirer, "only an approved charge has refunds"
    enter(
        session,
        cause=refund.id,
        charge_id=charge.id,
        merchant_id=charge.merchant_id,
        acquirer=charge.acquirer["name"],
        transaction_id=charge.acquirer["transaction_id"],
        amount=refund.amount,
        gives_back=True,
    )
    publish(session, charge.merchant_id, "charge.refunded", charge_view(session, charge))
    log.info("charge.refunded", charge=charge.id, refund=refund.id)


def _grow(session: Session, charge: Charge, refund: Refund) -> None:
    grown = Charge.amount_refunded + refund.amount
    result: Any = session.execute(
        sa.update(Charge)
        .where(Charge.id == charge.id, grown <= Charge.amount)
        .values(amount_refunded=grown)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount != 1:
        raise StateChanged(f"{refund.id} would give back more than {charge.id} has brought")
    session.refresh(charge)


def _move(session: Session, refund: Refund, to: Status, *, why: str, **values: object) -> None:
    if to != Status.UNKNOWN:
        values = {"next_inquiry_at": None, "completed_at": session.now} | values
    LIFE.move(session, refund, to, why=why, **values)
    REFUNDS.labels(to.value).inc()

"""Open a refund of an approved charge, whole or in part, within what is left of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
import structlog

from billing_core import charges
from billing_core.charges import Charge
from billing_core.refunds import Refund, Status
from foundation.database import Session
from foundation.errors import Conflict, InvalidRequest
from foundation.ids import new_id
from foundation.money import Money

# What was promised to be given back, or may have been.
LIVE = (Status.PROCESSING, Status.UNKNOWN, Status.SUCCEEDED)

# The sweep sends a refund whose job has not begun by then: it was lost, or has failed too often.
FORGOTTEN_AFTER = timedelta(minutes=10)

log = structlog.get_logger()


@dataclass(frozen=True)
class _Left:
    """What can still be given back, with and without value added tax."""

    taxed: int
    tax_free: int

    @property
    def total(self) -> int:
        return self.taxed + self.tax_free


def open_refund(
    session: Session,
    charge: Charge,
    amount: Money | None = None,
    tax_free: Money | None = None,
    reason: str = "",
    metadata: dict[str, str] | None = None,
) -> Refund:
    """Write the refund and stage it. Without an amount all that is left is given back."""
    # Two refunds at the same moment would each see the whole remainder: they take turns here.
    session.refresh(charge, with_for_update=True)
    if charge.status != charges.Status.APPROVED:
        raise Conflict(f"This charge is {charge.status}; only an approved charge can be refunded.")
    left = _left(session, charge)
    refund = Refund(
        id=new_id("rf", session.now),
        charge_id=charge.id,
        merchant_id=charge.merchant_id,
        livemode=charge.livemode,
        status=Status.PROCESSING,
        **_parts(left, amount, tax_free),
        reason=reason,
        inquiries=0,
        next_inquiry_at=session.now + FORGOTTEN_AFTER,
        details=dict(metadata or {}),
        created_at=session.now,
    )
    session.add(refund)
    session.flush()
    session.stage("refund_charge", refund.id, key=refund.id)
    log.info("refund.opened", refund=refund.id, charge=charge.id)
    return refund


def _left(session: Session, charge: Charge) -> _Left:
    live = sa.select(Refund).where(Refund.charge_id == charge.id, Refund.status.in_(LIVE))
    refunds = session.scalars(live).all()
    total = charge.amount.won - sum(refund.amount.won for refund in refunds)
    tax_free = charge.tax_free_amount.won - sum(refund.tax_free_amount.won for refund in refunds)
    return _Left(total - tax_free, tax_free)


def _parts(left: _Left, amount: Money | None, tax_free: Money | None) -> dict[str, Money]:
    if not left.total:
        raise Conflict("Nothing is left of this charge to refund.")
    given = left.total if amount is None else amount.won
    if not 0 < given <= left.total:
        raise InvalidRequest.field(
            "/amount", f"Between 1 and {left.total:,} won can be refunded of this charge."
        )
    # Without a word about it, tax-free money goes back last.
    least, most = max(0, given - left.taxed), min(given, left.tax_free)
    part = least if tax_free is None else tax_free.won
    if not least <= part <= most:
        raise InvalidRequest.field(
            "/tax_free_amount", f"Of these, between {least:,} and {most:,} won are tax-free."
        )
    return {"amount": Money(given), "tax_free_amount": Money(part)}

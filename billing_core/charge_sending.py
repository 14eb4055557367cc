"""What comes before a charge is sent to an acquirer, and the sending itself.

An attempt is written with everything it sends and committed; then it is sent, once; then its
outcome is written down. Whoever does the same work again finds the attempt and inquires.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from billing_core import charges
from billing_core.acquirers.protocol import Approved, ChargeOrder, Declined, Unknown
from billing_core.charge_attempts import ChargeAttempt, Status
from billing_core.charges import Charge
from billing_core.desk import Desk
from billing_core.instalments import INSTALMENTS_FROM, MONTHS_MAX, MONTHS_MIN
from billing_core.issue_sending import silent_after
from foundation.database import Session
from foundation.errors import NotFound
from foundation.ids import new_id
from foundation.sealing import Secret


@dataclass(frozen=True)
class Wish:
    """What the customer agreed to, or the standing consent allows."""

    charge_id: str
    # The same cause is sent once.
    cause: str
    months: int = 0
    is_interest_free: bool = False
    consent_record_id: str | None = None


@dataclass(frozen=True)
class ToCharge:
    """An attempt that is committed and may be sent now."""

    acquirer: str
    order: ChargeOrder


@dataclass(frozen=True)
class Again:
    """The same work was begun before."""

    attempt_id: str
    is_sending: bool


def held_charge(session: Session, charge_id: str) -> Charge:
    """The charge, held against other writers."""
    charge = session.get(Charge, charge_id, with_for_update=True, populate_existing=True)
    if charge is None:
        raise NotFound("There is no such charge.")
    return charge


def begun_before(session: Session, cause: str) -> Again | None:
    """The attempt that the same work has made, if it has."""
    first = session.scalar(sa.select(ChargeAttempt).where(ChargeAttempt.cause == cause))
    return Again(first.id, is_sending=first.status == Status.SENDING) if first else None


def plan_is_allowed(charge: Charge, wish: Wish) -> bool:
    """Whether this charge may be paid in so many months."""
    if wish.months == 0:
        return not wish.is_interest_free
    longest = min(charge.max_months, MONTHS_MAX)
    return charge.amount >= INSTALMENTS_FROM and MONTHS_MIN <= wish.months <= longest


def write_charge_attempt(
    session: Session, desk: Desk, charge: Charge, wish: Wish, *, acquirer: str, key_id: str
) -> ChargeAttempt:
    """Write down that the charge is about to be sent. Commit before sending it."""
    if charge.status != charges.Status.PROCESSING:
        charges.move(session, charge, charges.Status.PROCESSING, why="the customer agreed")
    charge.attempts += 1
    # Whatever comes of it, the merchant can show what was agreed to.
    charge.consent_record_id = wish.consent_record_id or charge.consent_record_id
    attempt = ChargeAttempt(
        id=new_id("att", session.now),
        charge_id=charge.id,
        merchant_id=charge.merchant_id,
        cause=wish.cause,
        acquirer=acquirer,
        key_id=key_id,
        status=Status.SENDING,
        amount=charge.amount,
        tax_free_amount=charge.tax_free_amount,
        months=wish.months,
        is_interest_free=wish.is_interest_free,
        consent_record_id=wish.consent_record_id,
        inquiries=0,
        next_inquiry_at=session.now + silent_after(desk),
        sent_at=session.now,
    )
    session.add(attempt)
    session.flush()
    return attempt


def to_charge(charge: Charge, attempt: ChargeAttempt, key: Secret, issuer_code: str) -> ToCharge:
    """The attempt as its acquirer gets it: what is sent is what was written."""
    # A plan that the issuer bears goes out as an ordinary one, as gateways demand.
    merchant_pays = attempt.is_interest_free and attempt.months in charge.interest_free
    order = ChargeOrder(
        order_id=attempt.id,
        acquirer_key=key,
        amount=attempt.amount,
        tax_free=attempt.tax_free_amount,
        months=attempt.months,
        is_interest_free=merchant_pays,
        item=charge.item,
        customer_name=charge.customer_name,
        issuer_code=issuer_code,
    )
    return ToCharge(attempt.acquirer, order)


def send(desk: Desk, ready: ToCharge) -> Approved | Declined | Unknown:
    """Ask the acquirer, once."""
    return desk.acquirers[ready.acquirer].charge(ready.order)

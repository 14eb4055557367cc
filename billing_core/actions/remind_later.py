"""Put a charge off until tomorrow because the customer asked for it; the merchant is told."""

from __future__ import annotations

from billing_core.charges import CAN_BE_PAID, LIFE, Charge, Status, charge_view, is_being_refused
from billing_core.events import publish
from billing_core.reminders import AFTER_REMINDER, tomorrow_at_ten
from billing_core.retries import newest_refusal, next_retry
from foundation.database import Session
from virtual_numbers.actions.lend_number import lend_number


def remind_later(session: Session, charge: Charge) -> None:
    """Remind the customer tomorrow at ten, and keep the request open for a day after that."""
    if is_being_refused(charge):
        _take_back(session, charge)
    if charge.status not in CAN_BE_PAID:
        return
    charge.remind_at = tomorrow_at_ten(session.now)
    charge.refusal_reason = "later"
    charge.expires_at = max(charge.expires_at, charge.remind_at + AFTER_REMINDER)
    loan = lend_number(
        session, phone=charge.phone, request_id=charge.id, expires_at=charge.expires_at
    )
    charge.virtual_number = loan.number
    if charge.next_retry_at is not None:
        # One text at a time: the planned retry waits until the customer's own time is over.
        charge.next_retry_at = max(charge.next_retry_at, charge.expires_at)
    session.flush()
    publish(session, charge.merchant_id, "customer.pays_later", charge_view(session, charge))


def _take_back(session: Session, charge: Charge) -> None:
    """Whoever said no a moment ago, and then "later", has not refused."""
    if charge.status == Status.REFUSED:
        LIFE.move(session, charge, Status.AWAITING_CONSENT, why="the customer will pay later")
        return
    charge.completed_at = session.now
    if code := newest_refusal(session, charge):
        charge.next_retry_at = next_retry(session, charge, code)

"""Put a charge off until tomorrow because the customer asked for it; the merchant is told."""

from __future__ import annotations

from billing_core.charges import Charge, Status, charge_view
from billing_core.events import publish
from billing_core.reminders import AFTER_REMINDER, tomorrow_at_ten
from foundation.database import Session
from virtual_numbers.actions.lend_number import lend_number


def remind_later(session: Session, charge: Charge) -> None:
    """Remind the customer tomorrow at ten, and keep the request open for a day after that."""
    if charge.status not in (Status.AWAITING_CONSENT, Status.DECLINED):
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

"""Ask a customer to agree to a charge by telephone: a lent number, and a text that names it."""

from __future__ import annotations

from billing_core.bill_keys import BillKey
from billing_core.charges import Charge
from billing_core.merchants import Merchant
from billing_core.registrations import Registration
from foundation.database import Session
from sms.actions.queue_text import queue_text
from sms.templates import KOREAN
from virtual_numbers.actions.lend_number import lend_number


def invite(session: Session, charge: Charge) -> None:
    """Lend a number until the charge expires and text it. Refused where no text may go out."""
    loan = lend_number(
        session, phone=charge.phone, request_id=charge.id, expires_at=charge.expires_at
    )
    merchant = session.get_one(Merchant, charge.merchant_id)
    text = queue_text(
        session,
        template="T02",
        to=charge.phone,
        language=KOREAN,
        merchant_id=charge.merchant_id,
        request_id=charge.id,
        values={
            "merchant": merchant.name,
            "trust_phrase": _trust_phrase(session, charge),
            "item": charge.item,
            "period": None,
            "amount": charge.amount,
            "ars_number": loan.number,
            "expire_at": charge.expires_at,
            "merchant_phone": merchant.phone,
        },
    )
    charge.virtual_number = loan.number
    charge.text_id = text.id
    session.flush()


def _trust_phrase(session: Session, charge: Charge) -> str | None:
    bill_key = session.get_one(BillKey, charge.bill_key_id)
    registration = session.get(Registration, bill_key.registration_id)
    return registration.trust_phrase if registration else None

"""Ask a customer to register a card by telephone: a lent number, and a text that names it."""

from __future__ import annotations

from billing_core.merchants import Merchant
from billing_core.registrations import Registration
from foundation.database import Session
from sms.actions.queue_text import queue_text
from sms.templates import KOREAN
from virtual_numbers.actions.lend_number import lend_number


def invite(session: Session, registration: Registration, *, required: bool = True) -> None:
    """Lend a number until the registration expires and text it.

    Refused where no text may go out; one that is not `required` is then kept as failed.
    """
    loan = lend_number(
        session,
        phone=registration.phone,
        request_id=registration.id,
        expires_at=registration.expires_at,
    )
    merchant = session.get_one(Merchant, registration.merchant_id)
    text = queue_text(
        session,
        template="T01",
        to=registration.phone,
        language=KOREAN,
        merchant_id=registration.merchant_id,
        request_id=registration.id,
        values={
            "merchant": merchant.name,
            "trust_phrase": registration.trust_phrase,
            "ars_number": loan.number,
            "expire_at": registration.expires_at,
            "merchant_phone": merchant.phone,
        },
        required=required,
    )
    registration.virtual_number = loan.number
    registration.text_id = text.id
    session.flush()

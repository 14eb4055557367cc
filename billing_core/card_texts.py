"""Texts to the customer about the result of a registration."""

from __future__ import annotations

from collections.abc import Mapping

from billing_core.acquirers.declines import DECLINES, DeclineCode
from billing_core.merchants import Merchant
from billing_core.registrations import Channel, Registration, Status
from foundation.database import Session
from sms.actions.queue_text import queue_text
from sms.templates import KOREAN, Value
from virtual_numbers.loans import number_lent


def tell_registered(
    session: Session, registration: Registration, *, issuer: str, last4: str
) -> None:
    """Tell the customer which card was registered, and where to call about it."""
    merchant = session.get_one(Merchant, registration.merchant_id)
    _queue(
        session,
        registration,
        "T03",
        {
            "merchant": merchant.name,
            "card_company": issuer,
            "last4": last4,
            "done_at": session.now,
            # The lent number has gone back by now; the merchant's own stays.
            "ars_number": merchant.phone,
        },
    )


def tell_declined(session: Session, registration: Registration, code: DeclineCode) -> None:
    """Tell the customer that no card was registered, and how to try again where that is open."""
    is_open = registration.status == Status.AWAITING_CUSTOMER
    number = number_lent(session, registration.id) if is_open else None
    _queue(
        session,
        registration,
        "T04",
        {
            "merchant": session.get_one(Merchant, registration.merchant_id).name,
            "reason": DECLINES[code].korean,
            "ars_number": number,
            "expire_at": registration.expires_at if number else None,
        },
    )


def _queue(
    session: Session, registration: Registration, template: str, values: Mapping[str, Value]
) -> None:
    # Not required: the registration stands, whatever becomes of the text about it.
    queue_text(
        session,
        template=template,
        to=registration.phone,
        language=KOREAN,
        merchant_id=registration.merchant_id,
        request_id=registration.id,
        values=values,
        required=False,
        is_ordered=registration.channel == Channel.CARD,
    )

"""Texts to the customer about the result of a charge, and of one that was unclear for a while."""

from __future__ import annotations

from collections.abc import Mapping

from billing_core.acquirers.declines import DECLINES, DeclineCode
from billing_core.charges import Charge
from billing_core.merchants import Merchant
from foundation.database import Session
from sms.actions.queue_text import queue_text
from sms.templates import KOREAN, Value, written_plan
from virtual_numbers.loans import number_lent


def tell_paid(session: Session, charge: Charge) -> None:
    """The receipt; it goes out for every approved charge, also where the caller heard the result."""
    merchant = session.get_one(Merchant, charge.merchant_id)
    paid = charge.acquirer or {}
    _queue(
        session,
        charge,
        "T05",
        {
            "merchant": merchant.name,
            "item": charge.item,
            "period": None,
            "amount": charge.amount,
            "plan": written_plan(charge.months, is_interest_free=charge.is_interest_free),
            "card_company": charge.card["issuer"],
            "last4": charge.card["last4"],
            "approval_no": paid["approval_number"],
            "done_at": session.now,
            "merchant_phone": merchant.phone,
        },
    )


def tell_charge_declined(session: Session, charge: Charge, code: DeclineCode) -> None:
    """Tell the customer that nothing was paid, and why; for when nobody heard it on the line."""
    merchant = session.get_one(Merchant, charge.merchant_id)
    _queue(
        session,
        charge,
        "T06",
        {
            "merchant": merchant.name,
            "amount": charge.amount,
            "reason": _words_of(charge, code),
            "ars_number": number_lent(session, charge.id),
            "merchant_phone": merchant.phone,
        },
    )


def tell_not_paid(session: Session, charge: Charge) -> None:
    """Tell the customer, who was told to wait, that nothing was paid in the end."""
    _queue(
        session,
        charge,
        "T07",
        {
            "merchant": session.get_one(Merchant, charge.merchant_id).name,
            "amount": charge.amount,
            "ars_number": number_lent(session, charge.id),
        },
    )


def _words_of(charge: Charge, code: DeclineCode) -> str:
    """The reason in the words that the merchant has too, which know how the card was given."""
    failure = charge.failure or {}
    return str(failure["message"]) if failure.get("code") == code else DECLINES[code].korean


def _queue(session: Session, charge: Charge, template: str, values: Mapping[str, Value]) -> None:
    # Not required: what happened to the charge stands, whatever becomes of the text about it.
    queue_text(
        session,
        template=template,
        to=charge.phone,
        language=KOREAN,
        merchant_id=charge.merchant_id,
        request_id=charge.id,
        values=values,
        required=False,
    )

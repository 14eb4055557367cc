"""What PortOne shows of keys, payments and cancellations, read into our words.

Whatever lacks a part that we need is nothing: None.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing_core.acquirers.gateway_line import Answered, Words
from billing_core.acquirers.portone_codes import issuer_of
from billing_core.acquirers.protocol import Approved, Canceled, CardType, Issued, Listed, Owner
from foundation.money import Money
from foundation.sealing import Secret

CARD_TYPES: Mapping[str, CardType] = {"DEBIT": CardType.CHECK, "GIFT": CardType.CHECK}
APPROVED = ("PAID", "PARTIAL_CANCELLED", "CANCELLED")
# PortOne has payments of other origin in the same store; ours begin so.
ATTEMPT = "att_"


def words_at(of: object, *names: str) -> Words | None:
    """The object under these names, if there is one."""
    found: Any = of.words() if isinstance(of, Answered) else of
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else None


def text_at(of: object, *names: str) -> str:
    """The text under these names; empty where there is none."""
    *path, last = names
    found = (words_at(of, *path) or {}).get(last)
    return found if isinstance(found, str) else ""


def moment_at(of: object, *names: str) -> datetime | None:
    """The moment under these names; None where there is none."""
    try:
        moment = datetime.fromisoformat(text_at(of, *names))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def issued_of(key: Words) -> Issued | None:
    """A live key and its card."""
    methods = key.get("methods")
    first = methods[0] if isinstance(methods, list) and methods else None
    card = words_at(first, "card")
    billing_key = text_at(key, "billingKey")
    if card is None or not billing_key or key.get("status") != "ISSUED":
        return None
    issuer = issuer_of(card.get("issuer"), card.get("brand"))
    is_company = card.get("ownerType") == "CORPORATE"
    return Issued(
        acquirer_key=Secret(billing_key),
        issuer=issuer.spoken,
        issuer_code=issuer.code,
        card_type=CARD_TYPES.get(str(card.get("type")), CardType.CREDIT),
        owner=Owner.CORPORATE if is_company else Owner.PERSONAL,
    )


def approved_of(payment: Words) -> Approved | None:
    """An approved payment. Cancels go by the payment's id, so that is the transaction's."""
    paid_at = moment_at(payment, "paidAt")
    payment_id = text_at(payment, "id")
    if paid_at is None or not payment_id:
        return None
    return Approved(
        transaction_id=payment_id,
        approval_number=text_at(payment, "method", "approvalNumber"),
        approved_at=paid_at,
        receipt_url=text_at(payment, "receiptUrl") or None,
    )


def canceled_of(cancellation: Words) -> Canceled | None:
    """A cancellation that has happened."""
    at = moment_at(cancellation, "cancelledAt")
    cancellation_id = text_at(cancellation, "id")
    if cancellation.get("status") != "SUCCEEDED" or at is None or not cancellation_id:
        return None
    return Canceled(cancellation_id, at)


def listed_of(payment: Words | None) -> Listed | None:
    """A payment of ours in a list, if it was ever approved."""
    if payment is None or payment.get("status") not in APPROVED:
        return None
    approved, amount = approved_of(payment), words_at(payment, "amount") or {}
    total, canceled = amount.get("total"), amount.get("cancelled")
    if approved is None or not approved.transaction_id.startswith(ATTEMPT):
        return None
    if type(total) is not int or type(canceled) is not int:
        return None
    return Listed(
        order_id=approved.transaction_id,
        transaction_id=approved.transaction_id,
        amount=Money(total),
        canceled=Money(canceled),
        approved_at=approved.approved_at,
    )

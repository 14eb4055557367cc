"""What TossPayments' objects mean: a billing key, a payment, a cancel, a promotion.

Nothing here is believed unless it is about what was asked: the order id, the amount and the
customer key have to be ours. None stands for an object that says something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import structlog

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.gateway_line import Words
from billing_core.acquirers.issuers import SOME_BANK, Issuer
from billing_core.acquirers.protocol import (
    Approved,
    Canceled,
    CardType,
    Declined,
    InterestFree,
    Issued,
    Listed,
    Owner,
    Unknown,
    Voided,
)
from billing_core.acquirers.tosspayments_codes import ORDERS, issuer_of
from billing_core.acquirers.tosspayments_wire import join_keys
from foundation.money import WON_MAX, Money
from foundation.sealing import Secret

CHECK_CARDS = frozenset({"체크", "기프트", "CHECK", "GIFT"})
CORPORATE = frozenset({"법인", "CORPORATE"})
PAID = frozenset({"DONE", "PARTIAL_CANCELED"})
# An issuer that nobody told us of; the key is good all the same.
NAMELESS = Issuer("", "", "기타", SOME_BANK)

log = structlog.get_logger()


def issued(billing: Words, customer_key: str) -> Issued | None:
    """The key that was issued to this customer key."""
    billing_key = billing.get("billingKey")
    if not isinstance(billing_key, str) or not billing_key:
        return None
    if billing.get("customerKey") != customer_key:
        return None
    card = _object(billing, "card")
    issuer = issuer_of(card.get("issuerCode")) or issuer_of(billing.get("cardCompany"))
    if issuer is None:
        log.warning("acquirer.issuer_unknown", acquirer="tosspayments")
    issuer = issuer or NAMELESS
    is_check = card.get("cardType") in CHECK_CARDS
    is_corporate = card.get("ownerType") in CORPORATE
    return Issued(
        Secret(join_keys(customer_key, billing_key)),
        issuer.spoken,
        issuer.code,
        CardType.CHECK if is_check else CardType.CREDIT,
        Owner.CORPORATE if is_corporate else Owner.PERSONAL,
    )


def approved(payment: Words, order_id: str) -> Approved | None:
    """The approval of this order."""
    moment = _moment(payment.get("approvedAt"))
    payment_key = payment.get("paymentKey")
    if payment.get("orderId") != order_id or payment.get("status") not in PAID or moment is None:
        return None
    if not isinstance(payment_key, str) or not payment_key:
        return None
    number = _object(payment, "card").get("approveNo")
    receipt = _object(payment, "receipt").get("url")
    return Approved(
        payment_key,
        number if isinstance(number, str) else "",
        moment,
        receipt if isinstance(receipt, str) else None,
    )


def found(payment: Words, order_id: str) -> Approved | Declined | Voided | None:
    """What became of this order; None for one that is still on its way, or is another."""
    if payment.get("orderId") != order_id:
        return None
    status = payment.get("status")
    # After several partial cancels it may stay PARTIAL_CANCELED with nothing left of it.
    if status == "CANCELED" or (status in PAID and _won(payment.get("balanceAmount")) == Money(0)):
        return Voided()
    if status in ("ABORTED", "EXPIRED"):
        return _failed(_object(payment, "failure").get("code"))
    return approved(payment, order_id)


def canceled(payment: Words, tag: str, amount: Money | None = None) -> Canceled | Unknown | None:
    """The cancel whose reason ends in this tag; None where there is none."""
    for cancel in _objects(payment, "cancels"):
        reason = cancel.get("cancelReason")
        if isinstance(reason, str) and reason.endswith(tag):
            return _canceled(cancel, amount)
    return None


def listed(payment: Words) -> Listed | None:
    """A payment with what was given back of it; None where no money ever moved."""
    order_id, total = payment.get("orderId"), _won(payment.get("totalAmount"))
    balance, moment = _won(payment.get("balanceAmount")), _moment(payment.get("approvedAt"))
    payment_key = payment.get("paymentKey")
    if payment.get("status") not in PAID | {"CANCELED"} or total is None or balance is None:
        return None
    if moment is None or not isinstance(order_id, str) or not isinstance(payment_key, str):
        return None
    return Listed(order_id, payment_key, total, total - balance, moment)


def listed_row(row: Words) -> Listed | None:
    """A payment from the row of its approval, of which nothing was given back."""
    plain = {
        **row,
        "totalAmount": row.get("amount"),
        "balanceAmount": row.get("amount"),
        "approvedAt": row.get("transactionAt"),
    }
    return listed(plain)


def interest_free(promotion: Words) -> InterestFree | None:
    """One line of the list of months free of interest."""
    word = promotion.get("issuerCode") or promotion.get("cardCompany")
    issuer = issuer_of(word)
    months = promotion.get("installmentFreeMonths")
    minimum, last_day = _won(promotion.get("minimumPaymentAmount")), _day(promotion.get("dueDate"))
    if issuer is None or not isinstance(months, list) or minimum is None or last_day is None:
        log.warning("acquirer.promotion_unreadable", acquirer="tosspayments")
        return None
    plain = sorted({month for month in months if type(month) is int and month > 1})
    return InterestFree(issuer.code, tuple(plain), minimum, None, last_day)


def promotions(said: Words) -> Sequence[InterestFree]:
    """The whole list; a line that cannot be read is left out, with a warning."""
    lines = map(interest_free, _objects(said, "interestFreeCards"))
    return [line for line in lines if line is not None]


def total_of(payment: Words) -> Money | None:
    """The amount of a payment."""
    return _won(payment.get("totalAmount")) if payment.get("currency", "KRW") == "KRW" else None


def _failed(code: object) -> Declined | None:
    if code is None:
        return Declined(DeclineCode.ISSUER_UNAVAILABLE)
    # An order that is over has failed, even for a reason that is unclear elsewhere.
    refusal = ORDERS.refusals.get(code) if isinstance(code, str) else None
    return Declined(refusal, str(code)) if refusal else Declined(DeclineCode.ISSUER_UNAVAILABLE)


def _canceled(cancel: Words, amount: Money | None) -> Canceled | Unknown:
    moment, key = _moment(cancel.get("canceledAt")), cancel.get("transactionKey")
    is_done = cancel.get("cancelStatus", "DONE") in ("DONE", None)
    is_ours = amount is None or _won(cancel.get("cancelAmount")) == amount
    if moment is None or not isinstance(key, str) or not is_done or not is_ours:
        return Unknown("a cancel that is not done or not ours")
    return Canceled(key, moment)


def _object(of: Words, name: str) -> Mapping[str, Any]:
    inner = of.get(name)
    return inner if isinstance(inner, dict) else {}


def _objects(of: Words, name: str) -> Sequence[Words]:
    inner = of.get(name)
    return [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []


def _won(number: object) -> Money | None:
    return Money(number) if type(number) is int and 0 <= number <= WON_MAX else None


def _moment(written: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment and moment.tzinfo else None


def _day(written: object) -> date | None:
    try:
        return date.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None

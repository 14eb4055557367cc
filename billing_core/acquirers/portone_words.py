"""What PortOne writes down about keys, payments and cancels, and what it means to us.

Fields and values that are not known are passed over, as PortOne asks of its clients; what is known
has its form, or the whole answer is taken for unreadable.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeVar

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, ValidationError
from pydantic.alias_generators import to_camel

from billing_core.acquirers.gateway_line import Words
from billing_core.acquirers.portone_codes import ISSUERS, UNREAD_CHARGE, Failure, declined
from billing_core.acquirers.portone_wire import order_id_of
from billing_core.acquirers.protocol import (
    Approved,
    Canceled,
    CardType,
    Declined,
    Issued,
    Listed,
    Owner,
    Unknown,
    Voided,
)
from foundation.money import Money
from foundation.sealing import Secret

PENDING = frozenset({"READY", "PENDING", "PAY_PENDING", "VIRTUAL_ACCOUNT_ISSUED"})
APPROVED = frozenset({"PAID", "PARTIAL_CANCELLED"})
Won = Annotated[StrictInt, Field(ge=0, le=999_999_999_999)]
Read = TypeVar("Read", bound="Form")

log = structlog.get_logger()


class Form(BaseModel):
    """Something PortOne writes; it shows nothing of what it holds."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, hide_input_in_errors=True
    )

    def __repr__(self) -> str:
        return type(self).__name__


class Card(Form):
    """A card, as far as PortOne knows it."""

    issuer: str | None = None
    publisher: str | None = None
    type: str | None = None
    owner_type: str | None = None


class Method(Form):
    """How a key or a payment pays."""

    card: Card | None = None
    approval_number: str | None = None


class Customer(Form):
    """Whom we named."""

    id: str | None = None


class Key(Form):
    """A billing key."""

    status: str
    billing_key: str = Field(min_length=1)
    methods: list[Method] | None = None
    customer: Customer = Customer()


class Keys(Form):
    """A list of billing keys."""

    items: list[Key]


class NewKey(Form):
    """A billing key that was just issued."""

    billing_key: str = Field(min_length=1)


class Issue(Form):
    """The answer to an issue."""

    billing_key_info: NewKey


class Amount(Form):
    """What was asked for, and what was given back of it."""

    total: Won
    cancelled: Won = 0


class Cancellation(Form):
    """One cancel of a payment."""

    status: str
    id: str
    reason: str = ""
    total_amount: Won
    cancelled_at: AwareDatetime | None = None
    requested_at: AwareDatetime


class CancelAnswer(Form):
    """The answer to a cancel."""

    cancellation: Cancellation


class Channel(Form):
    """The channel, and the gateway behind it."""

    pg_provider: str = ""


class PaymentFailure(Form):
    """Why a payment failed."""

    reason: str | None = None
    pg_code: str | None = None
    pg_message: str | None = None


class Payment(Form):
    """A payment."""

    status: str
    id: str
    amount: Amount
    currency: str
    requested_at: AwareDatetime
    paid_at: AwareDatetime | None = None
    method: Method | None = None
    receipt_url: str | None = None
    cancellations: list[Cancellation] = []
    channel: Channel | None = None
    failure: PaymentFailure | None = None


class Entry(Form):
    """One payment of a list."""

    payment: Payment
    cursor: str


class Entries(Form):
    """A page of payments."""

    items: list[Entry]


def read(form: type[Read], words: Words) -> Read | Unknown:
    """The answer in its form."""
    try:
        return form.model_validate(words)
    except ValidationError:
        return unbelievable("has another form than it should")


def unbelievable(what: str) -> Unknown:
    """An answer that must not be believed, and an alarm about it."""
    log.error("acquirer.answer_not_believed", acquirer="portone", about=what)
    return Unknown(f"an answer {what}")


def issued(key: Key) -> Issued:
    """A live key; a card whose issuer is not known is called by its kind."""
    card = next((method.card for method in key.methods or () if method.card), Card())
    issuer = ISSUERS.get(card.issuer or "") or ISSUERS.get(card.publisher or "")
    is_check = card.type == "DEBIT"
    return Issued(
        acquirer_key=Secret(key.billing_key),
        issuer=issuer.spoken if issuer else ("체크" if is_check else "신용"),
        issuer_code=issuer.code if issuer else "",
        card_type=CardType.CHECK if is_check else CardType.CREDIT,
        owner=Owner.CORPORATE if card.owner_type == "CORPORATE" else Owner.PERSONAL,
    )


def outcome(payment: Payment) -> Approved | Declined | Voided | Unknown:
    """What became of a payment."""
    if payment.status in APPROVED:
        number = payment.method.approval_number if payment.method else None
        return Approved(payment.id, number or "", paid_at(payment), payment.receipt_url)
    if payment.status == "CANCELLED":
        return Voided()
    if payment.status == "FAILED":
        return declined(_failure(payment), UNREAD_CHARGE)
    if payment.status in PENDING:
        return Unknown("PortOne has not finished it")
    return unbelievable("has a status that is in no list")


def paid_at(payment: Payment) -> datetime:
    """When the money moved."""
    return payment.paid_at or payment.requested_at


def canceled(cancellation: Cancellation) -> Canceled:
    """A cancel that succeeded."""
    return Canceled(cancellation.id, cancellation.cancelled_at or cancellation.requested_at)


def listed(payment: Payment) -> Listed:
    """A payment for the comparison of a day."""
    return Listed(
        order_id_of(payment.id),
        payment.id,
        Money(payment.amount.total),
        Money(payment.amount.cancelled),
        paid_at(payment),
    )


def _failure(payment: Payment) -> Failure:
    failure = payment.failure or PaymentFailure()
    gateway = payment.channel.pg_provider if payment.channel else ""
    message = f"{failure.pg_message or ''} {failure.reason or ''}"
    return Failure(gateway, failure.pg_code or "", message)

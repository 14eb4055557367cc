"""Open a registration: ask one customer to register one card, by telephone or with given digits.

By telephone (`ars`) a number is lent and texted. Digits in the request (`card`) are sealed
at once, and work is staged that takes them to the acquirer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa
import structlog
from prometheus_client import Counter

from billing_core.merchants import Merchant
from billing_core.registration_invitations import invite
from billing_core.registrations import Channel, Registration, Status
from billing_core.sealed_answers import keep_answer
from foundation.database import Session
from foundation.errors import Conflict, InvalidRequest
from foundation.ids import new_id
from foundation.phone_number import PhoneNumber
from foundation.sealing import Sealer, Secret

OPENED = Counter("ars_registrations_opened", "Registrations opened.", ["channel"])

log = structlog.get_logger()


@dataclass(frozen=True)
class CardDigits:
    """The digits of a card as a caller would key them: expiry as MMYY."""

    number: Secret
    expiry: Secret
    holder: Secret
    password: Secret


@dataclass(frozen=True)
class NewRegistration:
    """What a merchant asks for, already checked field by field."""

    order_id: str
    channel: Channel
    customer_ref: str
    customer_name: str
    phone: PhoneNumber
    item: str
    consent: str
    expires_in: timedelta
    amount: int | None = None
    billing_day: int | None = None
    trust_phrase: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    card: CardDigits | None = None


def open_registration(
    session: Session, *, merchant: Merchant, request: NewRegistration, sealer: Sealer
) -> Registration:
    """Write the registration and set its channel going, all in the transaction of `session`."""
    if request.channel is Channel.WEB_LINK:
        raise _channel_unavailable()
    registration = _write(session, merchant, request)
    if request.card is not None:
        _seal(session, sealer, registration, request.card)
    else:
        invite(session, registration)
    OPENED.labels(request.channel).inc()
    log.info("registration.opened", registration=registration.id, channel=registration.channel)
    return registration


def _channel_unavailable() -> InvalidRequest:
    refused = InvalidRequest.field(
        "/channel",
        'Links to a card page are not offered here. Use the channel "ars" or "card".',
        code="channel_unavailable",
    )
    refused.code = "channel_unavailable"
    return refused


def _write(session: Session, merchant: Merchant, request: NewRegistration) -> Registration:
    registration = Registration(
        id=new_id("reg", session.now),
        merchant_id=merchant.id,
        livemode=merchant.livemode,
        order_id=request.order_id,
        channel=request.channel,
        status=Status.AWAITING_CUSTOMER,
        customer_ref=request.customer_ref,
        customer_name=request.customer_name,
        phone=request.phone,
        item=request.item,
        consent=request.consent,
        amount=request.amount,
        billing_day=request.billing_day,
        trust_phrase=request.trust_phrase,
        details=dict(request.metadata),
        expires_at=session.now + request.expires_in,
        created_at=session.now,
    )
    try:
        # The database decides who was first; a look before the insert would lose a race.
        with session.begin_nested():
            session.add(registration)
    except sa.exc.IntegrityError:
        raise Conflict(
            "This order_id already names a registration of yours. Use a new one, or look that one "
            "up with GET /v1/registrations?order_id=….",
            code="order_id_taken",
        ) from None
    return registration


def _seal(session: Session, sealer: Sealer, registration: Registration, card: CardDigits) -> None:
    for name, digits in vars(card).items():
        keep_answer(
            session,
            sealer,
            owner=registration.id,
            place=f"{registration.id}:{name}",
            digits=digits.reveal(),
        )
    session.stage("urgent_register_entered_card", registration.id, key=registration.id)

"""A registration asks one customer to register one card; its whole life stands in one table."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.events import publish
from billing_core.timestamps import rfc3339
from foundation.database import Base, Session
from foundation.lifecycle import Lifecycle
from foundation.phone_number import PhoneNumber
from sms.texts import brief_view

# A card may be refused this often before the registration itself has failed.
REFUSED_CARDS_MAX = 5


class Status(StrEnum):
    """Where a registration stands."""

    AWAITING_CUSTOMER = "awaiting_customer"
    PROCESSING = "processing"
    REGISTERED = "registered"
    FAILED = "failed"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELED = "canceled"


class Channel(StrEnum):
    """How the card comes to us."""

    ARS = "ars"
    WEB_LINK = "web_link"
    CARD = "card"


LIFE = Lifecycle(
    {
        Status.AWAITING_CUSTOMER: {
            Status.PROCESSING,
            Status.REFUSED,
            Status.EXPIRED,
            Status.CANCELED,
        },
        # Back to the customer while tries are left, and only when the acquirer said an explicit no.
        Status.PROCESSING: {Status.REGISTERED, Status.AWAITING_CUSTOMER, Status.FAILED},
        Status.REGISTERED: set(),
        Status.FAILED: set(),
        Status.REFUSED: set(),
        Status.EXPIRED: set(),
        Status.CANCELED: set(),
    }
)

EVENTS = {
    Status.REGISTERED: "registration.registered",
    Status.FAILED: "registration.failed",
    Status.REFUSED: "registration.refused",
    Status.EXPIRED: "registration.expired",
    Status.CANCELED: "registration.canceled",
}

# Sweeps look at the few that wait or are under way, however many have ended. Spelled out: with a
# bound value SQLite would not see that a partial index fits.
AWAITED = sa.text("registrations.status = 'awaiting_customer'")
UNDER_WAY = sa.text("registrations.status = 'processing'")
_AWAITED, _UNDER_WAY = (
    sa.text(each.text.removeprefix("registrations.")) for each in (AWAITED, UNDER_WAY)
)


class Registration(Base):
    """One request to one customer to register a card."""

    __tablename__ = "registrations"
    __table_args__ = (
        sa.UniqueConstraint("merchant_id", "order_id"),
        sa.Index("ix_registrations_merchant", "merchant_id", "id"),
        sa.Index("ix_registrations_merchant_status", "merchant_id", "status", "id"),
        sa.Index(
            "ix_registrations_awaited",
            "expires_at",
            sqlite_where=_AWAITED,
            postgresql_where=_AWAITED,
        ),
        sa.Index(
            # With the status, so that SQLite finds all it asks for in here and prefers it.
            "ix_registrations_under_way",
            "status",
            "id",
            sqlite_where=_UNDER_WAY,
            postgresql_where=_UNDER_WAY,
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    merchant_id: Mapped[str] = mapped_column(sa.ForeignKey("merchants.id"))
    livemode: Mapped[bool]
    order_id: Mapped[str]
    channel: Mapped[str]
    status: Mapped[str]
    customer_ref: Mapped[str]
    customer_name: Mapped[str]
    phone: Mapped[PhoneNumber]
    item: Mapped[str]
    # Terms: "each_charge" or "once"; amount in won and day of the month where they are fixed.
    consent: Mapped[str]
    amount: Mapped[int | None] = mapped_column(sa.BigInteger)
    billing_day: Mapped[int | None]
    trust_phrase: Mapped[str | None]
    virtual_number: Mapped[PhoneNumber | None]
    text_id: Mapped[str | None]
    # The issuer was down: the request's text once more, then.
    remind_at: Mapped[datetime | None] = mapped_column(index=True)
    bill_key_id: Mapped[str | None]
    refused_cards: Mapped[int] = mapped_column(default=0)
    failure: Mapped[dict[str, Any] | None]
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    expires_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


# A card check under way may take longer than the registration's own time: until it is settled nobody
# knows whether the customer is to call again.
IN_DOUBT = sa.select(Registration.id).where(UNDER_WAY)


def move(
    session: Session, registration: Registration, to: Status, *, why: str, **values: Any
) -> None:
    """Move a registration along its life and tell the merchant where that is worth an event."""
    if LIFE.is_final(to):
        values.setdefault("completed_at", session.now)
    LIFE.move(session, registration, to, why=why, **values)
    if to in EVENTS:
        publish(
            session, registration.merchant_id, EVENTS[to], registration_view(session, registration)
        )


def registration_view(session: Session, registration: Registration) -> dict[str, Any]:
    """The registration as merchants see it."""
    return {
        "id": registration.id,
        "object": "registration",
        "livemode": registration.livemode,
        "status": registration.status,
        "channel": registration.channel,
        "order_id": registration.order_id,
        "customer": customer_view(registration),
        "item": registration.item,
        "terms": {
            "consent": registration.consent,
            "amount": registration.amount,
            "billing_day": registration.billing_day,
        },
        "trust_phrase": registration.trust_phrase,
        "virtual_number": registration.virtual_number.e164 if registration.virtual_number else None,
        "link_url": None,
        "text": brief_view(session, registration.text_id),
        "bill_key": registration.bill_key_id,
        "failure": registration.failure,
        "metadata": registration.details,
        "expires_at": rfc3339(registration.expires_at),
        "completed_at": rfc3339(registration.completed_at),
        "created_at": rfc3339(registration.created_at),
    }


def customer_view(owner: Any) -> dict[str, str]:
    """The customer of a registration or a bill key."""
    return {
        "ref": owner.customer_ref,
        "name": owner.customer_name,
        "phone": owner.phone.e164,
    }

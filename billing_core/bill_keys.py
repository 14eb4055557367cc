"""A bill key stands for a customer's card: with it, and with consent, amounts can be charged."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.events import publish
from billing_core.registrations import customer_view
from billing_core.timestamps import rfc3339
from foundation.database import Base, Session
from foundation.lifecycle import Lifecycle
from foundation.phone_number import PhoneNumber
from foundation.sealing import Sealed, SealedColumn


class Status(StrEnum):
    """Where a bill key stands."""

    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"


LIFE = Lifecycle(
    {
        Status.ACTIVE: {Status.REVOKED, Status.EXPIRED},
        Status.EXPIRED: {Status.REVOKED},
        Status.REVOKED: set(),
    }
)

EVENTS = {Status.REVOKED: "bill_key.revoked", Status.EXPIRED: "bill_key.expired"}


class BillKey(Base):
    """One registered card of one customer of one merchant."""

    __tablename__ = "bill_keys"
    __table_args__ = (
        sa.Index("ix_bill_keys_merchant", "merchant_id", "id"),
        sa.Index("ix_bill_keys_ends", "status", "card_expiry"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    merchant_id: Mapped[str] = mapped_column(sa.ForeignKey("merchants.id"))
    livemode: Mapped[bool]
    status: Mapped[str]
    customer_ref: Mapped[str] = mapped_column(index=True)
    customer_name: Mapped[str]
    phone: Mapped[PhoneNumber]
    registration_id: Mapped[str] = mapped_column(index=True)
    # Standing consent ("once") or consent to each charge ("each_charge").
    consent: Mapped[str]
    issuer: Mapped[str]
    issuer_code: Mapped[str]
    last4: Mapped[str]
    card_type: Mapped[str]
    owner: Mapped[str]
    # The card's own expiry, "2029-08": the last month in which it can be charged.
    card_expiry: Mapped[str]
    acquirer: Mapped[str]
    # The acquirer's own key is never shown; only the worker can open it.
    acquirer_key: Mapped[Sealed] = mapped_column(SealedColumn)
    # When the customer last showed possession of the phone: numbers are re-issued after 90 days.
    possession_at: Mapped[datetime]
    # The bill key that took its place, where the customer keyed another card to be used from then on.
    replaced_by: Mapped[str | None]
    # Revoked here, and the acquirer has confirmed that its key is gone.
    removed_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    created_at: Mapped[datetime]


def move(session: Session, bill_key: BillKey, to: Status, *, why: str) -> None:
    """Move a bill key along its life and tell the merchant."""
    LIFE.move(session, bill_key, to, why=why)
    publish(session, bill_key.merchant_id, EVENTS[to], bill_key_view(bill_key))


def card_view(key: Any) -> dict[str, str]:
    """What may be shown of the card behind a bill key, or of one that was keyed in a call."""
    return {
        "issuer": key.issuer,
        "issuer_code": key.issuer_code,
        "last4": key.last4,
        "type": key.card_type,
        "owner": key.owner,
    }


def bill_key_view(bill_key: BillKey) -> dict[str, Any]:
    """The bill key as merchants see it."""
    return {
        "id": bill_key.id,
        "object": "bill_key",
        "livemode": bill_key.livemode,
        "status": bill_key.status,
        "customer": customer_view(bill_key),
        "registration": bill_key.registration_id,
        "card": card_view(bill_key),
        "replaced_by": bill_key.replaced_by,
        "metadata": bill_key.details,
        "created_at": rfc3339(bill_key.created_at),
    }

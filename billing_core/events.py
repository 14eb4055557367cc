"""Events tell merchants what happened; deliveries carry each one to each endpoint that wants it.

An event is written in the transaction that causes it, so a merchant hears of exactly what was
committed. Carrying it out is a job, repeated for days where the merchant's server is away.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.timestamps import rfc3339
from foundation.database import Base, Session
from foundation.ids import new_id
from foundation.lifecycle import Lifecycle
from foundation.sealing import Sealed, SealedColumn

TYPES = (
    "registration.registered",
    "registration.failed",
    "registration.refused",
    "registration.expired",
    "registration.canceled",
    "bill_key.revoked",
    "bill_key.expired",
    "charge.approved",
    "charge.declined",
    "charge.unknown",
    "charge.refused",
    "charge.expired",
    "charge.canceled",
    "charge.refunded",
    "text.failed",
    # What a customer asked for on the telephone; somebody at the merchant's should see it.
    "customer.callback_requested",
    "customer.new_request_wanted",
    "customer.pays_later",
)


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    EXHAUSTED = "exhausted"


DELIVERY_LIFE = Lifecycle(
    {
        DeliveryStatus.PENDING: {DeliveryStatus.DELIVERED, DeliveryStatus.EXHAUSTED},
        # A merchant may ask for any event again.
        DeliveryStatus.DELIVERED: {DeliveryStatus.PENDING},
        DeliveryStatus.EXHAUSTED: {DeliveryStatus.PENDING},
    }
)


class Event(Base):
    """Something that happened, with the object as it was then."""

    __tablename__ = "events"
    __table_args__ = (sa.Index("ix_events_merchant", "merchant_id", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    merchant_id: Mapped[str]
    livemode: Mapped[bool]
    type: Mapped[str]
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class WebhookEndpoint(Base):
    """An address of a merchant that wants events."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (sa.Index("ix_webhook_endpoints_merchant", "merchant_id", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    merchant_id: Mapped[str]
    livemode: Mapped[bool]
    url: Mapped[str]
    # Event types, or ["*"].
    events: Mapped[list[str]]
    secret: Mapped[Sealed] = mapped_column(SealedColumn)
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    # Its server answered 410 Gone: nothing more is sent there.
    disabled_at: Mapped[datetime | None]
    # Its server let us wait in vain: until then its deliveries let those of others go first.
    resting_until: Mapped[datetime | None]


class Delivery(Base):
    """One event on its way to one endpoint."""

    __tablename__ = "deliveries"
    __table_args__ = (sa.UniqueConstraint("event_id", "endpoint_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(sa.ForeignKey("events.id"))
    endpoint_id: Mapped[str] = mapped_column(sa.ForeignKey("webhook_endpoints.id"), index=True)
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    # Attempts made before the merchant last asked for it again: the schedule starts anew there.
    attempts_before: Mapped[int] = mapped_column(default=0)
    # Null once nothing more is to be done.
    next_attempt_at: Mapped[datetime | None] = mapped_column(index=True)
    # When a job was staged for the next attempt; null = none is, and the sweep has to.
    staged_at: Mapped[datetime | None]
    # One word: dns_failed, timed_out, status_503 …; null = not tried yet, or delivered.
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]


def publish(session: Session, merchant_id: str, kind: str, data: dict[str, Any]) -> Event:
    """Write an event and stage its way to every endpoint that wants it."""
    if kind not in TYPES:
        raise ValueError(f"{kind} is not in the list of events that merchants were promised")
    event = Event(
        id=new_id("evt", session.now),
        merchant_id=merchant_id,
        livemode=bool(data.get("livemode")),
        type=kind,
        data=data,
        created_at=session.now,
    )
    session.add(event)
    session.flush()
    for endpoint in endpoints_wanting(session, event):
        send_to(session, event, endpoint)
    return event


def endpoints_wanting(session: Session, event: Event) -> list[WebhookEndpoint]:
    """The live endpoints of the merchant that want events of this type."""
    live = sa.select(WebhookEndpoint).where(
        WebhookEndpoint.merchant_id == event.merchant_id,
        WebhookEndpoint.deleted_at.is_(None),
        WebhookEndpoint.disabled_at.is_(None),
    )
    return [
        endpoint
        for endpoint in session.scalars(live)
        if "*" in endpoint.events or event.type in endpoint.events
    ]


def send_to(session: Session, event: Event, endpoint: WebhookEndpoint) -> Delivery:
    """Set an event on its way to one endpoint."""
    delivery = Delivery(
        id=new_id("dlv", session.now),
        event_id=event.id,
        endpoint_id=endpoint.id,
        status=DeliveryStatus.PENDING,
        attempts=0,
        next_attempt_at=session.now,
        created_at=session.now,
    )
    session.add(delivery)
    stage_delivery(session, delivery)
    return delivery


def stage_delivery(session: Session, delivery: Delivery) -> None:
    """Stage the next attempt. A key per attempt and second: the attempt itself is claimed later."""
    delivery.staged_at = session.now
    session.flush()
    key = f"{delivery.id}:{delivery.attempts}:{session.now:%Y%m%dT%H%M%SZ}"
    session.stage("deliver_event", delivery.id, key=key)


def event_view(event: Event) -> dict[str, Any]:
    """The event as merchants see it, on the wire and in lists."""
    return {
        "id": event.id,
        "object": "event",
        "livemode": event.livemode,
        "type": event.type,
        "data": event.data,
        "metadata": {},
        "created_at": rfc3339(event.created_at),
    }


def webhook_endpoint_view(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """The endpoint as merchants see it; its secret was shown once, when it was added."""
    return {
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "livemode": endpoint.livemode,
        "url": endpoint.url,
        "events": endpoint.events,
        "status": "disabled" if endpoint.disabled_at else "enabled",
        "metadata": endpoint.details,
        "created_at": rfc3339(endpoint.created_at),
    }

"""Send an event again to every live endpoint that wants it, under the same id."""

from __future__ import annotations

import sqlalchemy as sa

from billing_core.delivery_schedule import LEASE
from billing_core.events import (
    DELIVERY_LIFE,
    Delivery,
    DeliveryStatus,
    Event,
    WebhookEndpoint,
    endpoints_wanting,
    send_to,
    stage_delivery,
)
from billing_core.merchants import Merchant
from foundation.database import Session
from foundation.errors import NotFound


def resend_event(session: Session, merchant: Merchant, event_id: str) -> list[Delivery]:
    """Return the deliveries now under way: none, if no live endpoint wants the event."""
    # The event is locked, so that two requests at once do not both make a new delivery.
    event = session.get(Event, event_id, with_for_update={"key_share": True})
    if event is None or event.merchant_id != merchant.id:
        raise NotFound("There is no such event.")
    return [_again(session, event, endpoint) for endpoint in endpoints_wanting(session, event)]


def _again(session: Session, event: Event, endpoint: WebhookEndpoint) -> Delivery:
    delivery = session.scalar(
        sa.select(Delivery)
        .where(Delivery.event_id == event.id, Delivery.endpoint_id == endpoint.id)
        .with_for_update()
    )
    if delivery is None:
        return send_to(session, event, endpoint)
    if delivery.status != DeliveryStatus.PENDING:
        DELIVERY_LIFE.move(session, delivery, DeliveryStatus.PENDING, why="asked for again")
    delivery.attempts_before = delivery.attempts
    if not _is_imminent(session, delivery):
        delivery.next_attempt_at = session.now
        stage_delivery(session, delivery)
    session.flush()
    return delivery


def _is_imminent(session: Session, delivery: Delivery) -> bool:
    # It may be under way at this moment, and must not be sent twice at once.
    due = delivery.next_attempt_at
    return due is not None and due <= session.now + LEASE

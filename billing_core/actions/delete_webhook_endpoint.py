"""Delete an address: nothing is sent there any more, and what was on its way ends."""

from __future__ import annotations

from billing_core.delivery_schedule import bring_forward
from billing_core.events import WebhookEndpoint
from billing_core.merchants import Merchant
from foundation.database import Session
from foundation.errors import NotFound


def delete_webhook_endpoint(
    session: Session, *, merchant: Merchant, endpoint_id: str
) -> WebhookEndpoint:
    """Mark the endpoint as deleted; the worker ends its pending deliveries within seconds."""
    endpoint = session.get(WebhookEndpoint, endpoint_id, with_for_update={"key_share": True})
    if endpoint is None or endpoint.merchant_id != merchant.id or endpoint.deleted_at:
        raise NotFound("There is no such webhook endpoint.")
    endpoint.deleted_at = session.now
    session.flush()
    bring_forward(session, endpoint.id)
    return endpoint

"""A webhook endpoint: the plainest thing whose secret lasts and is sealed."""

from __future__ import annotations

from billing_core.actions.add_webhook_endpoint import add_webhook_endpoint
from billing_core.actions.create_merchant import create_merchant
from billing_core.events import WebhookEndpoint
from foundation.database import Session
from foundation.sealing import Sealer


def add_endpoint(session: Session, sealer: Sealer) -> tuple[WebhookEndpoint, str]:
    """An endpoint of a new merchant, and its secret as it is shown once."""
    merchant, _key = create_merchant(session, name="한빛")
    return add_webhook_endpoint(
        session,
        merchant=merchant,
        url="http://127.0.0.1:9/",
        events=["*"],
        metadata={},
        sealer=sealer,
        allow_private=True,
    )

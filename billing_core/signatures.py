"""Standard Webhooks: how a merchant knows that an event is from us, unchanged and fresh."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from standardwebhooks import Webhook

from foundation.sealing import Secret

PREFIX = "whsec_"
# Standard Webhooks asks for 24 to 64 bytes.
SECRET_BYTES = 32


def new_webhook_secret() -> str:
    """A new secret in the form that every Standard Webhooks library reads."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(
    secret: Secret, *, message_id: str, sent_at: datetime, body: bytes
) -> dict[str, str]:
    """The three headers by which a message is recognised and checked."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": Webhook(secret.reveal()).sign(message_id, sent_at, body.decode()),
    }

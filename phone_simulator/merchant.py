"""The merchant's side: keeps the events it is sent and checks their Standard Webhooks signatures."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Condition
from typing import Any

from phone_simulator.clock import utc_now
from phone_simulator.ids import new_suffix

EVENTS_MAX = 1000


@dataclass(frozen=True)
class MerchantEvent:
    """One delivery; `signature` is valid, invalid, missing, or unchecked while the secret is not known."""

    id: str
    type: str
    body: dict[str, Any]
    signature: str
    received_at: datetime
    # One per delivery; a repeated event has the same id.
    token: str = field(default_factory=new_suffix)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "token": self.token,
            "verified": self.signature == "valid",
            "data": self.body.get("data"), "type": self.type, "signature": self.signature,
            "received_at": self.received_at.isoformat(), "body": self.body,
        }  # fmt: skip


@dataclass
class MerchantInbox:
    secrets: list[str] = field(default_factory=list)
    events: list[MerchantEvent] = field(default_factory=list)
    # How many of the next deliveries are refused, and with what.
    refusals: list[int] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)
    # Told the token of each delivery, kept or refused.
    on_change: Callable[[str], None] = field(default=lambda _: None, repr=False)

    def receive(self, headers: dict[str, str], raw: bytes) -> int:
        """Keep one delivery; the answer's status is what the sender's retries go by."""
        try:
            body = json.loads(raw)
        except ValueError:
            return 400
        if not isinstance(body, dict):
            return 400
        event_id = headers.get("webhook-id") or str(body.get("id", ""))
        verdict = self._verdict(headers, raw)
        with self.changed:
            if self.refusals:
                return self.refusals.pop(0)
            event = MerchantEvent(event_id, str(body.get("type", "")), body, verdict, utc_now())
            self.events.append(event)
            del self.events[:-EVENTS_MAX]
            self.changed.notify_all()
        self.on_change(event.token)
        return 204

    def _verdict(self, headers: dict[str, str], raw: bytes) -> str:
        given = headers.get("webhook-signature", "")
        if not given:
            return "missing"
        if not self.secrets:
            return "unchecked"
        signed = (
            f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}.".encode()
            + raw
        )
        expected = {_signature(secret, signed) for secret in self.secrets}
        return "valid" if expected & set(given.split()) else "invalid"


def _signature(secret: str, signed: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = secret.encode()
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()

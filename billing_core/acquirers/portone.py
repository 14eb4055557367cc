"""PortOne V2: one contract reaches many Korean gateways.

A payment's id is our order id, and what PortOne answers at once is little more than that it paid;
the rest, and the truth after any doubt, is asked for. Requests that change something carry an
idempotency key and may be sent again while their call lasts: work goes on after a line is cut.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from standardwebhooks import Webhook

from billing_core.acquirers.gateway import Gateway, Notice, Wire
from billing_core.acquirers.gateway_line import NotAnswered, Words
from billing_core.acquirers.portone_charges import PortoneCharger
from billing_core.acquirers.portone_codes import (
    BY_GATEWAY,
    INQUIRE,
    REFUSALS,
    UNREAD_CHECK,
    declined,
)
from billing_core.acquirers.portone_contract import PortoneContract
from billing_core.acquirers.portone_wire import (
    Done,
    PortoneLine,
    Refused,
    customer_id,
    heard,
    order_id_of,
    path,
)
from billing_core.acquirers.portone_words import Issue, Key, Keys, issued, read, unbelievable
from billing_core.acquirers.protocol import (
    CardSecrets,
    Checked,
    Declined,
    Issued,
    NotFound,
    Removed,
    Unknown,
)
from foundation.clock import Clock
from foundation.sealing import Secret

# As Standard Webhooks has it: what is older or newer may be a recording.
WEBHOOK_TOLERANCE = timedelta(minutes=5)
# What is worth an inquiry. Types that are not known are passed over, as PortOne asks.
NOTICED = frozenset(
    {
        "Transaction.Paid",
        "Transaction.Failed",
        "Transaction.Cancelled",
        "Transaction.PartialCancelled",
    }
)
# A payment that nobody has: asking for it harms nothing.
NO_PAYMENT = "arscheck"
FAULTS: Mapping[str, str] = {
    "UNAUTHORIZED": "PortOne does not know the API secret. Issue a V2 API secret in its console, "
    "under integration keys, and set PORTONE_API_SECRET to it.",
    "FORBIDDEN": "The API secret may not use this store. Set PORTONE_STORE_ID to the store that "
    "the secret was issued for.",
    "CHANNEL_NOT_FOUND": "The store has no such channel. Set PORTONE_CHANNEL_KEY to the key of a "
    "V2 channel of this store.",
    "INVALID_REQUEST": "PortOne takes the request for malformed: PORTONE_STORE_ID begins with "
    "store- and PORTONE_CHANNEL_KEY with channel-key-.",
}


class PortoneAcquirer(PortoneCharger):
    """Keeps the protocol of acquirers at PortOne."""

    name = "portone"

    def __init__(self, contract: PortoneContract, wire: Wire) -> None:
        secret = Secret(contract.api_secret.get_secret_value())
        line = PortoneLine(wire.line(contract.base_url), secret)
        super().__init__(line, contract.store_id, contract.channel_key)
        self._gateway = contract.gateway
        self._webhook_secret = contract.webhook_secret
        self._clock: Clock = wire.clock

    def issue_bill_key(self, order_id: str, card: CardSecrets) -> Issued | Declined | Unknown:
        """Have a key issued to a customer who exists for this order alone, then ask for its card."""
        match self._line.post("/billing-keys", order_id, self._new_key(order_id, card)):
            case Done(words):
                answer = read(Issue, words)
                if isinstance(answer, Unknown):
                    return answer
                return self._issued(order_id, answer.billing_key_info.billing_key)
            case Refused(kind, failure) if kind in INQUIRE:
                found = self.find_bill_key(order_id)
                if isinstance(found, NotFound):
                    named = failure if failure.gateway else failure.at(self._gateway)
                    return declined(named, UNREAD_CHECK) if kind in BY_GATEWAY else Unknown(kind)
                return found
            case Refused(kind):
                return Declined(REFUSALS[kind], kind)
            case unknown:
                return unknown

    def find_bill_key(self, order_id: str) -> Issued | Declined | NotFound | Unknown:
        """Look for a live key of the customer who exists for this order alone."""
        customer = customer_id(order_id)
        wanted = {"storeId": self._store_id, "customerId": customer, "status": ["ISSUED"]}
        page = {"number": 0, "size": 10}
        answer = self._line.search("/billing-keys", {"page": page, "filter": wanted})
        keys = read(Keys, answer.words) if isinstance(answer, Done) else answer
        if isinstance(keys, Unknown | Refused):
            return Unknown(keys.type) if isinstance(keys, Refused) else keys
        alive = [key for key in keys.items if key.status == "ISSUED"]
        if any(key.customer.id != customer for key in alive):
            return unbelievable("is about keys of others")
        if len(alive) > 1:
            return unbelievable("has several keys for one order")
        return issued(alive[0]) if alive else NotFound()

    def remove_bill_key(self, acquirer_key: Secret, order_id: str) -> Removed | Declined | Unknown:
        """Have a key deleted; one that is deleted already stays so."""
        key = acquirer_key.reveal()
        match self._line.delete(path("billing-keys", key), order_id, self._store):
            case Done() | Refused("BILLING_KEY_ALREADY_DELETED"):
                return Removed()
            case Refused(kind) if kind in INQUIRE:
                found = self._key(key)
                is_gone = isinstance(found, Key) and found.status == "DELETED"
                return Removed() if is_gone else Unknown(kind)
            case Refused(kind):
                return Declined(REFUSALS[kind], kind)
            case unknown:
                return unknown

    def list_interest_free(self) -> None:
        """PortOne lists discounts of cards, and no months free of interest."""

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether PortOne signed it, not long ago. Without our half of the secret nothing is."""
        if self._webhook_secret is None:
            return False
        signer = Webhook(self._webhook_secret.get_secret_value())
        try:
            sent_at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
            ours = signer.sign(headers["webhook-id"], sent_at, body.decode()).encode()
            signatures = headers["webhook-signature"].encode().split()
        except (KeyError, ValueError, OverflowError, OSError):
            return False
        is_fresh = abs(self._clock.now() - sent_at) <= WEBHOOK_TOLERANCE
        return is_fresh and any(hmac.compare_digest(ours, theirs) for theirs in signatures)

    def check(self) -> Checked:
        """Ask for a payment that does not exist: not to find it is what is hoped for."""
        answer = self._line.look(path("payments", NO_PAYMENT), self._store)
        if isinstance(answer, NotAnswered):
            return Checked(
                network=f"PortOne does not answer ({answer.why}). See that https to "
                "PORTONE_BASE_URL is let through, and what status.portone.io says."
            )
        ahead_s = (answer.at - self._clock.now()).total_seconds() if answer.at else None
        match heard(answer):
            case Done() | Refused("PAYMENT_NOT_FOUND"):
                return Checked(clock_ahead_s=ahead_s)
            case Refused(kind) if kind in FAULTS:
                return Checked(credentials=FAULTS[kind], clock_ahead_s=ahead_s)
            case _:
                return Checked(
                    network=f"Whoever answers is not PortOne, or out of order (HTTP {answer.status})"
                    ". See that PORTONE_BASE_URL is right.",
                    clock_ahead_s=ahead_s,
                )

    def _new_key(self, order_id: str, card: CardSecrets) -> dict[str, Any]:
        credential = {
            "number": card.number.reveal(),
            "expiryYear": f"{card.expiry_year % 100:02}",
            "expiryMonth": f"{card.expiry_month:02}",
            "birthOrBusinessRegistrationNumber": card.holder.reveal(),
            "passwordTwoDigits": card.password.reveal(),
        }
        return {
            **self._store,
            "channelKey": self._channel_key,
            "customer": {"id": customer_id(order_id)},
            "method": {"card": {"credential": credential}},
        }

    def _issued(self, order_id: str, billing_key: str) -> Issued | Unknown:
        key = self._key(billing_key)
        if isinstance(key, Unknown):
            return key
        is_it = key.billing_key == billing_key and key.customer.id == customer_id(order_id)
        if not is_it or key.status != "ISSUED":
            return unbelievable("is about another key than the one that was issued")
        return issued(key)

    def _key(self, billing_key: str) -> Key | Unknown:
        answer = self._line.get(path("billing-keys", billing_key), self._store)
        if isinstance(answer, Done):
            return read(Key, answer.words)
        return Unknown(answer.type) if isinstance(answer, Refused) else answer


def _read_notice(words: Words) -> Notice | None:
    kind, data = words.get("type"), words.get("data")
    payment = data.get("paymentId") if isinstance(data, dict) else None
    if not (isinstance(kind, str) and isinstance(payment, str) and kind in NOTICED):
        return None
    order_id = order_id_of(payment)
    if order_id == payment:
        return None
    # Repeats keep the time of the event; two cancels of one payment have ids of their own.
    told = json.dumps([kind, words.get("timestamp"), data], sort_keys=True)
    return Notice(order_id, hashlib.sha256(told.encode()).hexdigest())


PORTONE = Gateway("portone", PortoneContract, PortoneAcquirer, _read_notice)

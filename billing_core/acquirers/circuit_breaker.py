"""An acquirer behind a circuit breaker: an issuer that is down does not hold workers.

After several silences in a row from one issuer nothing new is sent for a while; such a request is
refused at once, and truly: nothing went out. Then one request tries the way. What is already under
way is inquired about and undone as ever, for that must not wait.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import structlog
from prometheus_client import Gauge

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.protocol import (
    Acquirer,
    Approved,
    Canceled,
    CardSecrets,
    ChargeOrder,
    Checked,
    Declined,
    InterestFree,
    Issued,
    Listed,
    NotFound,
    Removed,
    Unknown,
    Voided,
)
from foundation.clock import stopwatch
from foundation.money import Money
from foundation.sealing import Secret

# Fewer may be chance; each costs a caller the whole read time-out on the line.
SILENCES_MAX = 5
OPEN_S = 30.0
# The issuer of a card that nobody has checked yet.
ANY_ISSUER = ""
NOTHING_SENT = Declined(DeclineCode.ISSUER_UNAVAILABLE, "not_sent")

OPEN_CIRCUITS = Gauge(
    "ars_acquirer_circuits_open", "Issuers that nothing is sent to for a while.", ["acquirer"]
)

log = structlog.get_logger()


@dataclass
class _Circuit:
    silences: int = 0
    # When the next request may try the way; None while all is well.
    next_try_at: float | None = None


class CircuitBreaker:
    """Keeps the protocol of acquirers. Safe to share between threads."""

    def __init__(self, acquirer: Acquirer, *, now: Callable[[], float] = stopwatch) -> None:
        self._acquirer = acquirer
        self._now = now
        self._circuits: dict[str, _Circuit] = defaultdict(_Circuit)
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._acquirer.name

    @property
    def has_void(self) -> bool:
        return self._acquirer.has_void

    @property
    def voids_first(self) -> bool:
        return self._acquirer.voids_first

    def issue_bill_key(self, order_id: str, card: CardSecrets) -> Issued | Declined | Unknown:
        """Check a card, unless whole checks have been met by silence."""
        if not self._may_send(ANY_ISSUER):
            return NOTHING_SENT
        outcome = self._acquirer.issue_bill_key(order_id, card)
        self._learn(ANY_ISSUER, outcome)
        return outcome

    def charge(self, order: ChargeOrder) -> Approved | Declined | Unknown:
        """Charge a key, unless its issuer has been silent."""
        if not self._may_send(order.issuer_code):
            return NOTHING_SENT
        outcome = self._acquirer.charge(order)
        self._learn(order.issuer_code, outcome)
        return outcome

    def find_bill_key(self, order_id: str) -> Issued | Declined | NotFound | Unknown:
        return self._acquirer.find_bill_key(order_id)

    def remove_bill_key(self, acquirer_key: Secret, order_id: str) -> Removed | Declined | Unknown:
        return self._acquirer.remove_bill_key(acquirer_key, order_id)

    def find_charge(self, order_id: str) -> Approved | Declined | NotFound | Voided | Unknown:
        return self._acquirer.find_charge(order_id)

    def void_charge(self, order_id: str, amount: Money) -> Voided | Declined | NotFound | Unknown:
        return self._acquirer.void_charge(order_id, amount)

    def cancel_charge(
        self,
        transaction_id: str,
        cancel_id: str,
        amount: Money,
        tax_free: Money,
        remaining: Money,
        reason: str,
    ) -> Canceled | Declined | Unknown:
        return self._acquirer.cancel_charge(
            transaction_id, cancel_id, amount, tax_free, remaining, reason
        )

    def find_cancel(self, transaction_id: str, cancel_id: str) -> Canceled | NotFound | Unknown:
        return self._acquirer.find_cancel(transaction_id, cancel_id)

    def list_day(self, day: date) -> Sequence[Listed] | Unknown:
        return self._acquirer.list_day(day)

    def list_interest_free(self) -> Sequence[InterestFree] | Unknown | None:
        return self._acquirer.list_interest_free()

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        return self._acquirer.is_genuine(headers, body)

    def check(self) -> Checked:
        return self._acquirer.check()

    def _may_send(self, issuer: str) -> bool:
        with self._lock:
            circuit = self._circuits[issuer]
            if circuit.next_try_at is None:
                return True
            if self._now() < circuit.next_try_at:
                return False
            # This one tries the way; the others wait for what it learns.
            circuit.next_try_at = self._now() + OPEN_S
            return True

    def _learn(self, issuer: str, outcome: object) -> None:
        is_silent = isinstance(outcome, Unknown) or (
            isinstance(outcome, Declined) and outcome.code is DeclineCode.ISSUER_UNAVAILABLE
        )
        with self._lock:
            circuit = self._circuits[issuer]
            was_open = circuit.next_try_at is not None
            circuit.silences = circuit.silences + 1 if is_silent else 0
            is_open = circuit.silences >= SILENCES_MAX
            circuit.next_try_at = self._now() + OPEN_S if is_open else None
            count = sum(one.next_try_at is not None for one in self._circuits.values())
        OPEN_CIRCUITS.labels(self.name).set(count)
        if is_open and not was_open:
            log.error("acquirer.circuit_open", acquirer=self.name, issuer=issuer or "any")
        elif was_open and not is_open:
            log.info("acquirer.circuit_closed", acquirer=self.name, issuer=issuer or "any")

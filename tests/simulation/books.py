"""The truth: what the simulated acquirer holds, whatever we think of it. Plain Python, no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.protocol import (
    Approved,
    Canceled,
    CardType,
    ChargeOrder,
    Declined,
    Issued,
    Listed,
    NotFound,
    Owner,
    Removed,
    Unknown,
    Voided,
)
from foundation.clock import kst_day
from foundation.money import Money
from foundation.sealing import Secret

ORDER_ID_USED = Unknown("this order id was used before")
VOID_WINDOW = timedelta(hours=1)
TOO_LATE = Declined(DeclineCode.CANCEL_REFUSED)
CHARGE_DECLINES = (
    DeclineCode.INSUFFICIENT_FUNDS,
    DeclineCode.ISSUER_UNAVAILABLE,
    DeclineCode.LOST_OR_STOLEN,
)
ISSUE_DECLINES = (DeclineCode.PASSWORD_INVALID, DeclineCode.ISSUER_UNAVAILABLE)


@dataclass
class Payment:
    """One order id that arrived, and what came of it."""

    order_id: str
    amount: int
    sent_at: datetime
    arrived_at: datetime
    declined: DeclineCode | None
    transaction_id: str
    canceled: int = 0

    @property
    def captured(self) -> int:
        return 0 if self.declined else self.amount - self.canceled

    @property
    def approved(self) -> Approved:
        return Approved(self.transaction_id, self.transaction_id[-8:], self.arrived_at, None)


@dataclass
class Key:
    """One bill key, alive until it is removed."""

    token: str
    order_id: str
    is_alive: bool = True


@dataclass
class Books:
    """Payments, cancels and keys. `fences`: a void also stops an order that is still on its way."""

    fences: bool = True
    shows_declined: bool = True
    payments: dict[str, Payment] = field(default_factory=dict)
    cancels: dict[str, tuple[str, int]] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    issue_orders: dict[str, str | DeclineCode] = field(default_factory=dict)
    removal_orders: set[str] = field(default_factory=set)
    fenced: set[str] = field(default_factory=set)

    def charge(
        self, rng: Random, order: ChargeOrder, sent_at: datetime, now: datetime
    ) -> Approved | Declined | Unknown:
        if order.order_id in self.payments or order.order_id in self.fenced:
            return ORDER_ID_USED
        key = self.keys.get(order.acquirer_key.reveal())
        declined = rng.choice(CHARGE_DECLINES) if rng.random() < 0.3 else None
        if key is None or not key.is_alive:
            declined = DeclineCode.BILLKEY_INVALID
        number = f"tid-{len(self.payments) + 1:08}"
        payment = Payment(order.order_id, order.amount.won, sent_at, now, declined, number)
        self.payments[order.order_id] = payment
        return Declined(declined) if declined else payment.approved

    def find_charge(self, order_id: str) -> Approved | Declined | NotFound | Voided:
        payment = self.payments.get(order_id)
        if payment is None:
            return Voided() if order_id in self.fenced else NotFound()
        if payment.declined:
            return Declined(payment.declined) if self.shows_declined else NotFound()
        return payment.approved if payment.captured else Voided()

    def void(self, order_id: str, amount: Money, now: datetime) -> Voided | Declined | NotFound:
        payment = self.payments.get(order_id)
        if payment is None:
            if not self.fences:
                return NotFound()
            self.fenced.add(order_id)
            return Voided()
        if payment.declined:
            return NotFound()
        if payment.captured == 0:
            return Voided()
        if payment.canceled or now > payment.arrived_at + VOID_WINDOW:
            return TOO_LATE
        assert payment.amount == amount.won, "a void of another amount"
        payment.canceled = payment.amount
        return Voided()

    def cancel(
        self, transaction_id: str, cancel_id: str, amount: Money, remaining: Money, now: datetime
    ) -> Canceled | Declined | Unknown:
        if cancel_id in self.cancels:
            return ORDER_ID_USED
        payment = next(p for p in self.payments.values() if p.transaction_id == transaction_id)
        if payment.captured != remaining.won or not 0 < amount.won <= payment.captured:
            return TOO_LATE
        payment.canceled += amount.won
        self.cancels[cancel_id] = (transaction_id, amount.won)
        return Canceled(f"c-{cancel_id}", now)

    def find_cancel(
        self, transaction_id: str, cancel_id: str, now: datetime
    ) -> Canceled | NotFound:
        known = self.cancels.get(cancel_id)
        return (
            Canceled(f"c-{cancel_id}", now) if known and known[0] == transaction_id else NotFound()
        )

    def list_day(self, day: object) -> list[Listed]:
        return [
            Listed(p.order_id, p.transaction_id, Money(p.amount), Money(p.canceled), p.arrived_at)
            for p in self.payments.values()
            if not p.declined and kst_day(p.arrived_at) == day
        ]

    def issue(self, rng: Random, order_id: str) -> Issued | Declined | Unknown:
        if order_id in self.issue_orders:
            return ORDER_ID_USED
        if rng.random() < 0.25:
            self.issue_orders[order_id] = code = rng.choice(ISSUE_DECLINES)
            return Declined(code)
        key = Key(f"token-{len(self.keys) + 1}", order_id)
        self.keys[key.token] = key
        self.issue_orders[order_id] = key.token
        return _issued(key)

    def find_key(self, order_id: str) -> Issued | Declined | NotFound:
        known = self.issue_orders.get(order_id)
        if known is None:
            return NotFound()
        if isinstance(known, DeclineCode):
            return Declined(known)
        key = self.keys[known]
        return _issued(key) if key.is_alive else NotFound()

    def remove_key(self, token: str, order_id: str) -> Removed | Unknown:
        if order_id in self.removal_orders:
            return ORDER_ID_USED
        self.removal_orders.add(order_id)
        self.keys[token].is_alive = False
        return Removed()

    def is_dead(self, order_id: str) -> bool:
        """Whether nothing is captured under this order id, and nothing can be any more."""
        payment = self.payments.get(order_id)
        return order_id in self.fenced or (payment is not None and not payment.captured)

    def live_keys(self) -> set[str]:
        return {key.token for key in self.keys.values() if key.is_alive}


def _issued(key: Key) -> Issued:
    return Issued(Secret(key.token), "신한", "06", CardType.CREDIT, Owner.PERSONAL)

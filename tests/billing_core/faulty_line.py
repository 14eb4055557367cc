"""A line to an acquirer on which requests and answers get lost, come late, or meet a dead process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import Enum, auto
from typing import TypeVar

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
from foundation.money import Money
from foundation.sealing import Secret

Answer = TypeVar("Answer")

LOST = Unknown("lost on the line")


class Fault(Enum):
    """What befalls the next request."""

    REQUEST_LOST = auto()
    ANSWER_LOST = auto()
    # The request is on its way for as long as the test wants.
    LATE = auto()
    # It arrives twice, as by a proxy that repeats; the second answer comes.
    TWICE = auto()
    # A front server answers 503 and the acquirer never saw a thing; or 502, after the effect.
    BROKEN_BEFORE = auto()
    BROKEN_AFTER = auto()
    # The acquirer did it and its answer cannot be read, or takes for ever.
    HALF_JSON = auto()
    WRONG_CHARSET = auto()
    DRIPPING = auto()
    RESET = auto()
    DIES_BEFORE_SENDING = auto()
    DIES_AFTER_THE_EFFECT = auto()

    @property
    def is_seen(self) -> bool:
        """Whether the acquirer has done what was asked by the time its caller gives up."""
        return self not in NEVER_SEEN


NEVER_SEEN = frozenset(
    {Fault.REQUEST_LOST, Fault.LATE, Fault.BROKEN_BEFORE, Fault.DIES_BEFORE_SENDING}
)
DEATHS = frozenset({Fault.DIES_BEFORE_SENDING, Fault.DIES_AFTER_THE_EFFECT})
ANSWERED = frozenset({None, Fault.TWICE})


class ProcessDiedError(BaseException):
    """Our process was killed here. Nobody catches it but the test."""


class FaultyLine:
    """Keeps the protocol, with faults. Without any it is the acquirer itself."""

    def __init__(self, acquirer: Acquirer) -> None:
        self.name = acquirer.name
        self.has_void = acquirer.has_void
        self.voids_first = acquirer.voids_first
        self.acquirer = acquirer
        self.issue_faults: list[Fault] = []
        self.removal_faults: list[Fault] = []
        self.charge_faults: list[Fault] = []
        self.void_faults: list[Fault] = []
        self.cancel_faults: list[Fault] = []
        self.is_inquiry_down = False
        self.sent: list[str] = []
        self.inquired: list[str] = []
        self.removals: list[str] = []
        self.charged: list[ChargeOrder] = []
        self.voided: list[str] = []
        self.canceled: list[str] = []
        self._late: list[Callable[[], object]] = []

    def issue_bill_key(self, order_id: str, card: CardSecrets) -> Issued | Declined | Unknown:
        return self._ask(
            self.issue_faults,
            lambda: self.sent.append(order_id),
            lambda: self.acquirer.issue_bill_key(order_id, card),
        )

    def find_bill_key(self, order_id: str) -> Issued | Declined | NotFound | Unknown:
        self.inquired.append(order_id)
        return LOST if self.is_inquiry_down else self.acquirer.find_bill_key(order_id)

    def remove_bill_key(self, acquirer_key: Secret, order_id: str) -> Removed | Declined | Unknown:
        return self._ask(
            self.removal_faults,
            lambda: self.removals.append(order_id),
            lambda: self.acquirer.remove_bill_key(acquirer_key, order_id),
        )

    def charge(self, order: ChargeOrder) -> Approved | Declined | Unknown:
        return self._ask(
            self.charge_faults,
            lambda: self.charged.append(order),
            lambda: self.acquirer.charge(order),
        )

    def find_charge(self, order_id: str) -> Approved | Declined | NotFound | Voided | Unknown:
        self.inquired.append(order_id)
        return LOST if self.is_inquiry_down else self.acquirer.find_charge(order_id)

    def void_charge(self, order_id: str, amount: Money) -> Voided | Declined | NotFound | Unknown:
        return self._ask(
            self.void_faults,
            lambda: self.voided.append(order_id),
            lambda: self.acquirer.void_charge(order_id, amount),
        )

    def cancel_charge(
        self,
        transaction_id: str,
        cancel_id: str,
        amount: Money,
        tax_free: Money,
        remaining: Money,
        reason: str,
    ) -> Canceled | Declined | Unknown:
        asked = (transaction_id, cancel_id, amount, tax_free, remaining, reason)
        return self._ask(
            self.cancel_faults,
            lambda: self.canceled.append(cancel_id),
            lambda: self.acquirer.cancel_charge(*asked),
        )

    def find_cancel(self, transaction_id: str, cancel_id: str) -> Canceled | NotFound | Unknown:
        self.inquired.append(cancel_id)
        if self.is_inquiry_down:
            return LOST
        return self.acquirer.find_cancel(transaction_id, cancel_id)

    def list_day(self, day: date) -> Sequence[Listed] | Unknown:
        return LOST if self.is_inquiry_down else self.acquirer.list_day(day)

    def list_interest_free(self) -> Sequence[InterestFree] | Unknown | None:
        return LOST if self.is_inquiry_down else self.acquirer.list_interest_free()

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        return self.acquirer.is_genuine(headers, body)

    def check(self) -> Checked:
        return self.acquirer.check()

    def let_late_ones_arrive(self) -> None:
        """What was on its way arrives at the acquirer now."""
        while self._late:
            self._late.pop(0)()

    def _ask(
        self, faults: list[Fault], note: Callable[[], None], do: Callable[[], Answer]
    ) -> Answer | Unknown:
        fault = faults.pop(0) if faults else None
        if fault is Fault.DIES_BEFORE_SENDING:
            raise ProcessDiedError
        note()
        if fault is Fault.LATE:
            self._late.append(do)
        if fault in NEVER_SEEN:
            return LOST
        outcome = do()
        if fault is Fault.TWICE:
            outcome = do()
        if fault is Fault.DIES_AFTER_THE_EFFECT:
            raise ProcessDiedError
        return outcome if fault in ANSWERED else LOST

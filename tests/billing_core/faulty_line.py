"""A line to an acquirer on which requests and answers get lost, come late, or meet a dead process."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from billing_core.acquirers.protocol import (
    BillKeyIssuer,
    CardSecrets,
    Declined,
    Issued,
    NotFound,
    Removed,
    Unknown,
)
from foundation.sealing import Secret

LOST = Unknown("lost on the line")


class Fault(Enum):
    """What befalls the next request."""

    REQUEST_LOST = auto()
    ANSWER_LOST = auto()
    # The request is on its way for as long as the test wants.
    LATE = auto()
    DIES_BEFORE_SENDING = auto()
    DIES_AFTER_THE_EFFECT = auto()


class ProcessDiedError(BaseException):
    """Our process was killed here. Nobody catches it but the test."""


class FaultyLine:
    """Keeps the protocol, with faults. Without any it is the acquirer itself."""

    def __init__(self, acquirer: BillKeyIssuer) -> None:
        self.name = acquirer.name
        self.acquirer = acquirer
        self.issue_faults: list[Fault] = []
        self.removal_faults: list[Fault] = []
        self.is_inquiry_down = False
        self.sent: list[str] = []
        self.inquired: list[str] = []
        self.removals: list[str] = []
        self._late: list[Callable[[], object]] = []

    def issue_bill_key(self, order_id: str, card: CardSecrets) -> Issued | Declined | Unknown:
        fault = self.issue_faults.pop(0) if self.issue_faults else None
        if fault is Fault.DIES_BEFORE_SENDING:
            raise ProcessDiedError
        self.sent.append(order_id)
        if fault is Fault.LATE:
            self._late.append(lambda: self.acquirer.issue_bill_key(order_id, card))
        if fault in (Fault.REQUEST_LOST, Fault.LATE):
            return LOST
        outcome = self.acquirer.issue_bill_key(order_id, card)
        if fault is Fault.DIES_AFTER_THE_EFFECT:
            raise ProcessDiedError
        return LOST if fault is Fault.ANSWER_LOST else outcome

    def find_bill_key(self, order_id: str) -> Issued | Declined | NotFound | Unknown:
        self.inquired.append(order_id)
        return LOST if self.is_inquiry_down else self.acquirer.find_bill_key(order_id)

    def remove_bill_key(self, acquirer_key: Secret, order_id: str) -> Removed | Declined | Unknown:
        fault = self.removal_faults.pop(0) if self.removal_faults else None
        if fault is Fault.DIES_BEFORE_SENDING:
            raise ProcessDiedError
        self.removals.append(order_id)
        if fault is Fault.REQUEST_LOST:
            return LOST
        outcome = self.acquirer.remove_bill_key(acquirer_key, order_id)
        if fault is Fault.DIES_AFTER_THE_EFFECT:
            raise ProcessDiedError
        return LOST if fault is Fault.ANSWER_LOST else outcome

    def let_late_ones_arrive(self) -> None:
        """What was on its way arrives at the acquirer now."""
        while self._late:
            self._late.pop(0)()

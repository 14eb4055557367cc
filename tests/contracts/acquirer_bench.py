"""A bench on which an acquirer is tried: what the contract needs to know of each one.

A new acquirer brings its own bench: the adapter, the cards by which its test side behaves, faults
on the line to it, and its truth about live keys, which is never what it merely answered.
"""

from __future__ import annotations

from typing import Protocol

import sqlalchemy as sa

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.protocol import Acquirer
from billing_core.acquirers.sandbox import SandboxAcquirer
from billing_core.acquirers.sandbox_charges import SandboxCharge
from billing_core.acquirers.sandbox_keys import SandboxKey
from foundation.database import Database
from foundation.ids import new_id
from tests.billing_core.card_desk import HandClock
from tests.billing_core.faulty_line import Fault, FaultyLine


def order_id(kind: str, number: int = 1) -> str:
    """An order id of ours from the morning of the tests: it tells its moment, as real ones do."""
    moment = new_id(kind, HandClock().now())[: len(kind) + 10]
    return f"{moment}{number:016}"


class AcquirerBench(Protocol):
    """One acquirer with everything around it."""

    acquirer: Acquirer
    # Whether a key can be found by the order id of its issue. Where it cannot, a key whose answer
    # was lost stays alive there: nobody knows it, so nobody can charge it.
    finds_keys: bool
    # Whether an issue that arrives twice is answered twice alike. Where it is refused the second
    # time, its key is lost like one whose answer was lost.
    repeats_issues: bool
    good_card: str
    refused_cards: dict[str, DeclineCode]
    # Cards that register and whose charges are refused.
    cards_without_money: dict[str, DeclineCode]

    def next_issue(self, fault: Fault) -> None:
        """Have this befall the next issue request."""

    def next_removal(self, fault: Fault) -> None:
        """Have this befall the next removal."""

    def next_charge(self, fault: Fault) -> None:
        """Have this befall the next charge."""

    def next_void(self, fault: Fault) -> None:
        """Have this befall the next void."""

    def next_cancel(self, fault: Fault) -> None:
        """Have this befall the next cancel."""

    def inquiry_is_down(self, *, is_down: bool) -> None:
        """Take the inquiry away, or give it back."""

    def let_late_ones_arrive(self) -> None:
        """What was on its way arrives now."""

    def live_keys(self) -> set[str]:
        """The acquirer's truth, in the form of `Issued.acquirer_key`."""

    def captured(self) -> int:
        """The acquirer's truth about money: what it has taken and not given back, in won."""

    def close(self) -> None:
        """Leave nothing running."""


class SandboxBench:
    """The sandbox, and a line to it that has faults."""

    finds_keys = True
    repeats_issues = False
    good_card = "9999000000000004"
    refused_cards = {
        "9999001400000008": DeclineCode.CARD_NUMBER_INVALID,
        "9999005400000009": DeclineCode.EXPIRY_INVALID,
        "9999005500000008": DeclineCode.PASSWORD_INVALID,
        "9999004300000003": DeclineCode.LOST_OR_STOLEN,
        "9999009100000004": DeclineCode.ISSUER_UNAVAILABLE,
    }

    cards_without_money = {
        "9999000000510002": DeclineCode.INSUFFICIENT_FUNDS,
        "9999000000610000": DeclineCode.INSUFFICIENT_LIMIT,
        "9999000000540009": DeclineCode.EXPIRY_INVALID,
        "9999000000410005": DeclineCode.LOST_OR_STOLEN,
        "9999000000050009": DeclineCode.CARD_SUSPENDED,
        "9999000000910004": DeclineCode.ISSUER_UNAVAILABLE,
    }

    def __init__(self, database: Database) -> None:
        self._database = database
        self._line = FaultyLine(SandboxAcquirer(database, read_timeout_s=0.01))
        self.acquirer: Acquirer = self._line

    def next_issue(self, fault: Fault) -> None:
        self._line.issue_faults.append(fault)

    def next_removal(self, fault: Fault) -> None:
        self._line.removal_faults.append(fault)

    def next_charge(self, fault: Fault) -> None:
        self._line.charge_faults.append(fault)

    def next_void(self, fault: Fault) -> None:
        self._line.void_faults.append(fault)

    def next_cancel(self, fault: Fault) -> None:
        self._line.cancel_faults.append(fault)

    def inquiry_is_down(self, *, is_down: bool) -> None:
        self._line.is_inquiry_down = is_down

    def let_late_ones_arrive(self) -> None:
        self._line.let_late_ones_arrive()

    def live_keys(self) -> set[str]:
        with self._database.reading() as session:
            alive = sa.select(SandboxKey.id).where(SandboxKey.removed_at.is_(None))
            return set(session.scalars(alive))

    def captured(self) -> int:
        with self._database.reading() as session:
            paid = session.scalars(
                sa.select(SandboxCharge).where(SandboxCharge.decline_code.is_(None))
            )
            return sum(charge.amount.won - charge.canceled.won for charge in paid)

    def close(self) -> None:
        pass

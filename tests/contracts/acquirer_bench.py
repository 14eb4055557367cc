"""A bench on which an acquirer is tried: what the contract needs to know of each one.

A new acquirer brings its own bench: the adapter, the cards by which its test side behaves, faults
on the line to it, and its truth about live keys, which is never what it merely answered.
"""

from __future__ import annotations

from typing import Protocol

import sqlalchemy as sa

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.protocol import BillKeyIssuer
from billing_core.acquirers.sandbox import SandboxAcquirer, SandboxKey
from foundation.database import Database
from tests.billing_core.faulty_line import Fault, FaultyLine


class AcquirerBench(Protocol):
    """One acquirer with everything around it."""

    acquirer: BillKeyIssuer
    good_card: str
    refused_cards: dict[str, DeclineCode]

    def next_issue(self, fault: Fault) -> None:
        """Have this befall the next issue request."""

    def next_removal(self, fault: Fault) -> None:
        """Have this befall the next removal."""

    def inquiry_is_down(self, *, is_down: bool) -> None:
        """Take the inquiry away, or give it back."""

    def let_late_ones_arrive(self) -> None:
        """What was on its way arrives now."""

    def live_keys(self) -> set[str]:
        """The acquirer's truth, in the form of `Issued.acquirer_key`."""


class SandboxBench:
    """The sandbox, and a line to it that has faults."""

    good_card = "9999000000000004"
    refused_cards = {
        "9999001400000008": DeclineCode.CARD_NUMBER_INVALID,
        "9999005400000009": DeclineCode.EXPIRY_INVALID,
        "9999005500000008": DeclineCode.PASSWORD_INVALID,
        "9999004300000003": DeclineCode.LOST_OR_STOLEN,
        "9999009100000004": DeclineCode.ISSUER_UNAVAILABLE,
    }

    def __init__(self, database: Database) -> None:
        self._database = database
        self._line = FaultyLine(SandboxAcquirer(database, read_timeout_s=0.01))
        self.acquirer: BillKeyIssuer = self._line

    def next_issue(self, fault: Fault) -> None:
        self._line.issue_faults.append(fault)

    def next_removal(self, fault: Fault) -> None:
        self._line.removal_faults.append(fault)

    def inquiry_is_down(self, *, is_down: bool) -> None:
        self._line.is_inquiry_down = is_down

    def let_late_ones_arrive(self) -> None:
        self._line.let_late_ones_arrive()

    def live_keys(self) -> set[str]:
        with self._database.reading() as session:
            alive = sa.select(SandboxKey.id).where(SandboxKey.removed_at.is_(None))
            return set(session.scalars(alive))

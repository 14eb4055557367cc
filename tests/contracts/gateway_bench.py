"""The bench of a real gateway: its adapter, on a real line, to a fake that is true to the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from billing_core.acquirers.protocol import Acquirer, Unknown
from foundation.clock import Clock
from foundation.database import Database
from foundation.deadline import deadline
from tests.billing_core.faulty_line import DEATHS, Answer, Fault, FaultyLine
from tests.gateways.fake_gateway import FakeGateway

# An answer that drips is not waited for as long as one that a busy machine delays.
DRIPS_FOR_S = 1.0


class ClockOf(Clock):
    """The clock that a database lives by at the moment: a desk of a test brings its own."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    def now(self) -> datetime:
        return self._database.clock.now()


class HurriedLine(FaultyLine):
    """Gives an answer up early of which the test knows that it will only drip."""

    def _ask(
        self, faults: list[Fault], note: Callable[[], None], do: Callable[[], Answer]
    ) -> Answer | Unknown:
        if faults[:1] != [Fault.DRIPPING]:
            return super()._ask(faults, note, do)
        faults.pop(0)
        with deadline(DRIPS_FOR_S):
            return super()._ask(faults, note, do)


class GatewayBench:
    """Faults happen on the wire; only the death of our own process happens before it or behind."""

    fake: FakeGateway
    repeats_issues = True

    def __init__(self, fake: FakeGateway, adapter: Acquirer) -> None:
        self.fake = fake
        self._line = HurriedLine(adapter)
        self.acquirer: Acquirer = self._line

    def next_issue(self, fault: Fault) -> None:
        self._next("issue", self._line.issue_faults, fault)

    def next_removal(self, fault: Fault) -> None:
        self._next("remove", self._line.removal_faults, fault)

    def next_charge(self, fault: Fault) -> None:
        self._next("charge", self._line.charge_faults, fault)

    def next_void(self, fault: Fault) -> None:
        self._next("void", self._line.void_faults, fault)

    def next_cancel(self, fault: Fault) -> None:
        self._next("cancel", self._line.cancel_faults, fault)

    def inquiry_is_down(self, *, is_down: bool) -> None:
        self.fake.inquiry_is_down = is_down

    def let_late_ones_arrive(self) -> None:
        self.fake.let_late_ones_arrive()

    def close(self) -> None:
        self.fake.close()

    def _next(self, verb: str, on_our_side: list[Fault], fault: Fault) -> None:
        if fault in DEATHS or fault is Fault.DRIPPING:
            on_our_side.append(fault)
        if fault not in DEATHS:
            self.fake.next(verb, fault)

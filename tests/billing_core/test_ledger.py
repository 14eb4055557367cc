"""Whatever happens on the line, the ledger sums to zero and agrees with the acquirer's books."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from random import Random

import pytest
import sqlalchemy as sa

from billing_core.acquirers.sandbox import SandboxAcquirer
from billing_core.actions.reconcile import reconcile
from billing_core.charges import Status
from billing_core.ledger import enter
from billing_core.refunds import Refund
from foundation.clock import kst_day
from foundation.database import Database
from foundation.errors import Conflict, InvalidRequest
from foundation.money import Money
from foundation.sealing import Opener
from tests.billing_core.charge_desk import ChargeDesk
from tests.billing_core.faulty_line import Fault, FaultyLine, ProcessDiedError
from tests.conftest import SteppedWorker

FAULTS = [None, *Fault]
CARDS = ["9999000000000004", "9999000020510008", "9999000000680003", "9999000010680001"]


@pytest.fixture
def line(database: Database) -> FaultyLine:
    return FaultyLine(SandboxAcquirer(database, read_timeout_s=0.001))


@pytest.fixture
def desk(
    database: Database, opener: Opener, stepped: SteppedWorker, line: FaultyLine
) -> ChargeDesk:
    return ChargeDesk(database, opener, stepped, line)


@pytest.mark.parametrize("seed", range(8))
def test_the_ledger_is_the_acquirers_truth_to_the_won(
    desk: ChargeDesk, line: FaultyLine, seed: int
) -> None:
    chance = Random(seed)
    charge_id = desk.charge(desk.bill_key(chance.choice(CARDS)))
    line.charge_faults, line.void_faults, line.cancel_faults = (
        chance.choices(FAULTS, k=3) for _ in range(3)
    )
    line.has_void = chance.random() < 0.5
    for _ in range(chance.randint(1, 3)):
        _survive(partial(desk.approve, charge_id))
        _rest(desk, line)
    for _ in range(chance.randint(0, 3)):
        _survive(partial(desk.refund, charge_id, chance.randint(1, 70_000)))
        _survive(desk.stepped.work)
        _rest(desk, line)
    _rest(desk, line)

    charge = desk.view(charge_id)
    lines = [each for each in desk.ledger() if each.charge_id == charge_id]
    ours = sum(each.won for each in lines if each.account == "acquirer")
    paid = charge.amount.won if charge.status == Status.APPROVED else 0
    assert sum(each.won for each in lines) == 0
    assert ours == paid - charge.amount_refunded.won
    assert sum(each.won for each in desk.ledger() if each.account == "acquirer") == desk.captured()
    assert charge.status in (Status.APPROVED, Status.DECLINED, Status.AWAITING_CONSENT)
    assert charge.amount_refunded <= charge.amount
    assert all(refund.status in ("succeeded", "failed") for refund in desk.refunds())


def _survive(do: Callable[[], object]) -> None:
    with suppress(ProcessDiedError, Conflict, InvalidRequest):
        do()


def _rest(desk: ChargeDesk, line: FaultyLine) -> None:
    """Come to rest, with dead workers started again; what was late arrives when all seems over."""
    for _ in range(2):
        while True:
            try:
                desk.come_to_rest(hours=2)
                desk.stepped.work()
                break
            except ProcessDiedError:
                continue
        line.let_late_ones_arrive()
        # What lands hours after anybody looks for it is found in the list of the day.
        for days in (0, 1):
            reconcile(desk.desk, kst_day(desk.clock.moment - timedelta(days=days)))


def test_the_same_cause_is_entered_once(desk: ChargeDesk, database: Database) -> None:
    charge_id = desk.charge()
    desk.approve(charge_id)
    attempt = desk.charge_attempts()[0]

    with pytest.raises(sa.exc.IntegrityError), database.transaction() as session:
        enter(
            session,
            cause=attempt.id,
            charge_id=charge_id,
            merchant_id=desk.merchant_id,
            acquirer="sandbox",
            transaction_id=attempt.transaction_id or "",
            amount=Money(60_000),
        )

    assert len(desk.ledger()) == 2


def test_a_refund_and_its_charge_leave_four_lines(desk: ChargeDesk) -> None:
    charge_id = desk.charge()
    desk.approve(charge_id)
    desk.refund(charge_id, 10_000)
    desk.stepped.work()

    lines = desk.ledger()
    refund: Refund = desk.refunds()[0]
    assert {each.cause for each in lines} == {desk.charge_attempts()[0].id, refund.id}
    assert sorted(each.won for each in lines) == [-60_000, -10_000, 10_000, 60_000]

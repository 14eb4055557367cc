"""Reconciliation finds every difference with the acquirer's list, and nothing else."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from billing_core import commands
from billing_core.acquirers.sandbox import SandboxAcquirer
from billing_core.acquirers.sandbox_charges import SandboxCharge
from billing_core.actions.reconcile import reconcile
from billing_core.actions.reconcile_due_days import reconcile_due_days
from billing_core.charge_attempts import ChargeAttempt
from billing_core.charges import Status
from billing_core.ledger import LedgerLine
from billing_core.reconciliation import Difference
from foundation.clock import KST, kst_day
from foundation.database import Database
from foundation.money import Money
from foundation.sealing import Opener
from tests.billing_core.charge_desk import ChargeDesk
from tests.billing_core.faulty_line import Fault, FaultyLine
from tests.conftest import SteppedWorker


@pytest.fixture
def line(database: Database) -> FaultyLine:
    return FaultyLine(SandboxAcquirer(database, read_timeout_s=0.01))


@pytest.fixture
def desk(
    database: Database, opener: Opener, stepped: SteppedWorker, line: FaultyLine
) -> ChargeDesk:
    return ChargeDesk(database, opener, stepped, line)


@pytest.fixture
def bill_key(desk: ChargeDesk) -> str:
    return desk.bill_key()


def pay(desk: ChargeDesk, bill_key: str) -> str:
    """A paid charge; return its order id at the acquirer."""
    charge_id = desk.charge(bill_key)
    desk.approve(charge_id)
    return next(each.id for each in desk.charge_attempts() if each.charge_id == charge_id)


def today(desk: ChargeDesk) -> date:
    return kst_day(desk.clock.moment)


def differences(desk: ChargeDesk) -> list[tuple[str, str, int | None, int | None]]:
    found = reconcile(desk.desk, today(desk)).differences
    return [(each.kind, each.order_id, each.ours, each.theirs) for each in found]


def change_there(desk: ChargeDesk, order_id: str, **values: Any) -> None:
    with desk.database.transaction() as session:
        change = sa.update(SandboxCharge).where(SandboxCharge.id == order_id).values(**values)
        session.execute(change)


def test_where_all_agrees_nothing_is_found(desk: ChargeDesk, bill_key: str) -> None:
    charge_id = desk.charge(bill_key)
    desk.approve(charge_id)
    desk.refund(charge_id, 10_000)
    desk.stepped.work()
    pay(desk, bill_key)

    assert differences(desk) == []


def test_every_kind_of_difference_is_found(desk: ChargeDesk, bill_key: str) -> None:
    desk.clock.move(timedelta(hours=1))
    paid = []
    for _ in range(3):
        paid.append(pay(desk, bill_key))
        desk.clock.move(timedelta(minutes=11))
    change_there(desk, paid[0], amount=Money(61_000))
    change_there(desk, paid[1], canceled=Money(60_000))
    with desk.database.transaction() as session:
        session.execute(sa.delete(SandboxCharge).where(SandboxCharge.id == paid[2]))
        session.add(stray("theirs"))

    assert sorted(differences(desk)) == sorted(
        [
            ("amount_differs", paid[0], 60_000, 61_000),
            ("status_differs", paid[1], 0, 60_000),
            ("missing_there", paid[2], 60_000, None),
            ("missing_here", "theirs", None, 5_000),
        ]
    )


def stray(order_id: str) -> SandboxCharge:
    """A payment there of which we know nothing."""
    return SandboxCharge(
        id=order_id,
        key_id="sandbox_1",
        amount=Money(5_000),
        tax_free=Money(0),
        canceled=Money(0),
        tax_free_canceled=Money(0),
        transaction_id=f"tid_{order_id}",
        approval_number="1",
        approved_at=datetime(2026, 11, 24, 15, 0, tzinfo=KST),
        created_at=datetime(2026, 11, 24, 15, 0, tzinfo=KST),
    )


def test_a_difference_is_kept_until_it_is_settled(desk: ChargeDesk, bill_key: str) -> None:
    paid = pay(desk, bill_key)
    change_there(desk, paid, amount=Money(61_000))
    first, again = differences(desk), differences(desk)
    change_there(desk, paid, amount=Money(60_000))

    settled = differences(desk)

    (row,) = desk._all(sa.select(Difference))
    assert first == again
    assert settled == []
    assert row.settled_at is not None


def test_what_was_undone_before_anybody_took_it_is_no_difference(
    desk: ChargeDesk, line: FaultyLine, bill_key: str
) -> None:
    line.charge_faults = [Fault.ANSWER_LOST]
    line.is_inquiry_down = True
    desk.approve(desk.charge(bill_key))
    desk.settle(after=timedelta(seconds=6))
    line.is_inquiry_down = False

    assert differences(desk) == []


def test_midnight_between_two_clocks_is_no_difference(
    desk: ChargeDesk, line: FaultyLine, bill_key: str
) -> None:
    desk.clock.moment = datetime(2026, 11, 24, 23, 59, 58, tzinfo=KST)
    line.charge_faults = [Fault.ANSWER_LOST]
    charge_id = desk.charge(bill_key)
    desk.approve(charge_id)
    desk.settle(after=timedelta(seconds=6))

    found = [reconcile(desk.desk, date(2026, 11, day)).differences for day in (24, 25)]

    assert desk.view(charge_id).status == Status.APPROVED
    assert found == [[], []]


def test_what_is_still_unknown_is_found_out_by_reconciliation(
    desk: ChargeDesk, line: FaultyLine, bill_key: str
) -> None:
    line.charge_faults = [Fault.ANSWER_LOST]
    charge_id = desk.charge(bill_key)
    desk.approve(charge_id)

    found = differences(desk)
    desk.settle()

    assert [kind for kind, *_ in found] == ["missing_here"]
    assert desk.view(charge_id).status == Status.APPROVED
    assert differences(desk) == []


def test_an_approval_that_nobody_has_is_cancelled(
    desk: ChargeDesk, line: FaultyLine, bill_key: str
) -> None:
    line.charge_faults = [Fault.LATE]
    desk.approve(desk.charge(bill_key))
    desk.come_to_rest()
    line.let_late_ones_arrive()
    found = differences(desk)

    desk.stepped.work()

    assert [kind for kind, *_ in found] == ["missing_here"]
    assert desk.captured() == 0
    assert differences(desk) == []


def test_money_that_is_rightly_there_is_not_given_back_when_the_ledger_lost_its_lines(
    desk: ChargeDesk, bill_key: str
) -> None:
    paid = pay(desk, bill_key)
    with desk.database.transaction() as session:
        session.execute(sa.delete(LedgerLine).where(LedgerLine.cause == paid))
    before = desk.captured()

    found = differences(desk)
    desk.come_to_rest()

    assert [kind for kind, *_ in found] == ["missing_here"]
    assert desk.captured() == before > 0
    assert differences(desk) == found


def test_every_morning_yesterday_is_compared_and_what_still_differs(
    desk: ChargeDesk, bill_key: str
) -> None:
    paid = pay(desk, bill_key)
    change_there(desk, paid, amount=Money(61_000))
    desk.clock.moment = datetime(2026, 11, 25, 5, 59, tzinfo=KST)
    runs = [reconcile_due_days(desk.desk)]
    for hours in (1, 1, 24, 24):
        desk.clock.move(timedelta(hours=hours))
        runs.append(reconcile_due_days(desk.desk))

    # On the mornings after, the day that differs comes with its yesterday.
    assert runs == [0, 1, 0, 2, 2]


def test_days_on_which_no_worker_ran_are_compared_afterwards(
    desk: ChargeDesk, bill_key: str
) -> None:
    desk.clock.move(timedelta(days=1))
    reconcile_due_days(desk.desk)
    missed, paid = today(desk), pay(desk, bill_key)
    change_there(desk, paid, amount=Money(61_000))
    desk.clock.move(timedelta(days=4))

    compared = reconcile_due_days(desk.desk)

    assert compared == 4
    with desk.database.reading() as session:
        assert session.scalars(sa.select(Difference.day)).all() == [missed]


def test_no_more_than_a_month_is_compared_afterwards(desk: ChargeDesk) -> None:
    reconcile_due_days(desk.desk)
    desk.clock.move(timedelta(days=1100))

    assert reconcile_due_days(desk.desk) == 31


def test_an_acquirer_that_does_not_send_its_list_is_named(
    desk: ChargeDesk, line: FaultyLine
) -> None:
    line.is_inquiry_down = True

    found = reconcile(desk.desk, today(desk))

    assert (found.differences, found.unanswered) == ([], ["sandbox"])


class Surroundings:
    def __init__(self, desk: ChargeDesk) -> None:
        self.database, self.desk = desk.database, desk.desk


@pytest.mark.parametrize("is_right", [True, False])
def test_the_command_says_what_differs(desk: ChargeDesk, bill_key: str, is_right: bool) -> None:
    paid = pay(desk, bill_key)
    if not is_right:
        change_there(desk, paid, amount=Money(61_000))
    desk.clock.move(timedelta(days=1))
    run = CliRunner().invoke

    said = run(commands.reconcile, [], obj=Surroundings(desk))
    written = run(commands.reconcile, ["--day", "2026-11-24", "--json"], obj=Surroundings(desk))

    shown = json.loads(written.stdout.splitlines()[-1])
    assert said.exit_code == written.exit_code == (0 if is_right else 1)
    assert ("nothing differs" in said.output) == is_right
    assert shown["day"] == "2026-11-24"
    assert [each["kind"] for each in shown["differences"]] == (
        [] if is_right else ["amount_differs"]
    )


def test_our_side_counts_only_what_was_approved(desk: ChargeDesk, bill_key: str) -> None:
    desk.approve(desk.charge(desk.bill_key("9999000000610000")))
    attempts: list[ChargeAttempt] = desk.charge_attempts()

    assert [attempt.status for attempt in attempts] == ["declined"]
    assert differences(desk) == []

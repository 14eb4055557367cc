"""Refunds: never more than was paid, sent once, and known in the end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from billing_core.acquirers.sandbox import SandboxAcquirer
from billing_core.actions.refund_charge import refund_charge
from billing_core.ledger import Account, balance
from billing_core.refunds import Status, refund_view
from foundation.database import Database
from foundation.errors import Conflict, InvalidRequest
from foundation.sealing import Opener
from tests.billing_core.charge_desk import ChargeDesk
from tests.billing_core.faulty_line import Fault, FaultyLine, ProcessDiedError
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
def paid(desk: ChargeDesk) -> str:
    """A charge of 60,000 won that is paid, 20,000 of them without tax."""
    charge_id = desk.charge(tax_free=20_000)
    desk.approve(charge_id)
    return charge_id


def test_a_whole_refund_gives_everything_back(
    desk: ChargeDesk, database: Database, paid: str
) -> None:
    desk.refund(paid)
    opened = refund_view(desk.refunds()[0])
    desk.stepped.work()

    (refund,) = desk.refunds()
    assert (opened["status"], opened["amount"], opened["tax_free_amount"]) == (
        "processing",
        60_000,
        20_000,
    )
    assert refund.status == Status.SUCCEEDED
    assert refund.completed_at is not None
    assert desk.view(paid).amount_refunded.won == 60_000
    assert sorted(desk.charge_events()) == ["charge.approved", "charge.refunded"]
    assert desk.captured() == 0
    with database.reading() as session:
        assert balance(session, Account.ACQUIRER) == balance(session, Account.MERCHANT) == 0


def test_parts_are_given_back_up_to_the_whole(desk: ChargeDesk, paid: str) -> None:
    desk.refund(paid, 25_000)
    desk.refund(paid, 30_000, 15_000)
    desk.refund(paid)

    desk.stepped.work()
    desk.come_to_rest()

    parts = [(refund.amount.won, refund.tax_free_amount.won) for refund in desk.refunds()]
    assert sorted(parts) == [(5_000, 5_000), (25_000, 0), (30_000, 15_000)]
    assert {refund.status for refund in desk.refunds()} == {Status.SUCCEEDED}
    assert desk.view(paid).amount_refunded.won == 60_000
    assert desk.captured() == 0


@pytest.mark.parametrize(
    ("amount", "tax_free", "param"),
    [
        (60_001, None, "/amount"),
        (0, None, "/amount"),
        (30_000, 20_001, "/tax_free_amount"),
        (50_000, 0, "/tax_free_amount"),
        (10_000, 10_001, "/tax_free_amount"),
    ],
)
def test_more_than_is_left_is_refused(
    desk: ChargeDesk, paid: str, amount: int, tax_free: int | None, param: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        desk.refund(paid, amount, tax_free)

    assert refused.value.faults[0].param == param
    assert desk.refunds() == []


def test_only_an_approved_charge_is_refunded(desk: ChargeDesk) -> None:
    charge_id = desk.charge()

    with pytest.raises(Conflict):
        desk.refund(charge_id)


def test_nothing_is_left_after_the_whole(desk: ChargeDesk, paid: str) -> None:
    desk.refund(paid)

    with pytest.raises(Conflict):
        desk.refund(paid)


def test_racing_refunds_never_give_back_more_than_was_paid(desk: ChargeDesk, paid: str) -> None:
    def ask(_: int) -> bool:
        try:
            desk.refund(paid, 25_000, 0)
        except InvalidRequest:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(ask, range(8)))
    desk.stepped.work()
    desk.come_to_rest()

    # The third would have to take back tax-free money, and said that it does not.
    assert sum(opened) == 1
    assert desk.view(paid).amount_refunded.won == 25_000
    assert desk.captured() == 35_000


@pytest.mark.parametrize(
    ("fault", "status"),
    [(Fault.ANSWER_LOST, Status.SUCCEEDED), (Fault.REQUEST_LOST, Status.FAILED)],
)
def test_an_unknown_refund_resolves_by_itself(
    desk: ChargeDesk, line: FaultyLine, paid: str, fault: Fault, status: Status
) -> None:
    line.cancel_faults = [fault]
    desk.refund(paid)
    desk.stepped.work()
    meanwhile = desk.refunds()[0].status

    desk.come_to_rest()

    (refund,) = desk.refunds()
    given_back = 60_000 if status is Status.SUCCEEDED else 0
    assert meanwhile == Status.UNKNOWN
    assert refund.status == status
    assert len(line.canceled) == 1
    assert desk.view(paid).amount_refunded.won == given_back
    assert desk.captured() == 60_000 - given_back


@pytest.mark.parametrize("fault", [Fault.DIES_BEFORE_SENDING, Fault.DIES_AFTER_THE_EFFECT])
def test_a_refund_whose_process_died_is_sent_once_and_known_in_the_end(
    desk: ChargeDesk, line: FaultyLine, paid: str, fault: Fault
) -> None:
    line.cancel_faults = [fault]
    refund_id = desk.refund(paid)
    with pytest.raises(ProcessDiedError):
        desk.stepped.work()
    refund_charge(desk.desk, refund_id)

    desk.come_to_rest()

    was_sent = fault is Fault.DIES_AFTER_THE_EFFECT
    assert len(line.canceled) == was_sent
    assert desk.refunds()[0].status == (Status.SUCCEEDED if was_sent else Status.FAILED)
    assert desk.captured() == 60_000 * (not was_sent)


def test_what_failed_may_be_asked_for_again(desk: ChargeDesk, line: FaultyLine, paid: str) -> None:
    line.cancel_faults = [Fault.REQUEST_LOST]
    desk.refund(paid)
    desk.stepped.work()
    desk.come_to_rest()

    desk.refund(paid)
    desk.stepped.work()

    assert sorted(refund.status for refund in desk.refunds()) == [Status.FAILED, Status.SUCCEEDED]
    assert desk.captured() == 0


def test_a_refund_that_lands_after_all_is_written_down(
    desk: ChargeDesk, line: FaultyLine, paid: str
) -> None:
    line.cancel_faults = [Fault.LATE]
    desk.refund(paid)
    desk.stepped.work()
    for _ in range(30):
        desk.settle(after=timedelta(seconds=10))
    given_up = desk.refunds()[0].status
    line.let_late_ones_arrive()

    desk.come_to_rest()

    assert given_up == Status.FAILED
    assert desk.refunds()[0].status == Status.SUCCEEDED
    assert desk.view(paid).amount_refunded.won == 60_000


def test_a_cancel_that_lands_hours_later_is_found_without_anybodys_help(
    desk: ChargeDesk, line: FaultyLine, paid: str
) -> None:
    line.cancel_faults = [Fault.LATE]
    desk.refund(paid)
    desk.stepped.work()
    for _ in range(30):
        desk.settle(after=timedelta(seconds=10))
    desk.settle(after=timedelta(hours=2))
    given_up = desk.refunds()[0].status
    line.let_late_ones_arrive()

    desk.settle(after=timedelta(hours=5))

    assert given_up == Status.FAILED
    assert desk.refunds()[0].status == Status.SUCCEEDED
    assert desk.view(paid).amount_refunded.won == 60_000


def test_the_acquirers_no_is_told(desk: ChargeDesk, line: FaultyLine, paid: str) -> None:
    order_id = desk.charge_attempts()[0].id
    line.acquirer.void_charge(order_id, desk.view(paid).amount)

    desk.refund(paid)
    desk.stepped.work()

    (refund,) = desk.refunds()
    assert refund.status == Status.FAILED
    assert refund.failure
    assert refund.failure["code"] == "cancel_refused"


def test_the_same_work_gives_back_once(desk: ChargeDesk, line: FaultyLine, paid: str) -> None:
    refund_id = desk.refund(paid, 10_000)
    for _ in range(3):
        refund_charge(desk.desk, refund_id)

    assert len(line.canceled) == 1
    assert desk.view(paid).amount_refunded.won == 10_000
    assert desk.charge_events().count("charge.refunded") == 1

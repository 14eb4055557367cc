"""What every acquirer must keep about charges, and what must hold after any fault on the line.

The law behind the second half: what the acquirer has taken is what our ledger says it has.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from billing_core.acquirers.protocol import (
    Approved,
    Canceled,
    CardSecrets,
    ChargeOrder,
    Declined,
    Issued,
    NotFound,
    Unknown,
    Voided,
)
from billing_core.charges import Status
from foundation.clock import kst_day
from foundation.database import Database
from foundation.money import Money
from foundation.sealing import Opener, Secret
from tests.billing_core.charge_desk import ChargeDesk
from tests.billing_core.faulty_line import ANSWERED, Fault, ProcessDiedError
from tests.conftest import SteppedWorker
from tests.contracts.acquirer_bench import AcquirerBench, order_id

ISSUE, ATTEMPT = order_id("iss"), order_id("att")


def issued(bench: AcquirerBench, number: str, at: str = ISSUE) -> Secret:
    card = CardSecrets(Secret(number), Secret("900101"), Secret("12"), 8, 2029)
    answer = bench.acquirer.issue_bill_key(at, card)
    assert isinstance(answer, Issued)
    return answer.acquirer_key


def order(key: Secret, at: str = ATTEMPT, **values: Any) -> ChargeOrder:
    wanted = {
        "order_id": at,
        "acquirer_key": key,
        "amount": Money(60_000),
        "tax_free": Money(20_000),
        "months": 0,
        "is_interest_free": False,
        "item": "11월 LPG 요금",
        "customer_name": "홍길동",
    }
    return ChargeOrder(**(wanted | values))


@pytest.fixture
def key(bench: AcquirerBench) -> Secret:
    return issued(bench, bench.good_card)


def pay(bench: AcquirerBench, key: Secret, at: str = ATTEMPT) -> Approved:
    answer = bench.acquirer.charge(order(key, at))
    assert isinstance(answer, Approved)
    return answer


def cancel(bench: AcquirerBench, paid: Approved, cancel_id: str, *won: int) -> Any:
    amount, tax_free, remaining = map(Money, won)
    return bench.acquirer.cancel_charge(
        paid.transaction_id, cancel_id, amount, tax_free, remaining, "고객 요청"
    )


class TestEveryCharger:
    """The protocol itself."""

    def test_charges_and_finds_it_again(self, bench: AcquirerBench, key: Secret) -> None:
        paid = pay(bench, key)

        assert paid.transaction_id
        assert paid.approval_number
        assert isinstance(paid.approved_at, datetime)
        assert bench.acquirer.find_charge(ATTEMPT) == paid
        assert bench.captured() == 60_000

    def test_refuses_in_our_words_and_takes_nothing(self, bench: AcquirerBench) -> None:
        said = {}
        for at, number in enumerate(bench.cards_without_money):
            key = issued(bench, number, order_id("iss", at))
            said[number] = bench.acquirer.charge(order(key, order_id("att", at)))
        found = [bench.acquirer.find_charge(order_id("att", at)) for at in range(len(said))]

        codes = {number: one.code for number, one in said.items() if isinstance(one, Declined)}
        assert codes == bench.cards_without_money
        # Some acquirers remember what they refused, and some do not.
        assert not [one for one in found if not isinstance(one, Declined | NotFound)]
        assert bench.captured() == 0

    def test_does_not_find_what_was_never_sent(self, bench: AcquirerBench) -> None:
        assert bench.acquirer.find_charge(order_id("att", 404)) == NotFound()

    def test_takes_no_money_twice_under_one_order_id(
        self, bench: AcquirerBench, key: Secret
    ) -> None:
        first = pay(bench, key)
        again = bench.acquirer.charge(order(key))

        assert again == first or isinstance(again, Unknown)
        assert bench.captured() == 60_000

    def test_a_removed_key_charges_nothing(self, bench: AcquirerBench, key: Secret) -> None:
        bench.acquirer.remove_bill_key(key, order_id("bk"))

        assert isinstance(bench.acquirer.charge(order(key)), Declined)
        assert bench.captured() == 0

    def test_instalments_below_fifty_thousand_are_refused(
        self, bench: AcquirerBench, key: Secret
    ) -> None:
        small = order(key, amount=Money(49_999), tax_free=Money(0), months=3)

        assert isinstance(bench.acquirer.charge(small), Declined)
        assert bench.captured() == 0

    def test_a_void_undoes_an_order_for_good(self, bench: AcquirerBench, key: Secret) -> None:
        if not bench.acquirer.has_void:
            return
        pay(bench, key)
        voids = [bench.acquirer.void_charge(ATTEMPT, Money(60_000)) for _ in range(2)]

        assert voids == [Voided(), Voided()]
        assert bench.acquirer.find_charge(ATTEMPT) == Voided()
        assert isinstance(bench.acquirer.charge(order(key)), Unknown | Declined)
        assert bench.captured() == 0

    def test_a_void_of_nothing_finds_nothing(self, bench: AcquirerBench) -> None:
        if not bench.acquirer.has_void:
            return
        assert bench.acquirer.void_charge(order_id("att", 404), Money(1)) == NotFound()

    def test_a_void_comes_too_late_after_its_window(
        self, bench: AcquirerBench, key: Secret, database: Database
    ) -> None:
        if not bench.acquirer.has_void:
            return
        pay(bench, key)
        database.clock.move(timedelta(minutes=61))  # type: ignore[attr-defined]

        assert isinstance(bench.acquirer.void_charge(ATTEMPT, Money(60_000)), Declined)
        assert bench.captured() == 60_000

    def test_gives_back_in_parts_and_finds_each_again(
        self, bench: AcquirerBench, key: Secret
    ) -> None:
        paid = pay(bench, key)
        first = cancel(bench, paid, order_id("rf", 1), 10_000, 0, 60_000)
        rest = cancel(bench, paid, order_id("rf", 2), 50_000, 20_000, 50_000)

        assert isinstance(first, Canceled)
        assert isinstance(rest, Canceled)
        assert bench.acquirer.find_cancel(paid.transaction_id, order_id("rf", 1)) == first
        assert bench.acquirer.find_cancel(paid.transaction_id, order_id("rf", 3)) == NotFound()
        assert bench.acquirer.find_charge(ATTEMPT) == Voided()
        assert bench.captured() == 0

    @pytest.mark.parametrize(
        "won",
        [
            (60_001, 20_000, 60_000),
            (10_000, 0, 50_000),
            (30_000, 20_001, 60_000),
            (50_000, 0, 60_000),
        ],
    )
    def test_gives_back_no_more_than_is_left(
        self, bench: AcquirerBench, key: Secret, won: tuple[int, int, int]
    ) -> None:
        paid = pay(bench, key)

        assert isinstance(cancel(bench, paid, order_id("rf", 1), *won), Declined)
        assert bench.captured() == 60_000

    def test_gives_back_once_under_one_cancel_id(self, bench: AcquirerBench, key: Secret) -> None:
        paid = pay(bench, key)
        first = cancel(bench, paid, order_id("rf", 1), 10_000, 0, 60_000)
        again = cancel(bench, paid, order_id("rf", 1), 10_000, 0, 50_000)

        assert again == first or isinstance(again, Unknown | Declined)
        assert bench.captured() == 50_000

    def test_lists_the_payments_of_a_day_in_korea(
        self, bench: AcquirerBench, key: Secret, database: Database
    ) -> None:
        paid = pay(bench, key)
        cancel(bench, paid, order_id("rf", 1), 10_000, 0, 60_000)
        today = kst_day(database.clock.now())

        (listed,) = bench.acquirer.list_day(today)  # type: ignore[misc]

        assert (listed.order_id, listed.transaction_id) == (ATTEMPT, paid.transaction_id)
        assert (listed.amount.won, listed.canceled.won) == (60_000, 10_000)
        assert bench.acquirer.list_day(today - timedelta(days=1)) == []

    def test_turns_trouble_on_the_line_into_an_outcome(
        self, bench: AcquirerBench, key: Secret
    ) -> None:
        bench.next_charge(Fault.ANSWER_LOST)
        bench.next_void(Fault.REQUEST_LOST)
        bench.next_cancel(Fault.REQUEST_LOST)
        bench.inquiry_is_down(is_down=True)
        answers = [
            bench.acquirer.charge(order(key)),
            bench.acquirer.find_charge(ATTEMPT),
            bench.acquirer.void_charge(ATTEMPT, Money(60_000)),
            bench.acquirer.cancel_charge(
                "tid", order_id("rf", 1), Money(1), Money(0), Money(1), ""
            ),
            bench.acquirer.find_cancel("tid", order_id("rf", 1)),
            bench.acquirer.list_day(kst_day(datetime.fromisoformat("2026-11-23T05:00:00+00:00"))),
        ]

        assert all(isinstance(answer, Unknown) for answer in answers)

    def test_shows_no_key(self, bench: AcquirerBench, key: Secret) -> None:
        sent = order(key)

        shown = f"{sent!r} {sent} {bench.acquirer.charge(sent)!r}"
        assert key.reveal() not in shown


@pytest.fixture
def desk(
    database: Database, opener: Opener, stepped: SteppedWorker, bench: AcquirerBench
) -> ChargeDesk:
    return ChargeDesk(database, opener, stepped, bench.acquirer)


class TestAfterAnyFault:
    """Our ledger and the acquirer's truth agree when all has come to rest."""

    @pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.LATE])
    def test_the_charge_ends_as_the_acquirer_has_it(
        self, bench: AcquirerBench, desk: ChargeDesk, fault: Fault
    ) -> None:
        charge_id = desk.charge(desk.bill_key(bench.good_card))
        bench.next_charge(fault)
        with suppress(ProcessDiedError):
            desk.approve(charge_id)

        desk.come_to_rest()

        # What was given up may be undone or adopted, as the gateway wants it, but never both.
        may_be_adopted = fault.is_seen and not bench.acquirer.voids_first
        is_paid = fault in ANSWERED or may_be_adopted
        assert desk.view(charge_id).status == (Status.APPROVED if is_paid else Status.DECLINED)
        assert bench.captured() == 60_000 * is_paid

    def test_a_lost_answer_is_undone_in_the_same_breath_where_the_gateway_demands_it(
        self, bench: AcquirerBench, desk: ChargeDesk
    ) -> None:
        charge_id = desk.charge(desk.bill_key(bench.good_card))
        bench.next_charge(Fault.ANSWER_LOST)

        desk.approve(charge_id)

        is_undone = bench.acquirer.voids_first
        status = Status.DECLINED if is_undone else Status.UNKNOWN
        assert desk.view(charge_id).status == status
        assert bench.captured() == 60_000 * (not is_undone)

    @pytest.mark.parametrize("fault", [Fault.REQUEST_LOST, Fault.ANSWER_LOST])
    @pytest.mark.parametrize("void_fault", [Fault.REQUEST_LOST, Fault.ANSWER_LOST])
    def test_without_an_inquiry_it_is_undone_or_waits_for_one(
        self, bench: AcquirerBench, desk: ChargeDesk, fault: Fault, void_fault: Fault
    ) -> None:
        charge_id = desk.charge(desk.bill_key(bench.good_card))
        bench.next_charge(fault)
        bench.next_void(void_fault)
        bench.inquiry_is_down(is_down=True)
        desk.approve(charge_id)
        desk.come_to_rest(hours=1)
        bench.inquiry_is_down(is_down=False)

        desk.come_to_rest()

        paid = desk.view(charge_id).status == Status.APPROVED
        assert desk.view(charge_id).status in (Status.APPROVED, Status.DECLINED)
        assert bench.captured() == 60_000 * paid

    @pytest.mark.parametrize("minutes", [1, 30])
    def test_a_late_charge_is_adopted_or_given_back(
        self, bench: AcquirerBench, desk: ChargeDesk, minutes: int
    ) -> None:
        charge_id = desk.charge(desk.bill_key(bench.good_card))
        bench.next_charge(Fault.LATE)
        desk.approve(charge_id)
        for _ in range(minutes * 6):
            desk.settle(after=timedelta(seconds=10))
        bench.let_late_ones_arrive()

        desk.come_to_rest()

        is_adopted = desk.view(charge_id).status == Status.APPROVED
        assert not is_adopted or minutes == 1
        assert bench.captured() == 60_000 * is_adopted

    def test_live_keys_are_those_we_know(self, bench: AcquirerBench, desk: ChargeDesk) -> None:
        bill_key = desk.bill_key(bench.good_card)
        for fault in (Fault.ANSWER_LOST, Fault.REQUEST_LOST):
            charge_id = desk.charge(bill_key)
            bench.next_charge(fault)
            desk.approve(charge_id, desk.entered(bench.good_card))
            desk.come_to_rest()

        assert desk.known_keys() <= bench.live_keys()
        assert len(desk.known_keys()) == 1

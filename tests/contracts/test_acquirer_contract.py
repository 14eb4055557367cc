"""What every acquirer must keep, and what must hold after any fault on the line to it.

The law behind the second half: no key is alive at the acquirer that our database does not know,
unless the acquirer has no way to tell of it; then nobody knows it and nobody can charge it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from billing_core.acquirers.protocol import (
    CardSecrets,
    Declined,
    Issued,
    NotFound,
    Removed,
    Unknown,
)
from billing_core.actions.revoke_bill_key import revoke_bill_key
from billing_core.bill_keys import BillKey
from billing_core.registrations import Status
from foundation.database import Database
from foundation.sealing import Opener, Secret
from tests.billing_core.card_desk import CardDesk, set_status
from tests.billing_core.faulty_line import ANSWERED, Fault, ProcessDiedError
from tests.conftest import SteppedWorker
from tests.contracts.acquirer_bench import AcquirerBench, order_id


def card(number: str) -> CardSecrets:
    return CardSecrets(Secret(number), Secret("900101"), Secret("12"), 8, 2029)


class TestEveryAcquirer:
    """The protocol itself."""

    def test_issues_a_key_and_finds_it_again_where_keys_can_be_found(
        self, bench: AcquirerBench
    ) -> None:
        issued = bench.acquirer.issue_bill_key(order_id("iss"), card(bench.good_card))

        assert isinstance(issued, Issued)
        assert issued.issuer
        assert "카드" not in issued.issuer
        found = bench.acquirer.find_bill_key(order_id("iss"))
        assert found == (issued if bench.finds_keys else NotFound())
        assert bench.live_keys() == {issued.acquirer_key.reveal()}

    def test_refuses_in_our_words_and_issues_nothing(self, bench: AcquirerBench) -> None:
        numbers = list(bench.refused_cards)
        said = {
            number: bench.acquirer.issue_bill_key(order_id("iss", at), card(number))
            for at, number in enumerate(numbers)
        }
        found = [bench.acquirer.find_bill_key(order_id("iss", at)) for at in range(len(numbers))]

        codes = {number: one.code for number, one in said.items() if isinstance(one, Declined)}
        assert codes == bench.refused_cards
        # Some acquirers remember what they refused, and some do not.
        assert not [one for one in found if not isinstance(one, Declined | NotFound)]
        assert bench.live_keys() == set()

    def test_does_not_find_what_was_never_sent(self, bench: AcquirerBench) -> None:
        assert bench.acquirer.find_bill_key(order_id("iss", 404)) == NotFound()

    def test_issues_no_second_key_under_an_order_id_that_was_used(
        self, bench: AcquirerBench
    ) -> None:
        first = bench.acquirer.issue_bill_key(order_id("iss"), card(bench.good_card))
        again = bench.acquirer.issue_bill_key(order_id("iss"), card(bench.good_card))

        # Some acquirers repeat their first answer, the others have to be asked.
        assert again == first or isinstance(again, Unknown)
        assert len(bench.live_keys()) == 1

    def test_removes_a_key_for_good_and_says_so_each_time(self, bench: AcquirerBench) -> None:
        issued = bench.acquirer.issue_bill_key(order_id("iss"), card(bench.good_card))
        assert isinstance(issued, Issued)

        removals = [
            bench.acquirer.remove_bill_key(issued.acquirer_key, f"{order_id('bk')}-{number}")
            for number in (1, 2)
        ]

        assert removals == [Removed(), Removed()]
        assert bench.acquirer.find_bill_key(order_id("iss")) == NotFound()
        assert bench.live_keys() == set()

    def test_may_issue_several_keys_for_one_card(self, bench: AcquirerBench) -> None:
        for number in (1, 2):
            bench.acquirer.issue_bill_key(order_id("iss", number), card(bench.good_card))

        assert len(bench.live_keys()) == 2

    def test_turns_trouble_on_the_line_into_an_outcome(self, bench: AcquirerBench) -> None:
        bench.next_issue(Fault.ANSWER_LOST)
        bench.inquiry_is_down(is_down=True)

        answer = bench.acquirer.issue_bill_key(order_id("iss"), card(bench.good_card))
        found = bench.acquirer.find_bill_key(order_id("iss"))

        assert isinstance(answer, Unknown)
        assert isinstance(found, Unknown) or (found == NotFound() and not bench.finds_keys)

    def test_shows_no_digit_and_no_key(self, bench: AcquirerBench) -> None:
        keyed = card(bench.good_card)
        outcomes = [
            bench.acquirer.issue_bill_key(order_id("iss"), keyed),
            bench.acquirer.issue_bill_key(
                order_id("iss", 2), card(next(iter(bench.refused_cards)))
            ),
            bench.acquirer.find_bill_key(order_id("iss")),
        ]

        shown = f"{keyed!r} {keyed} {outcomes!r}"
        secret = {bench.good_card, bench.good_card[-4:], "900101", *bench.live_keys()}
        assert not [text for text in secret if text in shown]


@pytest.fixture
def desk(
    database: Database, opener: Opener, stepped: SteppedWorker, bench: AcquirerBench
) -> CardDesk:
    return CardDesk(database, opener, stepped, bench.acquirer)


class TestAfterAnyFault:
    """Our state and the acquirer's truth agree when all has come to rest."""

    @pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.LATE])
    @pytest.mark.parametrize("is_inquiry_down", [False, True])
    def test_the_registration_ends_as_the_acquirer_has_it(
        self, bench: AcquirerBench, desk: CardDesk, fault: Fault, is_inquiry_down: bool
    ) -> None:
        bench.next_issue(fault)
        registration_id = desk.registration()
        with suppress(ProcessDiedError):
            desk.register(registration_id)
        bench.inquiry_is_down(is_down=is_inquiry_down)
        desk.come_to_rest(hours=1)
        bench.inquiry_is_down(is_down=False)

        desk.come_to_rest()

        is_answered = fault in ANSWERED and bench.repeats_issues
        is_known = is_answered or bench.finds_keys
        ends_well = fault.is_seen and is_known
        status = Status.REGISTERED if ends_well else Status.AWAITING_CUSTOMER
        assert desk.row(registration_id).status == status
        assert len(desk.known_keys()) == ends_well
        assert len(desk.known_keys() & bench.live_keys()) == ends_well
        if is_known:
            assert bench.live_keys() == desk.known_keys()

    @pytest.mark.parametrize("minutes", [1, 30])
    def test_a_late_request_is_adopted_or_removed(
        self, bench: AcquirerBench, desk: CardDesk, minutes: int
    ) -> None:
        bench.next_issue(Fault.LATE)
        registration_id = desk.registration()
        desk.register(registration_id)
        for _ in range(minutes * 6):
            desk.settle(after=timedelta(seconds=10))
        bench.let_late_ones_arrive()

        desk.come_to_rest()

        is_adopted = desk.row(registration_id).status == Status.REGISTERED
        assert is_adopted == (minutes == 1 and bench.finds_keys)
        assert desk.known_keys() <= bench.live_keys()
        assert len(bench.live_keys()) == (is_adopted or not bench.finds_keys)

    @pytest.mark.parametrize("fault", [Fault.REQUEST_LOST, Fault.ANSWER_LOST])
    def test_a_key_that_nobody_can_take_is_removed_however_often_that_fails(
        self, bench: AcquirerBench, desk: CardDesk, database: Database, fault: Fault
    ) -> None:
        bench.next_issue(Fault.ANSWER_LOST)
        for _ in range(3):
            bench.next_removal(fault)
        registration_id = desk.registration()
        desk.register(registration_id)
        with database.transaction() as session:
            set_status(session, registration_id, Status.CANCELED)

        desk.come_to_rest()

        assert desk.known_keys() == set()
        assert len(desk.orphans()) == bench.finds_keys
        assert len(bench.live_keys()) == (not bench.finds_keys)

    @pytest.mark.parametrize("fault", [Fault.REQUEST_LOST, Fault.ANSWER_LOST])
    def test_a_revoked_key_is_removed_however_often_that_fails(
        self, bench: AcquirerBench, desk: CardDesk, database: Database, fault: Fault
    ) -> None:
        desk.register(desk.registration())
        with database.transaction() as session:
            revoke_bill_key(session, session.get_one(BillKey, desk.bill_keys()[0].id))
        for _ in range(3):
            bench.next_removal(fault)

        desk.come_to_rest()

        assert bench.live_keys() == desk.known_keys() == set()

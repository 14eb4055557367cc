"""Charges whose answer was lost: nobody charges again until it is known, and it always will be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing_core import charge_attempts
from billing_core.acquirers.sandbox import SandboxAcquirer
from billing_core.actions.settle_charge_attempt import settle_charge_attempt
from billing_core.charge_results import Approved, Unknown
from billing_core.charges import Consent, Status
from foundation.database import Database
from foundation.sealing import Opener
from tests.billing_core.charge_desk import ChargeDesk
from tests.billing_core.faulty_line import Fault, FaultyLine
from tests.conftest import SteppedWorker

SILENT_AND_APPROVED = "9999000000680003"
SILENT_AND_NOT = "9999000010680001"


@pytest.fixture
def line(database: Database) -> FaultyLine:
    return FaultyLine(SandboxAcquirer(database, read_timeout_s=0.01))


@pytest.fixture
def desk(
    database: Database, opener: Opener, stepped: SteppedWorker, line: FaultyLine
) -> ChargeDesk:
    return ChargeDesk(database, opener, stepped, line)


def test_no_answer_and_the_inquiry_says_approved(desk: ChargeDesk) -> None:
    charge_id = desk.charge(desk.bill_key(SILENT_AND_APPROVED))

    result = desk.approve(charge_id)
    at_once = desk.view(charge_id).status
    desk.settle(after=timedelta(seconds=6))

    assert (result, at_once) == (Unknown(), Status.UNKNOWN)
    assert desk.view(charge_id).status == Status.APPROVED
    assert desk.charge_events() == ["charge.unknown", "charge.approved"]
    assert desk.templates(charge_id) == ["T02", "T05"]
    assert desk.captured() == 60_000


def test_no_answer_and_the_inquiry_says_not_approved(desk: ChargeDesk) -> None:
    charge_id = desk.charge(desk.bill_key(SILENT_AND_NOT))

    desk.approve(charge_id)
    desk.settle(after=timedelta(seconds=6))

    assert desk.view(charge_id).status == Status.DECLINED
    assert desk.charge_events() == ["charge.unknown", "charge.declined"]
    assert desk.templates(charge_id) == ["T02", "T07"]
    assert desk.captured() == 0


@pytest.mark.parametrize(
    ("card", "status", "texts"),
    [(SILENT_AND_APPROVED, Status.APPROVED, ["T05"]), (SILENT_AND_NOT, Status.DECLINED, [])],
)
def test_under_standing_consent_only_what_matters_is_texted(
    desk: ChargeDesk, card: str, status: Status, texts: list[str]
) -> None:
    charge_id = desk.standing(card)
    desk.settle(after=timedelta(seconds=6))

    # An issuer that is down is tried again by itself, so the customer need not know of it yet.
    assert desk.view(charge_id).status == status
    assert desk.templates(charge_id) == texts


def test_nobody_may_charge_while_it_is_unknown(desk: ChargeDesk, line: FaultyLine) -> None:
    line.charge_faults = [Fault.REQUEST_LOST]
    line.is_inquiry_down = True
    line.has_void = False
    charge_id = desk.charge()
    desk.approve(charge_id)

    again = [desk.approve(charge_id), desk.approve(charge_id, desk.entered())]
    desk.come_to_rest(hours=1)

    assert again == [Unknown(), Unknown()]
    assert len(line.charged) == 1
    assert desk.view(charge_id).status == Status.UNKNOWN


def test_an_accepted_void_settles_it_at_once(desk: ChargeDesk, line: FaultyLine) -> None:
    line.charge_faults = [Fault.ANSWER_LOST]
    charge_id = desk.charge()
    desk.approve(charge_id)
    line.is_inquiry_down = True

    desk.settle(after=timedelta(seconds=6))

    (attempt,) = desk.charge_attempts()
    assert attempt.status == charge_attempts.Status.VOIDED
    assert desk.view(charge_id).status == Status.DECLINED
    assert desk.templates(charge_id) == ["T02", "T07"]
    assert desk.captured() == 0


def test_an_approval_that_is_found_is_adopted_and_never_undone(
    desk: ChargeDesk, line: FaultyLine
) -> None:
    line.charge_faults = [Fault.ANSWER_LOST]
    charge_id = desk.charge()
    desk.approve(charge_id)

    desk.come_to_rest()

    assert line.voided == []
    assert desk.view(charge_id).status == Status.APPROVED
    assert desk.captured() == 60_000


def test_not_found_counts_only_twice_and_after_the_quiet_time(
    desk: ChargeDesk, line: FaultyLine
) -> None:
    line.charge_faults = [Fault.REQUEST_LOST]
    charge_id = desk.charge()
    desk.approve(charge_id)
    statuses = []
    for _ in range(13):
        desk.settle(after=timedelta(seconds=10))
        statuses.append(desk.view(charge_id).status)

    desk.come_to_rest()

    (attempt,) = desk.charge_attempts()
    assert set(statuses) == {Status.UNKNOWN}
    assert attempt.status == charge_attempts.Status.VOIDED
    assert desk.view(charge_id).status == Status.DECLINED
    assert desk.templates(charge_id) == ["T02", "T07"]


def test_once_it_is_proven_dead_it_may_be_tried_again(desk: ChargeDesk, line: FaultyLine) -> None:
    line.charge_faults = [Fault.REQUEST_LOST]
    charge_id = desk.charge()
    desk.approve(charge_id)
    desk.come_to_rest()

    again = desk.approve(charge_id)

    orders = [order.order_id for order in line.charged]
    assert isinstance(again, Approved)
    assert len(set(orders)) == 2
    assert desk.captured() == 60_000


@pytest.mark.parametrize("has_void", [True, False])
def test_a_late_approval_of_what_was_given_up_is_given_back(
    desk: ChargeDesk, line: FaultyLine, has_void: bool
) -> None:
    line.charge_faults = [Fault.LATE]
    line.has_void = has_void
    charge_id = desk.charge()
    desk.approve(charge_id)
    for _ in range(30):
        desk.settle(after=timedelta(seconds=10))
    given_up = desk.view(charge_id).status
    paid = desk.approve(charge_id)
    line.let_late_ones_arrive()
    twice = desk.captured()

    desk.come_to_rest()

    (late,) = desk.late_approvals()
    assert given_up == Status.DECLINED
    assert isinstance(paid, Approved)
    assert twice == 120_000
    assert desk.captured() == 60_000
    assert late.canceled_at is not None
    assert sum(entry.won for entry in desk.ledger() if entry.account == "acquirer") == 60_000


@pytest.mark.parametrize("fault", [Fault.REQUEST_LOST, Fault.ANSWER_LOST])
def test_a_late_approval_is_given_back_however_often_that_fails(
    desk: ChargeDesk, line: FaultyLine, fault: Fault
) -> None:
    line.charge_faults = [Fault.LATE]
    line.cancel_faults = [fault] * 3
    charge_id = desk.charge()
    desk.approve(charge_id)
    for _ in range(30):
        desk.settle(after=timedelta(seconds=10))
    line.let_late_ones_arrive()

    desk.come_to_rest()

    assert desk.captured() == 0
    assert [late.canceled_at is not None for late in desk.late_approvals()] == [True]
    assert desk.view(charge_id).status == Status.DECLINED


def test_an_approval_is_not_adopted_while_a_void_is_on_its_way(
    desk: ChargeDesk, line: FaultyLine, database: Database
) -> None:
    line.charge_faults = [Fault.ANSWER_LOST]
    line.void_faults = [Fault.LATE]
    charge_id = desk.charge()
    desk.approve(charge_id)
    line.is_inquiry_down = True
    desk.settle(after=timedelta(seconds=6))
    line.is_inquiry_down = False
    desk.settle(after=timedelta(seconds=30))
    meanwhile = desk.view(charge_id).status
    line.let_late_ones_arrive()

    desk.come_to_rest()

    assert meanwhile == Status.UNKNOWN
    assert desk.view(charge_id).status == Status.DECLINED
    assert desk.captured() == 0


def test_a_void_that_was_lost_is_forgotten_after_the_quiet_time(
    desk: ChargeDesk, line: FaultyLine
) -> None:
    line.charge_faults = [Fault.ANSWER_LOST]
    line.void_faults = [Fault.REQUEST_LOST]
    charge_id = desk.charge()
    desk.approve(charge_id)
    line.is_inquiry_down = True
    desk.settle(after=timedelta(seconds=6))
    line.is_inquiry_down = False

    desk.come_to_rest()

    assert desk.view(charge_id).status == Status.APPROVED
    assert desk.captured() == 60_000


def test_an_inquiry_that_overtakes_another_does_not_have_an_approval_undone(
    desk: ChargeDesk, line: FaultyLine
) -> None:
    class Overtaken(FaultyLine):
        """While one inquiry's "not found" is on its way, the charge arrives and another adopts it."""

        def find_charge(self, order_id):  # type: ignore[no-untyped-def]
            found = super().find_charge(order_id)
            if self._late:
                self.let_late_ones_arrive()
                settle_charge_attempt(desk.desk, order_id)
            return found

    overtaken = Overtaken(line.acquirer)
    overtaken.charge_faults = [Fault.LATE]
    desk.desk.acquirers["sandbox"] = overtaken  # type: ignore[index]
    charge_id = desk.charge()
    desk.approve(charge_id)

    desk.come_to_rest()

    assert desk.view(charge_id).status == Status.APPROVED
    assert overtaken.voided == []
    assert desk.captured() == 60_000


def test_an_answer_after_the_inquiry_changes_nothing(
    desk: ChargeDesk, line: FaultyLine, database: Database
) -> None:
    class SlowLine(FaultyLine):
        """While its answer is on the way, somebody inquires and adopts the approval."""

        def charge(self, order):  # type: ignore[no-untyped-def]
            outcome = super().charge(order)
            settle_charge_attempt(desk.desk, order.order_id)
            return outcome

    desk.desk.acquirers["sandbox"] = SlowLine(line.acquirer)  # type: ignore[index]
    charge_id = desk.charge()

    result = desk.approve(charge_id)
    desk.come_to_rest()

    assert isinstance(result, Approved)
    assert desk.templates(charge_id) == ["T02", "T05"]
    assert len(desk.ledger()) == 2
    assert desk.late_approvals() == []


def test_another_card_that_was_not_checked_in_time_pays_nothing(
    desk: ChargeDesk, line: FaultyLine
) -> None:
    charge_id = desk.charge()
    line.issue_faults = [Fault.ANSWER_LOST]

    result = desk.approve(charge_id, desk.entered(replaces=True))
    desk.come_to_rest()

    assert result == Unknown()
    assert line.charged == []
    assert desk.charge_events() == ["charge.unknown", "charge.declined"]
    assert desk.templates(charge_id) == ["T02", "T07"]
    assert desk.captured() == 0
    assert len(desk.known_keys()) == 1


@pytest.mark.parametrize("fault", [Fault.REQUEST_LOST, Fault.ANSWER_LOST])
def test_another_card_whose_charge_was_unknown_finds_its_place(
    desk: ChargeDesk, line: FaultyLine, fault: Fault
) -> None:
    charge_id = desk.charge()
    line.charge_faults = [fault]
    desk.approve(charge_id, desk.entered("378282246310005", replaces=True))

    desk.come_to_rest()

    is_paid = fault is Fault.ANSWER_LOST
    charge = desk.view(charge_id)
    last4 = {key.id: key.last4 for key in desk.bill_keys()}[charge.bill_key_id]
    assert charge.status == (Status.APPROVED if is_paid else Status.DECLINED)
    assert last4 == ("0005" if is_paid else "0004")
    assert len(desk.known_keys()) == 1


def test_what_is_unknown_for_long_raises_an_alarm(
    desk: ChargeDesk, line: FaultyLine, capsys: pytest.CaptureFixture[str]
) -> None:
    line.charge_faults = [Fault.REQUEST_LOST]
    line.is_inquiry_down = True
    line.has_void = False
    desk.approve(desk.charge())

    desk.come_to_rest(hours=1)

    assert "attempt.unknown_too_long" in capsys.readouterr().out


def test_the_acquirers_moment_is_kept_not_ours(desk: ChargeDesk, line: FaultyLine) -> None:
    line.charge_faults = [Fault.ANSWER_LOST]
    charge_id = desk.charge(desk.bill_key(consent="once"), consent=Consent.NONE)
    desk.stepped.work()
    then = desk.clock.moment

    desk.settle(after=timedelta(minutes=3))

    (attempt,) = desk.charge_attempts()
    assert attempt.approved_at == then
    assert desk.view(charge_id).status == Status.APPROVED

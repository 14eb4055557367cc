"""A worker may be killed anywhere; the work is done again, and the card is sent once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.sandbox import SandboxAcquirer
from billing_core.card_results import Declined, Registered, Unknown
from billing_core.registrations import Status
from foundation.database import Database, Session
from foundation.sealing import Opener
from tests.billing_core.card_desk import CardDesk
from tests.billing_core.faulty_line import Fault, FaultyLine, ProcessDiedError
from tests.conftest import SteppedWorker

Stage = Callable[[Session, str, tuple[str, ...], "str | None"], None]


@pytest.fixture
def line(database: Database) -> FaultyLine:
    return FaultyLine(SandboxAcquirer(database, read_timeout_s=0.01))


@pytest.fixture
def desk(database: Database, opener: Opener, stepped: SteppedWorker, line: FaultyLine) -> CardDesk:
    return CardDesk(database, opener, stepped, line)


def test_killed_before_sending_it_is_resolved_by_inquiry_and_the_customer_is_told(
    desk: CardDesk, line: FaultyLine
) -> None:
    line.issue_faults = [Fault.DIES_BEFORE_SENDING]
    registration_id, entry = desk.registration(), desk.entry()
    desk.lend(registration_id)
    with pytest.raises(ProcessDiedError):
        desk.register(registration_id, entry, cause="CA1:17")

    again = desk.register(registration_id, entry, cause="CA1:17")
    desk.come_to_rest()

    assert again == Unknown()
    assert line.sent == []
    assert desk.row(registration_id).status == Status.AWAITING_CUSTOMER
    assert [text.template for text in desk.texts()] == ["T04"]
    assert desk.answers_kept() == 0


def test_when_done_again_not_found_proves_nothing_before_the_quiet_time_that_is_set(
    desk: CardDesk, line: FaultyLine
) -> None:
    line.issue_faults = [Fault.DIES_BEFORE_SENDING]
    desk.desk = replace(desk.desk, quiet_s=600)
    registration_id, entry = desk.registration(), desk.entry()
    with pytest.raises(ProcessDiedError):
        desk.register(registration_id, entry, cause="CA1:17")
    desk.clock.move(timedelta(seconds=200))

    again = desk.register(registration_id, entry, cause="CA1:17")

    (attempt,) = desk.attempts()
    assert (again, attempt.status, attempt.absent_since) == (Unknown(), "unknown", None)
    assert line.inquired == [attempt.id]
    desk.come_to_rest()
    assert desk.row(registration_id).status == Status.AWAITING_CUSTOMER


def test_killed_after_the_effect_it_finds_the_key_when_done_again(
    desk: CardDesk, line: FaultyLine
) -> None:
    line.issue_faults = [Fault.DIES_AFTER_THE_EFFECT]
    registration_id, entry = desk.registration(), desk.entry()
    with pytest.raises(ProcessDiedError):
        desk.register(registration_id, entry, cause="CA1:17")

    again = desk.register(registration_id, entry, cause="CA1:17")

    assert isinstance(again, Registered)
    assert len(line.sent) == len(desk.bill_keys()) == len(desk.texts()) == 1
    assert desk.answers_kept() == 0


def test_killed_after_a_refusal_it_finds_the_refusal_when_done_again(
    desk: CardDesk, line: FaultyLine
) -> None:
    line.issue_faults = [Fault.DIES_AFTER_THE_EFFECT]
    registration_id, entry = desk.registration(), desk.entry(password="21")
    with pytest.raises(ProcessDiedError):
        desk.register(registration_id, entry, cause="CA1:17")

    again = desk.register(registration_id, entry, cause="CA1:17")

    assert again == Declined(DeclineCode.PASSWORD_INVALID, may_try_again=True)
    assert desk.row(registration_id).refused_cards == 1
    assert desk.texts() == []


def test_killed_while_writing_the_result_it_leaves_nothing_half_written(
    desk: CardDesk, line: FaultyLine, database: Database
) -> None:
    registration_id, entry = desk.registration(), desk.entry()
    staging = database.stage
    database.stage = _die
    with pytest.raises(ProcessDiedError):
        desk.register(registration_id, entry, cause="CA1:17")
    database.stage = staging
    left = (desk.bill_keys(), desk.events(), desk.row(registration_id).status)

    again = desk.register(registration_id, entry, cause="CA1:17")

    assert left == ([], [], Status.PROCESSING)
    assert isinstance(again, Registered)
    assert len(line.sent) == len(desk.bill_keys()) == len(desk.events()) == 1


@pytest.mark.parametrize("fault", [Fault.DIES_BEFORE_SENDING, Fault.DIES_AFTER_THE_EFFECT])
def test_killed_and_never_done_again_the_sweep_finds_it(
    desk: CardDesk, line: FaultyLine, fault: Fault
) -> None:
    line.issue_faults = [fault]
    registration_id = desk.registration()
    with pytest.raises(ProcessDiedError):
        desk.register(registration_id)

    desk.come_to_rest()

    is_registered = fault is Fault.DIES_AFTER_THE_EFFECT
    status = Status.REGISTERED if is_registered else Status.AWAITING_CUSTOMER
    assert desk.row(registration_id).status == status
    assert [text.template for text in desk.texts()] == ["T03" if is_registered else "T04"]


def test_a_worker_that_was_taken_for_dead_may_still_write_its_result(
    desk: CardDesk, line: FaultyLine, database: Database
) -> None:
    class SlowLine(FaultyLine):
        """While its answer is on the way, another worker does the same work."""

        def issue_bill_key(self, order_id: str, card: object) -> object:  # type: ignore[override]
            self.meanwhile = desk.register(registration_id, entry, cause="CA1:17")
            return line.issue_bill_key(order_id, card)  # type: ignore[arg-type]

    slow = SlowLine(line)
    desk.desk.acquirers[line.name] = slow  # type: ignore[index]
    registration_id, entry = desk.registration(), desk.entry()

    first = desk.register(registration_id, entry, cause="CA1:17")

    assert slow.meanwhile == Unknown()
    assert isinstance(first, Registered)
    assert len(line.sent) == len(desk.bill_keys()) == 1
    assert database.stage is not None


def _die(session: Session, job: str, args: tuple[str, ...], key: str | None) -> None:
    raise ProcessDiedError

"""Lost answers are found out by inquiry; "not found" convinces only late and twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import structlog

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.sandbox import SandboxAcquirer, SandboxKey
from billing_core.actions.send_reminders import send_reminders
from billing_core.actions.settle_issue_attempt import UNKNOWN_TOO_LONG
from billing_core.card_results import Registered, Unknown
from billing_core.registrations import Registration, Status
from foundation.database import Database
from foundation.phone_number import PhoneNumber
from foundation.sealing import Opener
from tests.billing_core.card_desk import CardDesk, set_status
from tests.billing_core.faulty_line import Fault, FaultyLine
from tests.conftest import SteppedWorker
from virtual_numbers.actions.add_number import add_number
from virtual_numbers.actions.retire_number import retire_number
from virtual_numbers.actions.return_number import return_number
from virtual_numbers.loans import number_lent

SECONDS = timedelta(seconds=1)
HOURS = timedelta(hours=1)


@pytest.fixture
def line(database: Database) -> FaultyLine:
    return FaultyLine(SandboxAcquirer(database, read_timeout_s=0.01))


@pytest.fixture
def desk(database: Database, opener: Opener, stepped: SteppedWorker, line: FaultyLine) -> CardDesk:
    return CardDesk(database, opener, stepped, line)


def live_keys(database: Database) -> int:
    with database.reading() as session:
        alive = sa.select(SandboxKey).where(SandboxKey.removed_at.is_(None))
        return len(session.scalars(alive).all())


def test_a_key_whose_answer_was_lost_is_adopted_and_the_customer_gets_a_text(
    desk: CardDesk, line: FaultyLine
) -> None:
    line.issue_faults = [Fault.ANSWER_LOST]
    registration_id = desk.registration()
    desk.register(registration_id)

    asked = [desk.settle(4 * SECONDS), desk.settle(1 * SECONDS), desk.settle(60 * SECONDS)]

    assert asked == [0, 1, 0]
    assert desk.row(registration_id).status == Status.REGISTERED
    assert desk.attempts()[0].status == "issued"
    assert [text.template for text in desk.texts()] == ["T03"]
    assert desk.events() == ["registration.registered"]


def test_a_refusal_whose_answer_was_lost_is_told_by_text_with_the_way_to_try_again(
    desk: CardDesk, line: FaultyLine
) -> None:
    line.issue_faults = [Fault.ANSWER_LOST]
    registration_id = desk.registration()
    desk.lend(registration_id)
    desk.register(registration_id, desk.entry(password="21"))

    desk.settle(5 * SECONDS)

    registration = desk.row(registration_id)
    assert (registration.status, registration.refused_cards) == ("awaiting_customer", 1)
    (text,) = desk.texts()
    assert text.template == "T04"
    assert registration.virtual_number
    assert registration.virtual_number.national in text.body


def test_not_found_convinces_after_the_quiet_time_and_a_second_time(
    desk: CardDesk, line: FaultyLine
) -> None:
    line.issue_faults = [Fault.REQUEST_LOST]
    registration_id = desk.registration()
    desk.register(registration_id)
    sent_at = desk.clock.now()
    seen = {}
    while desk.row(registration_id).status == Status.PROCESSING:
        desk.settle(1 * SECONDS)
        seen[desk.clock.now() - sent_at] = len(line.inquired)

    waited = desk.clock.now() - sent_at
    assert timedelta(seconds=130) <= waited < timedelta(minutes=5)
    assert line.inquired.count(desk.attempts()[0].id) - seen[119 * SECONDS] == 2
    (attempt,) = desk.attempts()
    assert (attempt.status, attempt.decline_code) == ("declined", "issuer_unavailable")
    assert desk.row(registration_id).refused_cards == 0
    assert [text.template for text in desk.texts()] == ["T04"]


def test_a_request_that_arrives_within_the_quiet_time_is_still_adopted(
    desk: CardDesk, line: FaultyLine
) -> None:
    line.issue_faults = [Fault.LATE]
    registration_id = desk.registration()
    desk.register(registration_id)
    desk.settle(100 * SECONDS)
    line.let_late_ones_arrive()

    desk.come_to_rest()

    assert desk.row(registration_id).status == Status.REGISTERED
    assert desk.orphans() == []


def test_a_key_that_appears_against_all_expectation_is_found_and_removed(
    desk: CardDesk, line: FaultyLine, database: Database
) -> None:
    line.issue_faults = [Fault.LATE]
    registration_id = desk.registration()
    desk.register(registration_id)
    desk.come_to_rest(hours=1)
    line.let_late_ones_arrive()
    alive = live_keys(database)

    desk.come_to_rest(hours=2)

    assert alive == 1
    assert live_keys(database) == 0
    assert len(desk.orphans()) == 1
    assert desk.row(registration_id).status == Status.AWAITING_CUSTOMER


def test_a_registration_that_cannot_take_the_key_leaves_an_orphan_that_is_removed(
    desk: CardDesk, line: FaultyLine, database: Database, stepped: SteppedWorker
) -> None:
    line.issue_faults = [Fault.ANSWER_LOST]
    registration_id = desk.registration()
    desk.register(registration_id)
    with database.transaction() as session:
        set_status(session, registration_id, Status.CANCELED)

    desk.settle(5 * SECONDS)
    known = desk.known_keys()
    stepped.work()

    assert len(known) == 1
    assert live_keys(database) == 0
    assert (desk.bill_keys(), desk.texts()) == ([], [])
    assert desk.row(registration_id).status == Status.CANCELED


def test_while_the_inquiry_is_down_it_asks_ever_more_slowly_and_never_decides(
    desk: CardDesk, line: FaultyLine
) -> None:
    line.issue_faults, line.is_inquiry_down = [Fault.ANSWER_LOST], True
    registration_id = desk.registration()
    desk.register(registration_id)
    for _ in range(120):
        desk.settle(30 * SECONDS)

    assert desk.row(registration_id).status == Status.PROCESSING
    assert 8 < len(line.inquired) < 16
    line.is_inquiry_down = False
    desk.come_to_rest(hours=1)
    assert desk.row(registration_id).status == Status.REGISTERED


def test_more_than_ten_minutes_unknown_is_an_error_that_somebody_sees(
    desk: CardDesk, line: FaultyLine
) -> None:
    line.issue_faults, line.is_inquiry_down = [Fault.REQUEST_LOST], True
    desk.register(desk.registration())
    counted = UNKNOWN_TOO_LONG.labels(line.name)
    before = counted._value.get()
    desk.settle(9 * 60 * SECONDS)
    with structlog.testing.capture_logs() as logs:
        desk.settle(3 * 60 * SECONDS)

    assert [(log["event"], log["log_level"]) for log in logs] == [
        ("attempt.unknown_too_long", "error")
    ]
    assert counted._value.get() == before + 1


def test_while_one_attempt_is_unknown_no_other_is_sent(desk: CardDesk, line: FaultyLine) -> None:
    line.issue_faults = [Fault.REQUEST_LOST]
    registration_id = desk.registration()
    desk.register(registration_id)

    desk.register(registration_id)

    assert len(line.sent) == 1


def test_what_was_resolved_is_what_the_work_says_when_done_again(
    desk: CardDesk, line: FaultyLine
) -> None:
    line.issue_faults = [Fault.ANSWER_LOST]
    registration_id, entry = desk.registration(), desk.entry()
    first = desk.register(registration_id, entry, cause="CA1:17")
    desk.settle(5 * SECONDS)

    again = desk.register(registration_id, entry, cause="CA1:17")

    assert first == Unknown()
    assert isinstance(again, Registered)


def test_a_refusal_found_late_fails_a_registration_whose_tries_are_used_up(
    desk: CardDesk, line: FaultyLine
) -> None:
    registration_id = desk.registration()
    desk.lend(registration_id)
    for _ in range(4):
        desk.register(registration_id, desk.entry("9999001400000008"))
    line.issue_faults = [Fault.ANSWER_LOST]
    desk.register(registration_id, desk.entry("9999001400000008"))

    desk.settle(5 * SECONDS)

    assert desk.row(registration_id).status == Status.FAILED
    (text,) = desk.texts()
    assert "다시 하시려면" not in text.body
    assert desk.attempts()[-1].decline_code == DeclineCode.CARD_NUMBER_INVALID


def found_absent(desk: CardDesk, line: FaultyLine) -> Registration:
    """Lose a card check whose registration holds no number any more, and find that out."""
    line.issue_faults = [Fault.REQUEST_LOST]
    registration_id = desk.registration()
    desk.lend(registration_id)
    desk.register(registration_id)
    with desk.database.transaction() as session:
        return_number(session, registration_id)
    while desk.row(registration_id).status == Status.PROCESSING:
        desk.settle(30 * SECONDS)
    return desk.row(registration_id)


def test_where_another_number_is_lent_the_registration_and_the_text_name_that_one(
    desk: CardDesk, line: FaultyLine
) -> None:
    registration = found_absent(desk, line)

    with desk.database.reading() as session:
        assert registration.virtual_number
        assert registration.virtual_number == number_lent(session, registration.id)
    (text,) = desk.texts()
    assert registration.virtual_number.national in text.body


def test_an_empty_pool_keeps_no_attempt_unsettled_and_the_reminder_lends_when_it_can(
    desk: CardDesk, line: FaultyLine
) -> None:
    for last in range(1, 6):
        with desk.database.transaction() as session:
            retire_number(session, f"070-1234-567{last}")
    registration = found_absent(desk, line)

    assert (desk.attempts()[0].status, registration.virtual_number) == ("declined", None)
    (text,) = desk.texts()
    assert text.template == "T04"
    assert "다시 하시려면" not in text.body

    remind(desk, 3 * HOURS)
    assert desk.row(registration.id).virtual_number is None
    with desk.database.transaction() as session:
        add_number(session, "070-1234-5679")
    remind(desk, 15 * HOURS)
    number = desk.row(registration.id).virtual_number
    assert number == PhoneNumber.parse("070-1234-5679")
    assert [each.template for each in desk.texts()] == ["T04", "T01"]


def remind(desk: CardDesk, after: timedelta) -> None:
    desk.clock.move(after)
    with desk.database.transaction() as session:
        send_reminders(session)

"""Registering a card: what the customer, the merchant and the acquirer have afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from billing_core.acquirers.declines import DECLINES, DeclineCode, failure_of
from billing_core.acquirers.sandbox import SandboxAcquirer, SandboxKey
from billing_core.attempt_limits import Limit
from billing_core.bill_keys import bill_key_view
from billing_core.card_results import Declined, Gone, Registered, Stopped, Unknown
from billing_core.registrations import REFUSED_CARDS_MAX, Channel, Status
from billing_core.sealed_answers import destroy_answers
from foundation.database import Database
from foundation.errors import NotFound
from foundation.sealing import Opener
from tests.billing_core.card_desk import GOOD_CARD, CardDesk, set_status
from tests.billing_core.faulty_line import Fault, FaultyLine
from tests.conftest import SteppedWorker

WRONG_PASSWORD = "9999005500000008"
UNKNOWN_NUMBER = "9999001400000008"
ISSUER_DOWN = "9999009100000004"
SILENT = "9999006800000003"


@pytest.fixture
def line(database: Database) -> FaultyLine:
    return FaultyLine(SandboxAcquirer(database, read_timeout_s=0.01))


@pytest.fixture
def desk(database: Database, opener: Opener, stepped: SteppedWorker, line: FaultyLine) -> CardDesk:
    return CardDesk(database, opener, stepped, line)


def test_a_good_card_becomes_a_bill_key_and_everybody_hears_of_it(desk: CardDesk) -> None:
    registration_id = desk.registration()
    desk.lend(registration_id)

    result = desk.register(registration_id, desk.entry(pieces=4))

    (bill_key,) = desk.bill_keys()
    assert result == Registered("신한", "0004", bill_key.id)
    registration = desk.row(registration_id)
    assert (registration.status, registration.bill_key_id) == ("registered", bill_key.id)
    assert registration.failure is None
    assert desk.events() == ["registration.registered"]
    assert desk.open_loans() == []
    assert desk.answers_kept() == 0
    (text,) = desk.texts()
    assert (text.template, text.request_id) == ("T03", registration_id)
    assert "신한 ****0004" in text.body
    assert "031-123-4567" in text.body


def test_the_bill_key_is_the_contracts_example_and_opens_to_the_acquirers_key(
    desk: CardDesk, database: Database
) -> None:
    desk.register(desk.registration())

    (bill_key,) = desk.bill_keys()
    assert bill_key_view(bill_key)["card"] == {
        "issuer": "신한",
        "issuer_code": "06",
        "last4": "0004",
        "type": "credit",
        "owner": "personal",
    }
    assert (bill_key.card_expiry, bill_key.consent) == ("2029-08", "each_charge")
    assert bill_key.possession_at == desk.clock.now()
    with database.reading() as session:
        live = set(session.scalars(sa.select(SandboxKey.id)))
    assert desk.known_keys() == live


def test_a_refused_card_gives_the_registration_back_to_its_customer(desk: CardDesk) -> None:
    registration_id = desk.registration()
    desk.lend(registration_id)

    result = desk.register(registration_id, desk.entry(WRONG_PASSWORD))

    assert result == Declined(DeclineCode.PASSWORD_INVALID, may_try_again=True)
    registration = desk.row(registration_id)
    assert (registration.status, registration.refused_cards) == ("awaiting_customer", 1)
    assert registration.failure == {
        "code": "password_invalid",
        "message": DECLINES[DeclineCode.PASSWORD_INVALID].korean,
        "advice": "fix_request",
    }
    assert len(desk.open_loans()) == 1
    assert (desk.answers_kept(), desk.events(), desk.texts()) == (0, [], [])


def test_another_card_after_a_refused_one_registers(desk: CardDesk) -> None:
    registration_id = desk.registration()
    desk.register(registration_id, desk.entry(WRONG_PASSWORD))

    result = desk.register(registration_id)

    assert isinstance(result, Registered)
    assert desk.row(registration_id).failure is None


def test_after_so_many_refused_cards_the_registration_has_failed(desk: CardDesk) -> None:
    registration_id = desk.registration()
    desk.lend(registration_id)

    results = [
        desk.register(registration_id, desk.entry(UNKNOWN_NUMBER)) for _ in range(REFUSED_CARDS_MAX)
    ]

    assert results[-2:] == [
        Declined(DeclineCode.CARD_NUMBER_INVALID, may_try_again=True),
        Declined(DeclineCode.CARD_NUMBER_INVALID, may_try_again=False),
    ]
    assert desk.row(registration_id).status == Status.FAILED
    assert desk.events() == ["registration.failed"]
    assert desk.open_loans() == []


def test_a_card_in_the_request_has_one_try(desk: CardDesk) -> None:
    registration_id = desk.registration(channel=Channel.CARD)

    result = desk.register(registration_id, desk.entry(ISSUER_DOWN))

    assert result == Declined(DeclineCode.ISSUER_UNAVAILABLE, may_try_again=False)
    registration = desk.row(registration_id)
    assert registration.status == Status.FAILED
    assert registration.failure == failure_of(DeclineCode.ISSUER_UNAVAILABLE)


def test_an_issuer_that_is_down_is_nobodys_fault_and_gives_a_day_more(desk: CardDesk) -> None:
    registration_id = desk.registration()
    desk.lend(registration_id)
    before = desk.row(registration_id).expires_at

    result = desk.register(registration_id, desk.entry(ISSUER_DOWN))

    assert result == Declined(DeclineCode.ISSUER_UNAVAILABLE, may_try_again=True)
    registration = desk.row(registration_id)
    assert (registration.status, registration.refused_cards) == ("awaiting_customer", 0)
    assert registration.expires_at == before + timedelta(hours=24)
    assert [loan.expires_at for loan in desk.open_loans()] == [registration.expires_at]


def test_without_an_answer_the_registration_waits_and_the_digits_are_gone(desk: CardDesk) -> None:
    registration_id = desk.registration()

    result = desk.register(registration_id, desk.entry(SILENT))

    assert result == Unknown()
    assert desk.row(registration_id).status == Status.PROCESSING
    (attempt,) = desk.attempts()
    assert attempt.status == "unknown"
    assert attempt.next_inquiry_at == desk.clock.now() + timedelta(seconds=5)
    assert desk.answers_kept() == 0


def test_the_attempt_stands_in_the_database_before_anything_is_sent(
    desk: CardDesk, line: FaultyLine
) -> None:
    line.issue_faults = [Fault.REQUEST_LOST]
    registration_id = desk.registration()

    desk.register(registration_id, cause="CA1:17")

    (attempt,) = desk.attempts()
    assert line.sent == [attempt.id]
    assert (attempt.cause, attempt.last4, attempt.card_expiry) == ("CA1:17", "0004", "2029-08")


@pytest.mark.parametrize("number", [GOOD_CARD, WRONG_PASSWORD, SILENT])
def test_the_same_work_done_again_sends_nothing_and_says_the_same(
    desk: CardDesk, line: FaultyLine, number: str
) -> None:
    registration_id, entry = desk.registration(), desk.entry(number)
    first = desk.register(registration_id, entry, cause="CA1:17")

    again = desk.register(registration_id, entry, cause="CA1:17")

    assert again == first
    assert len(line.sent) == 1
    assert len(desk.texts()) == (number == GOOD_CARD)


@pytest.mark.parametrize("status", [Status.CANCELED, Status.EXPIRED, Status.PROCESSING])
def test_a_registration_that_awaits_nobody_takes_no_card(
    desk: CardDesk, line: FaultyLine, database: Database, status: Status
) -> None:
    registration_id = desk.registration()
    with database.transaction() as session:
        set_status(session, registration_id, status)

    assert desk.register(registration_id) == Gone(status)
    assert (line.sent, desk.answers_kept()) == ([], 0)


def test_digits_that_were_destroyed_send_nothing_and_leave_the_registration_open(
    desk: CardDesk, line: FaultyLine, database: Database
) -> None:
    registration_id, entry = desk.registration(), desk.entry()
    with database.transaction() as session:
        destroy_answers(session, entry.expiry.split(":")[0])

    result = desk.register(registration_id, entry)

    assert result == Declined(DeclineCode.ENTRY_LOST, may_try_again=True)
    assert line.sent == []
    assert desk.row(registration_id).status == Status.AWAITING_CUSTOMER


def test_digits_that_were_destroyed_end_a_registration_that_has_no_others(
    desk: CardDesk, line: FaultyLine, database: Database
) -> None:
    registration_id, entry = desk.registration(channel=Channel.CARD), desk.entry()
    with database.transaction() as session:
        destroy_answers(session, entry.expiry.split(":")[0])

    result = desk.register(registration_id, entry)

    assert result == Declined(DeclineCode.ENTRY_LOST, may_try_again=False)
    assert desk.row(registration_id).status == Status.FAILED


def test_a_limit_stops_the_card_before_it_is_sent(desk: CardDesk, line: FaultyLine) -> None:
    for _ in range(2):
        desk.register(desk.registration(), desk.entry(WRONG_PASSWORD))
    by_phone, in_request = desk.registration(), desk.registration(channel=Channel.CARD)

    results = [
        desk.register(registration_id, desk.entry(WRONG_PASSWORD))
        for registration_id in (by_phone, in_request)
    ]

    assert results == [Stopped(Limit.CARD), Stopped(Limit.CARD)]
    assert len(line.sent) == 2
    assert desk.answers_kept() == 0
    assert desk.row(by_phone).status == Status.AWAITING_CUSTOMER
    assert desk.row(in_request).status == Status.FAILED
    assert desk.row(by_phone).failure == failure_of(DeclineCode.AUTH_COUNT_EXCEEDED)


def test_nobody_registers_a_card_for_a_registration_that_is_not_there(desk: CardDesk) -> None:
    with pytest.raises(NotFound):
        desk.register("reg_nonsense")

"""Charges that the customer agreed to in a call, and those under standing consent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from billing_core import charge_attempts
from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.sandbox import SandboxAcquirer
from billing_core.charge_results import Approved, Declined, Gone, Stopped, Unknown
from billing_core.charges import Consent, Status, charge_view
from billing_core.ledger import Account, balance
from foundation.database import Database
from foundation.lifecycle import StateChange
from foundation.sealing import Opener
from tests.billing_core.charge_desk import ChargeDesk, revoked, set_charge
from tests.billing_core.faulty_line import FaultyLine
from tests.conftest import SteppedWorker

RACERS = 8


@pytest.fixture
def line(database: Database) -> FaultyLine:
    return FaultyLine(SandboxAcquirer(database, read_timeout_s=0.01))


@pytest.fixture
def desk(
    database: Database, opener: Opener, stepped: SteppedWorker, line: FaultyLine
) -> ChargeDesk:
    return ChargeDesk(database, opener, stepped, line)


def test_an_agreed_charge_is_approved_and_everybody_hears_of_it(
    desk: ChargeDesk, database: Database
) -> None:
    charge_id = desk.charge(tax_free=10_000)
    consent = desk.agreed(charge_id)

    result = desk.approve(charge_id, consent_record_id=consent)

    (attempt,) = desk.charge_attempts()
    charge = desk.view(charge_id)
    assert isinstance(result, Approved)
    assert (result.issuer, result.last4, result.months) == ("신한", "0004", 0)
    assert charge.status == Status.APPROVED
    assert charge.attempts == 1
    assert charge.consent_record_id == consent
    assert charge.acquirer
    assert charge.acquirer["transaction_id"] == attempt.transaction_id
    assert charge.completed_at is not None
    assert desk.charge_events() == ["charge.approved"]
    assert desk.templates(charge_id) == ["T02", "T05"]
    assert desk.open_loans() == []
    assert desk.captured() == 60_000
    with database.reading() as session:
        assert balance(session, Account.ACQUIRER) == 60_000
        assert balance(session, Account.MERCHANT) == -60_000
        assert charge_view(session, charge)["card"]["last4"] == "0004"


def test_what_is_sent_is_what_was_written_and_agreed_to(desk: ChargeDesk, line: FaultyLine) -> None:
    charge_id = desk.charge(tax_free=10_000, interest_free=(2, 3))

    desk.approve(charge_id, months=3, is_interest_free=True)

    (order,), (attempt,) = line.charged, desk.charge_attempts()
    sent = (order.amount.won, order.tax_free.won, order.months, order.is_interest_free)
    assert sent == (60_000, 10_000, 3, True)
    assert order.order_id == attempt.id
    assert (attempt.months, attempt.is_interest_free) == (3, True)
    assert (desk.view(charge_id).months, desk.view(charge_id).is_interest_free) == (3, True)


def test_interest_that_the_issuer_pays_is_sent_as_an_ordinary_plan(
    desk: ChargeDesk, line: FaultyLine
) -> None:
    charge_id = desk.charge(interest_free=(2,))

    desk.approve(charge_id, months=3, is_interest_free=True)

    assert line.charged[0].is_interest_free is False
    assert desk.view(charge_id).is_interest_free is True


def test_the_attempt_is_committed_with_all_it_sends_before_anything_is_sent(
    desk: ChargeDesk, database: Database, line: FaultyLine
) -> None:
    seen: list[tuple[str, int, str]] = []

    class Watching(FaultyLine):
        def charge(self, order):  # type: ignore[no-untyped-def]
            with database.reading() as session:
                attempt = session.get_one(charge_attempts.ChargeAttempt, order.order_id)
                seen.append((attempt.status, attempt.amount.won, attempt.key_id))
            return super().charge(order)

    charge_id = desk.charge()
    watching = Watching(line.acquirer)
    desk.desk.acquirers["sandbox"] = watching  # type: ignore[index]

    desk.approve(charge_id)

    assert seen == [("sending", 60_000, desk.view(charge_id).bill_key_id)]


def test_the_same_work_sends_once(desk: ChargeDesk, line: FaultyLine) -> None:
    charge_id = desk.charge()
    consent = desk.agreed(charge_id)

    results = [desk.approve(charge_id, cause="CA1:9", consent_record_id=consent) for _ in range(3)]

    assert len(set(results)) == 1
    assert len(line.charged) == len(desk.charge_events()) == 1
    assert desk.templates(charge_id) == ["T02", "T05"]


def test_racers_for_one_charge_send_it_once(desk: ChargeDesk, line: FaultyLine) -> None:
    charge_id = desk.charge()
    consents = [desk.agreed(charge_id) for _ in range(RACERS)]
    keys = [desk.entered() if at % 2 else None for at in range(RACERS)]

    with ThreadPoolExecutor(RACERS) as pool:
        racing = [
            pool.submit(desk.approve, charge_id, key, consent_record_id=consent)
            for key, consent in zip(keys, consents, strict=True)
        ]
        results = [racer.result() for racer in racing]

    assert sum(isinstance(result, Approved) for result in results) == 1
    assert all(isinstance(result, Approved | Unknown | Gone) for result in results)
    assert len(line.charged) == len(desk.charge_attempts()) == 1
    assert desk.captured() == 60_000


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ("9999000000510002", DeclineCode.INSUFFICIENT_FUNDS),
        ("9999000020510008", DeclineCode.INSUFFICIENT_FUNDS),
        ("9999000000610000", DeclineCode.INSUFFICIENT_LIMIT),
        ("9999000000540009", DeclineCode.EXPIRY_INVALID),
        ("9999000000410005", DeclineCode.LOST_OR_STOLEN),
        ("9999000000050009", DeclineCode.CARD_SUSPENDED),
        ("9999000000910004", DeclineCode.ISSUER_UNAVAILABLE),
    ],
)
def test_a_refused_card_moves_no_money_and_the_customer_may_go_on(
    desk: ChargeDesk, card: str, reason: DeclineCode
) -> None:
    charge_id = desk.charge(desk.bill_key(card))

    result = desk.approve(charge_id)

    charge = desk.view(charge_id)
    assert result == Declined(reason)
    assert charge.status == Status.DECLINED
    assert charge.failure
    assert charge.failure["code"] == reason
    assert desk.charge_events() == ["charge.declined"]
    assert desk.ledger() == []
    assert desk.captured() == 0
    # Somebody heard it on the line, and may call this number again with another card.
    assert desk.templates(charge_id) == ["T02"]
    assert len(desk.open_loans()) == 1


def test_a_card_that_fails_twice_works_the_third_time(desk: ChargeDesk) -> None:
    charge_id = desk.charge(desk.bill_key("9999000020510008"))

    results = [desk.approve(charge_id) for _ in range(3)]

    kinds = [type(result) for result in results]
    assert kinds == [Declined, Declined, Approved]
    assert desk.view(charge_id).attempts == 3
    assert desk.view(charge_id).failure is None
    assert desk.captured() == 60_000


def test_a_card_without_instalments_pays_at_once(desk: ChargeDesk) -> None:
    charge_id = desk.charge(desk.bill_key("9999000000570006"))

    refused = desk.approve(charge_id, months=3)
    paid = desk.approve(charge_id)

    assert refused == Declined(DeclineCode.INSTALLMENT_NOT_ALLOWED)
    assert isinstance(paid, Approved)
    assert paid.months == 0


@pytest.mark.parametrize(
    ("amount", "max_months", "months", "is_free"),
    [
        (49_999, 12, 3, False),
        (60_000, 0, 3, False),
        (60_000, 6, 7, False),
        (60_000, 12, 1, False),
        (60_000, 12, 0, True),
        (60_000, 12, -2, False),
    ],
)
def test_months_that_were_never_offered_are_not_sent(
    desk: ChargeDesk, line: FaultyLine, amount: int, max_months: int, months: int, is_free: bool
) -> None:
    charge_id = desk.charge(amount=amount, max_months=max_months)

    result = desk.approve(charge_id, months=months, is_interest_free=is_free)

    assert result == Declined(DeclineCode.INSTALLMENT_NOT_ALLOWED)
    assert line.charged == []
    assert desk.view(charge_id).status == Status.AWAITING_CONSENT


@pytest.mark.parametrize(
    "status", [Status.CANCELED, Status.EXPIRED, Status.REFUSED, Status.APPROVED]
)
def test_what_has_ended_is_not_sent(
    desk: ChargeDesk, database: Database, line: FaultyLine, status: Status
) -> None:
    charge_id = desk.charge()
    with database.transaction() as session:
        set_charge(session, charge_id, status=status)

    assert desk.approve(charge_id) == Gone(status)
    assert line.charged == []


def test_nothing_is_charged_without_a_consent_to_this_very_charge(
    desk: ChargeDesk, line: FaultyLine
) -> None:
    bill_key = desk.bill_key("9999000020510008")
    first, second = desk.charge(bill_key), desk.charge(bill_key)
    consent = desk.agreed(first)

    results = [
        desk.approve(first, consent_record_id="cns_nonsense"),
        desk.approve(second, consent_record_id=consent),
        desk.approve(first, consent_record_id=consent),
        desk.approve(first, consent_record_id=consent),
    ]

    assert results == [
        Gone("awaiting_consent"),
        Gone("awaiting_consent"),
        Declined(DeclineCode.INSUFFICIENT_FUNDS),
        Gone("declined"),
    ]
    assert len(line.charged) == 1


def test_a_revoked_bill_key_never_charges(
    desk: ChargeDesk, database: Database, line: FaultyLine
) -> None:
    charge_id = desk.charge()
    with database.transaction() as session:
        revoked(session, desk.view(charge_id).bill_key_id)

    assert desk.approve(charge_id) == Declined(DeclineCode.BILLKEY_INVALID)
    assert line.charged == []
    assert desk.view(charge_id).next_retry_at is None


def test_another_card_pays_once_and_its_key_is_gone_afterwards(desk: ChargeDesk) -> None:
    bill_key = desk.bill_key()
    charge_id = desk.charge(bill_key)

    result = desk.approve(charge_id, desk.entered("378282246310005"))
    desk.come_to_rest()

    charge = desk.view(charge_id)
    assert isinstance(result, Approved)
    assert (result.last4, result.replaced) == ("0005", False)
    assert charge.card["last4"] == "0005"
    assert charge.bill_key_id == bill_key
    assert desk.answers_kept() == 0
    assert [card.acquirer_key for card in desk.entered_cards()] == [None]
    assert [orphan.removed_at is not None for orphan in desk.orphans()] == [True]
    assert len(desk.known_keys()) == 1


def test_another_card_may_replace_the_registered_one(desk: ChargeDesk) -> None:
    old = desk.bill_key(consent="once")
    failed = desk.charge(old, consent=Consent.NONE)
    with desk.database.transaction() as session:
        set_charge(session, failed, status=Status.DECLINED)
    charge_id = desk.charge(old)

    result = desk.approve(charge_id, desk.entered("378282246310005", replaces=True), months=0)
    desk.come_to_rest()

    new = desk.view(charge_id).bill_key_id
    keys = {key.id: key for key in desk.bill_keys()}
    assert isinstance(result, Approved)
    assert result.replaced
    assert keys[old].status == "revoked"
    assert keys[old].removed_at is not None
    assert (keys[new].status, keys[new].consent, keys[new].last4) == ("active", "once", "0005")
    assert keys[new].registration_id == keys[old].registration_id
    assert desk.view(failed).bill_key_id == new
    assert "bill_key.revoked" in desk.events()
    assert desk.orphans() == []
    assert len(desk.known_keys()) == 1


@pytest.mark.parametrize("replaces", [False, True])
def test_a_refused_other_card_leaves_the_registered_one_alone(
    desk: ChargeDesk, replaces: bool
) -> None:
    bill_key = desk.bill_key()
    charge_id = desk.charge(bill_key)

    result = desk.approve(charge_id, desk.entered("9999000000610000", replaces=replaces))
    again = desk.approve(charge_id)
    desk.come_to_rest()

    assert result == Declined(DeclineCode.INSUFFICIENT_LIMIT)
    assert isinstance(again, Approved)
    assert desk.view(charge_id).card["last4"] == "0004"
    assert len(desk.known_keys()) == 1


def test_wrong_details_of_another_card_charge_nothing_and_count(
    desk: ChargeDesk, line: FaultyLine
) -> None:
    charge_id = desk.charge()

    results = [desk.approve(charge_id, desk.entered(password="99")) for _ in range(3)]

    assert results[:2] == [Declined(DeclineCode.PASSWORD_INVALID)] * 2
    assert isinstance(results[2], Stopped)
    assert line.charged == []
    assert desk.answers_kept() == 0
    assert desk.view(charge_id).status == Status.DECLINED


def test_the_password_digits_are_gone_before_the_charge_is_sent(
    desk: ChargeDesk, line: FaultyLine
) -> None:
    kept: list[int] = []

    class Watching(FaultyLine):
        def charge(self, order):  # type: ignore[no-untyped-def]
            kept.append(desk.answers_kept())
            return super().charge(order)

    charge_id = desk.charge()
    desk.desk.acquirers["sandbox"] = Watching(line.acquirer)  # type: ignore[index]

    desk.approve(charge_id, desk.entered())

    assert kept == [0]


def test_standing_consent_charges_the_registered_card_at_once(desk: ChargeDesk) -> None:
    charge_id = desk.standing()

    charge = desk.view(charge_id)
    assert charge.status == Status.APPROVED
    assert charge.virtual_number is None
    assert charge.consent_record_id is None
    assert desk.templates(charge_id) == ["T05"]
    assert desk.captured() == 60_000


def test_a_refusal_under_standing_consent_is_texted(desk: ChargeDesk) -> None:
    charge_id = desk.standing("9999000000610000")

    assert desk.view(charge_id).status == Status.DECLINED
    assert desk.templates(charge_id) == ["T06"]


def test_the_worker_looks_again_whether_the_consent_stands(
    desk: ChargeDesk, database: Database, line: FaultyLine
) -> None:
    bill_key = desk.bill_key(consent="once")
    charges = [desk.charge(bill_key, consent=Consent.NONE) for _ in range(2)]
    desk.clock.move(timedelta(days=91))

    desk.stepped.work()

    assert line.charged == []
    assert {desk.view(each).status for each in charges} == {Status.DECLINED}
    failure = desk.view(charges[0]).failure
    assert failure
    assert failure["code"] == "billkey_invalid"


def test_standing_work_done_again_sends_nothing_again(desk: ChargeDesk, line: FaultyLine) -> None:
    charge_id = desk.standing()
    for number in ("1", "2"):
        with desk.database.transaction() as session:
            session.stage("urgent_charge_standing", charge_id, number)

    desk.stepped.work()

    assert len(line.charged) == 1
    assert desk.charge_events() == ["charge.approved"]


def test_every_step_of_a_charge_stands_in_its_history(desk: ChargeDesk) -> None:
    charge_id = desk.charge(desk.bill_key("9999000020510008"))
    for _ in range(3):
        desk.approve(charge_id)

    steps = desk._all(
        sa.select(StateChange).where(StateChange.object_id == charge_id).order_by(StateChange.id)
    )

    assert sorted((step.old, step.new) for step in steps) == sorted(
        [
            ("awaiting_consent", "processing"),
            ("processing", "declined"),
            ("declined", "processing"),
            ("processing", "declined"),
            ("declined", "processing"),
            ("processing", "approved"),
        ]
    )

"""Limits on card checks hold over merchants, callers, keys, days and parallel calls."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.protocol import (
    CardSecrets,
    Declined,
    Issued,
    NotFound,
    Removed,
    Unknown,
)
from billing_core.actions.register_card import register_card
from billing_core.attempt_limits import (
    REFUSED_CHECKS_MAX,
    WRONG_EXPIRIES_MAX,
    WRONG_PASSWORDS_MAX,
    Limit,
)
from billing_core.card_results import CardResult, Registered, Stopped
from billing_core.sealed_answers import CardEntry
from foundation.database import Database
from foundation.key_rotation import publish_keys
from foundation.master_keys import MasterKeys
from foundation.phone_number import PhoneNumber
from foundation.sealing import Opener, SealingKey, Secret
from tests.billing_core.card_desk import GOOD_CARD, CardDesk
from tests.conftest import SteppedWorker

RACERS = 20
SECURITY = Path(__file__).parents[2] / "docs" / "security.md"
WRONG = Declined(DeclineCode.PASSWORD_INVALID)
PHONE = PhoneNumber.parse("010-1234-5678")


class Refuser:
    """An acquirer that refuses everything for one reason and counts what it was asked."""

    name = "refuser"

    def __init__(self, answer: Declined | Unknown = WRONG) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self._lock = threading.Lock()

    def issue_bill_key(self, order_id: str, card: CardSecrets) -> Issued | Declined | Unknown:
        with self._lock:
            self.asked.append(order_id)
        return self.answer

    def find_bill_key(self, order_id: str) -> Issued | Declined | NotFound | Unknown:
        return self.answer

    def remove_bill_key(self, acquirer_key: Secret, order_id: str) -> Removed | Declined | Unknown:
        return Removed()


@pytest.fixture
def refuser() -> Refuser:
    return Refuser()


@pytest.fixture
def desk(database: Database, opener: Opener, stepped: SteppedWorker, refuser: Refuser) -> CardDesk:
    return CardDesk(database, opener, stepped, refuser)


def register_at_once(desk: CardDesk, tries: list[tuple[str, str]]) -> list[CardResult]:
    work = [(desk.registration(phone=phone), desk.entry(number)) for phone, number in tries]
    start = threading.Barrier(len(work))

    def register(registration_id: str, entry: CardEntry) -> CardResult:
        start.wait()
        return desk.register(registration_id, entry)

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(register, *zip(*work, strict=True)))


def test_twenty_tries_of_one_card_at_once_send_two(desk: CardDesk, refuser: Refuser) -> None:
    tries = [(f"010-1234-{5600 + racer}", GOOD_CARD) for racer in range(RACERS)]

    results = register_at_once(desk, tries)
    later = desk.register(desk.registration(phone="010-9999-0000"))

    assert len(refuser.asked) == WRONG_PASSWORDS_MAX
    assert results.count(Stopped(Limit.CARD)) == RACERS - WRONG_PASSWORDS_MAX
    assert later == Stopped(Limit.CARD)


def test_twenty_checks_of_one_customer_at_once_send_five(desk: CardDesk, refuser: Refuser) -> None:
    refuser.answer = Declined(DeclineCode.CARD_NUMBER_INVALID)
    tries = [("010-1234-5678", f"94101234567890{10 + racer}") for racer in range(RACERS)]

    results = register_at_once(desk, tries)

    assert len(refuser.asked) == REFUSED_CHECKS_MAX
    assert results.count(Stopped(Limit.CUSTOMER)) == RACERS - REFUSED_CHECKS_MAX


def test_the_limits_are_those_that_the_page_about_security_names() -> None:
    page = " ".join(SECURITY.read_text(encoding="utf-8").split())

    assert (WRONG_PASSWORDS_MAX, WRONG_EXPIRIES_MAX, REFUSED_CHECKS_MAX) == (2, 5, 5)
    assert "Two wrong passwords and five wrong expiries per card and day" in page
    assert "five refused checks per customer and day" in page


def test_the_expiry_of_a_card_is_not_found_by_trying_it_with_ever_new_customers(
    desk: CardDesk, refuser: Refuser
) -> None:
    refuser.answer = Declined(DeclineCode.EXPIRY_INVALID)
    customers = [f"010-1234-{5600 + number}" for number in range(WRONG_EXPIRIES_MAX + 3)]

    results = [desk.register(desk.registration(phone=phone)) for phone in customers]
    other_card = desk.register(desk.registration(), desk.entry("9410123456789019"))

    assert results[WRONG_EXPIRIES_MAX:] == [Stopped(Limit.CARD)] * 3
    assert len(refuser.asked) == WRONG_EXPIRIES_MAX + 1
    assert other_card != Stopped(Limit.CARD)


def test_what_is_unknown_may_still_be_a_wrong_password(desk: CardDesk, refuser: Refuser) -> None:
    refuser.answer = Unknown()
    for _ in range(3):
        desk.register(desk.registration())

    assert len(refuser.asked) == WRONG_PASSWORDS_MAX


def test_what_turned_out_to_be_no_wrong_password_counts_no_longer(
    desk: CardDesk, refuser: Refuser
) -> None:
    refuser.answer = Unknown()
    for _ in range(2):
        desk.register(desk.registration())
    refuser.answer = Declined(DeclineCode.ISSUER_UNAVAILABLE)
    desk.settle(timedelta(seconds=5))

    desk.register(desk.registration())

    assert len(refuser.asked) == 3


def test_a_new_day_in_korea_gives_new_tries(desk: CardDesk, refuser: Refuser) -> None:
    desk.clock.moment = datetime(2026, 11, 23, 14, 59, tzinfo=UTC)
    for _ in range(3):
        desk.register(desk.registration())
    before_midnight = len(refuser.asked)
    desk.clock.move(timedelta(minutes=1))

    desk.register(desk.registration())

    assert (before_midnight, len(refuser.asked)) == (2, 3)


def test_another_card_is_another_card_and_another_phone_another_customer(
    desk: CardDesk, refuser: Refuser
) -> None:
    for _ in range(2):
        desk.register(desk.registration())
    other_card = desk.register(desk.registration(), desk.entry("9999000000510002"))
    same_card = desk.register(desk.registration(phone="010-2222-3333"))

    assert len(refuser.asked) == 3
    assert other_card != Stopped(Limit.CARD)
    assert same_card == Stopped(Limit.CARD)


def test_a_new_master_key_forgets_no_try(
    database: Database, stepped: SteppedWorker, refuser: Refuser
) -> None:
    old, new = MasterKeys.generate("m7"), MasterKeys.generate("m8")
    before, after = MasterKeys.parse(old), MasterKeys.parse(f"{new},{old}")
    with database.transaction() as session:
        session.execute(sa.delete(SealingKey))
        publish_keys(session, before)
    desk = CardDesk(database, Opener(database, before), stepped, refuser)
    for _ in range(2):
        desk.register(desk.registration())
    rotated = replace(desk.desk, opener=Opener(database, after))

    result = register_card(
        rotated, registration_id=desk.registration(), cause="work:after", entry=desk.entry()
    )

    assert result == Stopped(Limit.CARD)
    assert len(refuser.asked) == 2


def test_a_card_that_registers_uses_up_nothing(
    database: Database, opener: Opener, stepped: SteppedWorker
) -> None:
    class Issuer(Refuser):
        def issue_bill_key(self, order_id: str, card: CardSecrets) -> Issued | Declined | Unknown:
            return Issued(Secret(order_id), "신한", "06", "credit", "personal")  # type: ignore[arg-type]

    desk = CardDesk(database, opener, stepped, Issuer())

    results = [desk.register(desk.registration()) for _ in range(REFUSED_CHECKS_MAX + 1)]

    assert all(isinstance(result, Registered) for result in results)

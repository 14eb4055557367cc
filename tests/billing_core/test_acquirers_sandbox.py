"""The sandbox acquirer behaves as its published list of test cards says."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.issuers import card_number_fault
from billing_core.acquirers.protocol import (
    CardSecrets,
    Declined,
    Issued,
    NotFound,
    Owner,
    Removed,
    Unknown,
)
from billing_core.acquirers.sandbox import SandboxAcquirer, SandboxKey
from foundation.database import Base, Database
from foundation.sealing import Secret
from tests.billing_core.card_desk import GOOD_CARD, HandClock

REGISTERING = {
    "9999000000000004": "0000",
    "9999000000510002": "0051",
    "9999000020510008": "2051",
    "9999000000610000": "0061",
    "9999000000540009": "0054",
    "9999000000410005": "0041",
    "9999000000050009": "0005",
    "9999000000910004": "0091",
    "9999000000680003": "0068",
    "9999000010680001": "1068",
    "9999000000570006": "0057",
    "378282246310005": "0000",
    "30569309025904": "0000",
}
REFUSED = {
    "9999001400000008": DeclineCode.CARD_NUMBER_INVALID,
    "9999005400000009": DeclineCode.EXPIRY_INVALID,
    "9999005500000008": DeclineCode.PASSWORD_INVALID,
    "9999007500000004": DeclineCode.AUTH_COUNT_EXCEEDED,
    "9999008200000005": DeclineCode.IDENTITY_INVALID,
    "9999004300000003": DeclineCode.LOST_OR_STOLEN,
    "9999009100000004": DeclineCode.ISSUER_UNAVAILABLE,
}
SILENT = "9999006800000003"


@pytest.fixture
def clock(database: Database) -> HandClock:
    database.clock = HandClock()
    return database.clock


@pytest.fixture
def sandbox(database: Database, clock: HandClock) -> SandboxAcquirer:
    return SandboxAcquirer(database, read_timeout_s=0.01)


def card(
    number: str = GOOD_CARD,
    *,
    month: int = 8,
    year: int = 2029,
    holder: str = "900101",
    password: str = "12",
) -> CardSecrets:
    return CardSecrets(Secret(number), Secret(holder), Secret(password), month, year)


def test_every_test_card_passes_our_own_check_of_the_number() -> None:
    faults = [card_number_fault(number) for number in (*REGISTERING, *REFUSED, SILENT)]

    assert set(faults) == {None}


def test_cards_that_register_are_remembered_with_their_behaviour_for_charges(
    sandbox: SandboxAcquirer, database: Database
) -> None:
    issued = [sandbox.issue_bill_key(f"iss_{at}", card(n)) for at, n in enumerate(REGISTERING)]
    found = [sandbox.find_bill_key(f"iss_{at}") for at in range(len(REGISTERING))]
    with database.reading() as session:
        keys = session.scalars(sa.select(SandboxKey)).all()

    assert all(isinstance(each, Issued) for each in issued)
    assert found == issued
    assert {(key.last4, key.charge_behaviour) for key in keys} == {
        (number[-4:], charge) for number, charge in REGISTERING.items()
    }


def test_cards_that_do_not_register_say_why_and_say_it_again_when_asked(
    sandbox: SandboxAcquirer,
) -> None:
    said = {n: sandbox.issue_bill_key(f"iss_{at}", card(n)) for at, n in enumerate(REFUSED)}
    found = [sandbox.find_bill_key(f"iss_{at}") for at in range(len(REFUSED))]

    assert said == {number: Declined(code) for number, code in REFUSED.items()}
    assert found == list(said.values())


def test_the_good_card_is_a_personal_credit_card_of_the_contracts_example(
    sandbox: SandboxAcquirer,
) -> None:
    issued = sandbox.issue_bill_key("iss_1", card())

    assert isinstance(issued, Issued)
    assert (issued.issuer, issued.issuer_code) == ("신한", "06")
    assert (issued.card_type, issued.owner) == ("credit", "personal")


def test_the_silent_card_registers_and_says_so_only_when_asked(sandbox: SandboxAcquirer) -> None:
    answer = sandbox.issue_bill_key("iss_1", card(SILENT))

    assert isinstance(answer, Unknown)
    assert isinstance(sandbox.find_bill_key("iss_1"), Issued)


def test_wrong_details_and_unlisted_numbers_are_refused(sandbox: SandboxAcquirer) -> None:
    wrong = [
        (card(holder="900102"), DeclineCode.IDENTITY_INVALID),
        (card(holder="1208147521"), DeclineCode.IDENTITY_INVALID),
        (card(holder="900102", password="99"), DeclineCode.IDENTITY_INVALID),
        (card(password="21"), DeclineCode.PASSWORD_INVALID),
        (card(month=10, year=2026), DeclineCode.EXPIRY_INVALID),
        (card(month=13, year=2029), DeclineCode.EXPIRY_INVALID),
        (card("9999000000000012"), DeclineCode.CARD_NUMBER_INVALID),
        (card("9999000000520001"), DeclineCode.CARD_NUMBER_INVALID),
        (card("9999005500510006"), DeclineCode.CARD_NUMBER_INVALID),
        (card("4111111111111111"), DeclineCode.CARD_NUMBER_INVALID),
        (card("99990000000000040000"), DeclineCode.CARD_NUMBER_INVALID),
    ]
    said = [sandbox.issue_bill_key(f"iss_{at}", keyed) for at, (keyed, _) in enumerate(wrong)]

    assert said == [Declined(code) for _, code in wrong]


def test_a_card_can_be_registered_until_its_month_is_over(sandbox: SandboxAcquirer) -> None:
    assert isinstance(sandbox.issue_bill_key("iss_1", card(month=11, year=2026)), Issued)


def test_a_business_number_makes_it_a_companys_card(sandbox: SandboxAcquirer) -> None:
    issued = sandbox.issue_bill_key("iss_1", card(holder="2208162517"))

    assert isinstance(issued, Issued)
    assert issued.owner == Owner.CORPORATE


def test_an_order_id_is_good_for_one_use_whatever_it_was(sandbox: SandboxAcquirer) -> None:
    issued = sandbox.issue_bill_key("iss_1", card())
    again = sandbox.issue_bill_key("iss_1", card("9999000000510002"))

    assert isinstance(again, Unknown)
    assert sandbox.find_bill_key("iss_1") == issued
    assert isinstance(issued, Issued)
    assert isinstance(sandbox.remove_bill_key(issued.acquirer_key, "iss_1"), Unknown)
    assert sandbox.find_bill_key("iss_1") == issued


def test_a_removed_key_stays_removed_and_is_found_no_more(sandbox: SandboxAcquirer) -> None:
    issued = sandbox.issue_bill_key("iss_1", card())

    assert isinstance(issued, Issued)
    assert sandbox.remove_bill_key(issued.acquirer_key, "bk_1-1") == Removed()
    assert sandbox.remove_bill_key(issued.acquirer_key, "bk_1-2") == Removed()
    assert sandbox.find_bill_key("iss_1") == NotFound()


def test_a_key_that_never_was_cannot_be_removed(sandbox: SandboxAcquirer) -> None:
    outcome = sandbox.remove_bill_key(Secret("nonsense"), "bk_1-1")

    assert outcome == Declined(DeclineCode.BILLKEY_INVALID)


def test_a_sandbox_slower_than_the_read_time_out_loses_answers_and_keeps_the_truth(
    database: Database, clock: HandClock, sandbox: SandboxAcquirer
) -> None:
    slow = SandboxAcquirer(database, read_timeout_s=0.01, delay_s=5)

    assert isinstance(slow.issue_bill_key("iss_1", card()), Unknown)
    assert isinstance(slow.find_bill_key("iss_1"), Unknown)
    issued = sandbox.find_bill_key("iss_1")
    assert isinstance(issued, Issued)
    assert isinstance(slow.remove_bill_key(issued.acquirer_key, "bk_1-1"), Unknown)
    assert sandbox.find_bill_key("iss_1") == NotFound()


def test_the_sandbox_keeps_no_card_number(sandbox: SandboxAcquirer, database: Database) -> None:
    numbers = [*REGISTERING, *REFUSED]
    for at, number in enumerate(numbers):
        sandbox.issue_bill_key(f"iss_{at}", card(number))
    with database.reading() as session:
        tables = [Base.metadata.tables[name] for name in ("sandbox_keys", "sandbox_orders")]
        kept = repr([session.execute(sa.select(table)).all() for table in tables])

    assert "0004" in kept
    assert not [number for number in numbers if number in kept]


def test_time_moves_for_the_sandbox_too(sandbox: SandboxAcquirer, clock: HandClock) -> None:
    clock.move(timedelta(days=3 * 365))

    expired = sandbox.issue_bill_key("iss_1", card())
    assert expired == Declined(DeclineCode.EXPIRY_INVALID)

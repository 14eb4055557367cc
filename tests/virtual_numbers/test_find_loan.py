"""Who is calling: only the pair that was lent opens anything."""

from __future__ import annotations

import pytest

from foundation.database import Database
from foundation.phone_number import PhoneNumber
from tests.virtual_numbers.pool import DAY, HOUR, START, at, fill, lend, number, phone, statements
from virtual_numbers.actions.find_loan import Found, LateLoan, OpenLoan, Stranger, find_loan
from virtual_numbers.actions.return_number import return_number
from virtual_numbers.loans import PAIR_QUARANTINE

ABSENT = PhoneNumber("+827099999999")


@pytest.fixture
def loan_id(database: Database) -> str:
    """The first of two numbers, lent to the first phone at the start, for a day."""
    fill(database, 2)
    with at(database, START) as session:
        return lend(session, phone(1), "reg_1").id


def test_the_lent_pair_opens_its_request(database: Database, loan_id: str) -> None:
    with at(database, START + HOUR) as session:
        found = find_loan(session, caller=phone(1), dialled=number(0))

    assert found == OpenLoan("reg_1", loan_id)


@pytest.mark.parametrize(
    ("caller", "dialled"),
    [(phone(2), number(0)), (phone(1), number(1)), (phone(1), ABSENT), (number(0), phone(1))],
    ids=["another phone", "another number", "not in the pool", "the wrong way round"],
)
def test_any_other_pair_is_a_strangers(
    database: Database, loan_id: str, caller: PhoneNumber, dialled: PhoneNumber
) -> None:
    with at(database, START) as session:
        found = find_loan(session, caller=caller, dialled=dialled)

    assert loan_id
    assert found == Stranger()


def test_after_the_end_the_caller_is_late_for_seven_days_and_then_a_stranger(
    database: Database, loan_id: str
) -> None:
    ended_at = START + HOUR
    with at(database, ended_at) as session:
        return_number(session, "reg_1")
    seen: list[Found] = []
    for moment in (ended_at, ended_at + PAIR_QUARANTINE - HOUR, ended_at + PAIR_QUARANTINE):
        with at(database, moment) as session:
            seen.append(find_loan(session, caller=phone(1), dialled=number(0)))

    late = LateLoan("reg_1", loan_id, ended_at)
    assert seen == [late, late, Stranger()]


def test_from_the_moment_of_expiry_a_caller_is_late_even_before_any_sweep(
    database: Database, loan_id: str
) -> None:
    with at(database, START + DAY) as session:
        found = find_loan(session, caller=phone(1), dialled=number(0))

    assert found == LateLoan("reg_1", loan_id, START + DAY)


def test_an_old_loan_on_a_number_does_not_hide_the_new_one(
    database: Database, loan_id: str
) -> None:
    with at(database, START + HOUR) as session:
        return_number(session, "reg_1")
        lend(session, phone(1), "reg_between")
    with at(database, START + HOUR + PAIR_QUARANTINE) as session:
        again = lend(session, phone(1), "reg_2")
        found = find_loan(session, caller=phone(1), dialled=again.number)

    assert again.number == number(0)
    assert found == OpenLoan("reg_2", again.id)
    assert again.id != loan_id


def test_a_stranger_costs_the_same_statements_as_a_customer(
    database: Database, loan_id: str
) -> None:
    asked: list[list[str]] = []

    for caller, dialled in [(phone(1), number(0)), (phone(2), number(0)), (phone(2), ABSENT)]:
        with database.reading() as session, statements(database) as said:
            find_loan(session, caller=caller, dialled=dialled)
        asked.append([sql for sql, _values in said])

    assert loan_id
    assert asked[0]
    assert asked[0] == asked[1] == asked[2]

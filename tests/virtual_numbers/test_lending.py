"""Lending: which number a phone gets, for how long they are bound, and what if none is left."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY

from foundation.database import Database
from foundation.errors import Conflict, Unavailable
from foundation.phone_number import PhoneNumber
from tests.virtual_numbers.pool import DAY, HOUR, START, at, fill, lend, number, phone, statements
from virtual_numbers.actions.expire_loans import OVERDUE, SLICE, expire_loans
from virtual_numbers.actions.return_number import return_number
from virtual_numbers.jobs import sweeps
from virtual_numbers.loans import EndReason, Loan

EXHAUSTED = "ars_number_pool_exhausted_total"


def test_the_longest_rested_number_is_lent_first(database: Database) -> None:
    fill(database, 3)
    lent = []
    for position in range(6):
        with at(database, START + position * HOUR) as session:
            lent.append(lend(session, phone(position), f"reg_{position}").number)

    assert lent == [number(position) for position in (0, 1, 2, 0, 1, 2)]


def test_a_phone_with_two_requests_has_two_numbers(database: Database) -> None:
    fill(database, 2)
    with at(database, START) as session:
        first, second = lend(session, phone(1), "reg_1"), lend(session, phone(1), "chg_1")

    assert first.number != second.number


def test_one_number_serves_any_number_of_phones(database: Database) -> None:
    fill(database, 1)
    with at(database, START) as session:
        lent = {lend(session, phone(position), f"reg_{position}").number for position in range(9)}

    assert lent == {number(0)}


def test_a_request_that_holds_a_number_keeps_it(database: Database) -> None:
    fill(database, 2)
    with at(database, START) as session:
        first = lend(session, phone(1), "reg_1")
    with at(database, START + HOUR) as session:
        again = lend(session, phone(1), "reg_1")
        loans = session.scalar(sa.select(sa.func.count()).select_from(Loan))

    assert again.id == first.id
    assert loans == 1


def test_a_request_that_asks_again_may_hold_its_number_longer_but_not_shorter(
    database: Database,
) -> None:
    fill(database, 1)
    until = []
    for moment in (START, START + DAY, START):
        with at(database, moment) as session:
            until.append(lend(session, phone(1), "reg_1").expires_at)

    assert until == [START + DAY, START + 2 * DAY, START + 2 * DAY]


def test_a_request_that_holds_a_number_gets_none_for_another_phone(database: Database) -> None:
    fill(database, 2)
    with at(database, START) as session:
        lend(session, phone(1), "reg_1")
    with pytest.raises(Conflict), at(database, START) as session:
        lend(session, phone(2), "reg_1")


def test_a_pair_rests_seven_days_after_its_loan(database: Database) -> None:
    fill(database, 1)
    with at(database, START) as session:
        lend(session, phone(1), "reg_1")
    with at(database, START + HOUR) as session:
        return_number(session, "reg_1")
    rested = START + HOUR + 7 * DAY
    with pytest.raises(Unavailable), at(database, rested - timedelta(seconds=1)) as session:
        lend(session, phone(1), "reg_2")
    with at(database, rested) as session:
        again = lend(session, phone(1), "reg_2")

    assert again.number == number(0)


def test_without_a_free_number_the_refusal_says_what_to_do_and_is_counted(
    database: Database,
) -> None:
    before = REGISTRY.get_sample_value(EXHAUSTED) or 0
    fill(database, 1)
    with at(database, START) as session:
        lend(session, phone(1), "reg_1")
    with pytest.raises(Unavailable) as refusal, at(database, START) as session:
        lend(session, phone(1), "reg_2")

    assert refusal.value.code == "number_pool_exhausted"
    assert "operator has been told" in refusal.value.detail
    assert refusal.value.retry_after_s
    assert REGISTRY.get_sample_value(EXHAUSTED) == before + 1


@pytest.mark.parametrize(
    "second", [{"request_id": "reg_2"}, {"phone": phone(2)}], ids=["same pair", "same request"]
)
def test_the_database_itself_refuses_a_second_open_loan(
    database: Database, second: dict[str, object]
) -> None:
    fill(database, 1)
    with at(database, START) as session:
        loan = lend(session, phone(1), "reg_1")
    row = {
        "number_id": loan.number_id,
        "number": loan.number,
        "phone": loan.phone,
        "request_id": loan.request_id,
        "opened_at": START,
        "expires_at": START,
    }

    with pytest.raises(sa.exc.IntegrityError), at(database, START) as session:
        session.execute(sa.insert(Loan).values(row | {"id": "loan_2"} | second))


def test_returning_twice_keeps_the_first_moment_and_reason(database: Database) -> None:
    fill(database, 1)
    with at(database, START) as session:
        loan = lend(session, phone(1), "reg_1")
        return_number(session, "reg_1", EndReason.CANCELED)
    with at(database, START + HOUR) as session:
        return_number(session, "reg_1")
        kept = session.get_one(Loan, loan.id)

    assert (kept.ended_at, kept.end_reason) == (START, EndReason.CANCELED)


def test_returning_what_was_never_lent_does_nothing(database: Database) -> None:
    with at(database, START) as session:
        return_number(session, "reg_unknown")

        assert session.scalars(sa.select(Loan)).all() == []


def test_the_net_ends_only_loans_that_are_an_hour_overdue(database: Database) -> None:
    fill(database, 2)
    now = database.clock.now()
    with at(database, now - DAY - OVERDUE) as session:
        lend(session, phone(1), "reg_forgotten")
    with at(database, now - DAY - OVERDUE / 2) as session:
        lend(session, phone(2), "reg_expiring")

    assert [sweep.do() for sweep in sweeps(database)] == [1]
    with database.reading() as session:
        reasons = {loan.request_id: loan.end_reason for loan in session.scalars(sa.select(Loan))}
    assert reasons == {"reg_forgotten": EndReason.EXPIRED, "reg_expiring": None}


def test_the_net_ends_more_than_one_slice(database: Database) -> None:
    fill(database, 1)
    row = {
        "number": number(0),
        "opened_at": START - 9 * DAY,
        "expires_at": database.clock.now() - DAY,
    }
    with at(database, START) as session:
        row["number_id"] = lend(session, phone(1), "reg_1").number_id
        return_number(session, "reg_1")
        many = [
            row | {"id": f"loan_{n}", "phone": PhoneNumber(f"+8210{n:08}"), "request_id": f"r{n}"}
            for n in range(SLICE + 1)
        ]
        session.execute(sa.insert(Loan), many)

    assert expire_loans(database) == SLICE + 1
    assert expire_loans(database) == 0


def test_no_question_of_lending_walks_through_the_loans(database: Database) -> None:
    fill(database, 2)

    with statements(database) as asked, at(database, START) as session:
        lend(session, phone(1), "reg_1")
        return_number(session, "reg_1")
    selects = [each for each in asked if each[0].startswith(("SELECT", "UPDATE"))]
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            # With a handful of rows PostgreSQL reads them all, unless told what a million are like.
            connection.exec_driver_sql("SET enable_seqscan = off")
        plans = [
            str(row)
            for sql, values in selects
            for row in connection.exec_driver_sql(f"{explain} {sql}", values)  # type: ignore[arg-type]
        ]

    assert len(selects) >= 4
    assert not [step for step in plans if "SCAN loans" in step or "Seq Scan on loans" in step]

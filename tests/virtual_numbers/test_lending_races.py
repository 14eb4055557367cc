"""Lending at the same moment: nobody gets a pair twice, nobody is turned away for nothing."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
import sqlalchemy as sa

from foundation.database import Base, Database
from foundation.errors import Unavailable
from foundation.phone_number import PhoneNumber
from tests.postgres import PostgresServer
from tests.virtual_numbers.pool import DAY, START, at, fill, lend, number, phone
from virtual_numbers.loans import Loan
from virtual_numbers.numbers import VirtualNumber

RACERS = 8


def all_at_once(act: Callable[[int], str]) -> list[str]:
    """Have every racer act at the same moment, and collect what each got."""
    start = threading.Barrier(RACERS)

    def race(racer: int) -> str:
        start.wait()
        return act(racer)

    with ThreadPoolExecutor(RACERS) as racers:
        return list(racers.map(race, range(RACERS)))


def lend_or_code(database: Database, customer: PhoneNumber, request_id: str) -> str:
    try:
        with at(database, START) as session:
            return lend(session, customer, request_id).number.e164
    except Unavailable as refusal:
        return refusal.code


def test_requests_of_one_phone_at_the_same_moment_get_different_numbers(
    database: Database,
) -> None:
    fill(database, RACERS)

    lent = all_at_once(lambda racer: lend_or_code(database, phone(1), f"reg_{racer}"))

    assert sorted(lent) == [number(position).e164 for position in range(RACERS)]


def test_when_a_phone_asks_for_more_than_there_is_the_rest_is_refused(database: Database) -> None:
    fill(database, 3)

    lent = all_at_once(lambda racer: lend_or_code(database, phone(1), f"reg_{racer}"))

    expected = {number(position).e164: 1 for position in range(3)}
    assert Counter(lent) == expected | {"number_pool_exhausted": RACERS - 3}


def test_phones_that_come_at_the_same_moment_may_share_the_only_number(
    database: Database,
) -> None:
    fill(database, 1)

    lent = all_at_once(lambda racer: lend_or_code(database, phone(racer), f"reg_{racer}"))

    assert lent == [number(0).e164] * RACERS


def test_one_request_sent_many_times_at_once_holds_one_number(database: Database) -> None:
    fill(database, RACERS)

    lent = all_at_once(lambda _: lend_or_code(database, phone(1), "reg_1"))

    assert len(set(lent)) == 1


@pytest.fixture
def shared(postgres: PostgresServer) -> Iterator[Database]:
    """PostgreSQL, where somebody can come between two statements of ours."""
    with postgres.new_database() as url:
        database = Database(url)
        Base.metadata.create_all(database.engine)
        fill(database, 2)
        yield database
        database.close()


def come_between(database: Database, *, ended_at: datetime | None) -> None:
    """Once, between the choice of a number and the loan, lend that number to the same phone."""
    has_come: list[bool] = []

    @sa.event.listens_for(database.engine, "before_cursor_execute")
    def intrude(*event: object) -> None:
        if has_come or not str(event[2]).startswith("INSERT INTO loans"):
            return
        has_come.append(True)
        with at(database, START) as session:
            pool = sa.select(VirtualNumber).order_by(VirtualNumber.last_lent_at)
            chosen = session.scalars(pool).first()
            assert chosen
            session.add(
                Loan(
                    id="loan_intruder",
                    number_id=chosen.id,
                    number=chosen.e164,
                    phone=phone(1),
                    request_id="reg_intruder",
                    opened_at=START,
                    expires_at=START + DAY,
                    ended_at=ended_at,
                )
            )


@pytest.mark.parametrize("ended_at", [None, START], ids=["still open", "ended again"])
def test_a_loan_that_came_between_makes_us_choose_again(
    shared: Database, ended_at: datetime | None
) -> None:
    come_between(shared, ended_at=ended_at)

    with at(shared, START) as session:
        loan = lend(session, phone(1), "reg_1")

    assert loan.number == number(1)
    with shared.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Loan)) == 2


def test_a_number_somebody_is_lending_does_not_hold_up_other_customers(shared: Database) -> None:
    with at(shared, START) as session:
        mine = lend(session, phone(1), "reg_1")
        # The first transaction is still open: a wait here would never end.
        lent = [lend_or_code(shared, phone(racer), f"reg_{racer}") for racer in (2, 3)]

    assert mine.number == number(0)
    assert lent[0] == number(1).e164
    assert "number_pool_exhausted" not in lent

"""What the tests of this folder share: a pool of numbers, phones, a moment to start from, an ear."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from foundation.database import Database, Session
from foundation.phone_number import PhoneNumber
from virtual_numbers.actions.add_number import add_number
from virtual_numbers.actions.lend_number import lend_number
from virtual_numbers.loans import Loan

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@contextmanager
def at(database: Database, moment: datetime) -> Iterator[Session]:
    """A transaction that takes place at a given moment."""
    with database.transaction() as session:
        session.now = moment
        yield session


@contextmanager
def statements(database: Database) -> Iterator[list[tuple[str, object]]]:
    """Everything the database is asked meanwhile, with its values."""
    asked: list[tuple[str, object]] = []

    def remember(*event: object) -> None:
        asked.append((str(event[2]), event[3]))

    sa.event.listen(database.engine, "before_cursor_execute", remember)
    try:
        yield asked
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", remember)


def number(position: int) -> PhoneNumber:
    return PhoneNumber(f"+827070000{position:03}")


def phone(position: int) -> PhoneNumber:
    return PhoneNumber(f"+8210123456{position:02}")


def fill(database: Database, size: int) -> None:
    """Put so many numbers into the pool, each a minute longer rested than the next."""
    for position in range(size):
        with at(database, START - DAY + timedelta(minutes=position)) as session:
            add_number(session, number(position).e164)


def lend(session: Session, customer: PhoneNumber, request_id: str) -> Loan:
    return lend_number(session, phone=customer, request_id=request_id, expires_at=session.now + DAY)

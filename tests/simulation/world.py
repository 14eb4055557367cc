"""The world of every run: one real database, brought back to the same beginning before each seed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

import app  # noqa: F401 (brings every table)
from billing_core.actions.create_merchant import create_merchant
from billing_core.actions.open_registration import CardDigits, NewRegistration, open_registration
from billing_core.desk import Desk
from billing_core.jobs import register_entered_card
from billing_core.merchants import Merchant
from billing_core.registrations import Channel
from foundation.clock import Clock
from foundation.database import Base, Database, Session
from foundation.key_rotation import publish_keys
from foundation.master_keys import MasterKeys
from foundation.phone_number import PhoneNumber
from foundation.sealing import Opener, Secret
from tests.simulation.acquirer import SimulatedAcquirer
from tests.simulation.books import Books
from tests.simulation.weather import Weather
from tests.standing import in_memory
from virtual_numbers.actions.add_number import add_number

# Two in the afternoon in Korea, on a Monday.
BEGINNING = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
PHONES = tuple(f"010-2345-000{number}" for number in range(4))
POOL = ("070-1234-5678", "070-1234-5679", "070-1234-5680")
CARD = "9999000000000004"


class RunClock(Clock):
    """Moved by the run alone."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = BEGINNING

    def now(self) -> datetime:
        return self.moment


class WatchedDatabase(Database):
    """Tells a run of every transaction, so that others come between and processes die around it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.between: Callable[[str], None] = lambda _place: None
        self.crash: Callable[[str], None] = lambda _place: None
        self.is_held = False

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        self.between("before a transaction")
        with self._holding(super().transaction()) as session:
            yield session
            session.flush()
            self.crash("before a commit")
        # What a transaction stages is there from its commit on, even if we die right after it.
        for appear in session.info.pop("staged", ()):
            appear()
        self.between("after a commit")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self._holding(super().reading()) as session:
            yield session

    @contextmanager
    def _holding(self, opened: Any) -> Iterator[Session]:
        was_held, self.is_held = self.is_held, True
        try:
            with opened as session:
                yield session
        finally:
            self.is_held = was_held


class World:
    """A database with one merchant and registered cards, and what the acquirer knows of them."""

    def __init__(self, url: str) -> None:
        self.database = WatchedDatabase(url)
        self.database.clock = self.clock = RunClock()
        self.masters = MasterKeys.parse(MasterKeys.generate("m1"))
        self._books = Books()
        Base.metadata.create_all(self.database.engine)
        # An hour before, one moment after the other.
        self.clock.moment -= timedelta(hours=1)
        self.database.between = self._moment_passes
        self._furnish()
        with self.database.reading() as session:
            self._rows = {
                table: [dict(row) for row in session.execute(sa.select(table)).mappings()]
                for table in Base.metadata.sorted_tables
            }

    def begin_again(self) -> Books:
        """Bring the database back to the beginning, and return the acquirer's books of then."""
        self.clock.moment = BEGINNING
        self.database.between = self.database.crash = lambda _place: None
        with self.database.transaction() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(sa.delete(table))
            for table, rows in self._rows.items():
                if rows:
                    session.execute(sa.insert(table), rows)
        return copy.deepcopy(self._books)

    def desk(self, acquirer: Any) -> Desk:
        """A desk of a new process, which remembers nothing."""
        opener = Opener(self.database, self.masters)
        return Desk(self.database, opener, {acquirer.name: acquirer}, acquirer.name)

    def clear(self) -> None:
        """Leave no table behind."""
        Base.metadata.drop_all(self.database.engine)

    def close(self) -> None:
        self.database.close()

    def _moment_passes(self, _place: str) -> None:
        self.clock.moment += timedelta(milliseconds=1)

    def _furnish(self) -> None:
        self.database.stage = lambda _session, _job, _args, _key: None
        with self.database.transaction() as session:
            publish_keys(session, self.masters)
            merchant_id = create_merchant(session, name="한빛가스")[0].id
            for number in POOL:
                add_number(session, number)
        desk = self.desk(SimulatedAcquirer(_Furnishing(self._books, self.clock)))
        for number, phone in enumerate(PHONES):
            with self.database.transaction() as session:
                merchant = session.get_one(Merchant, merchant_id)
                request = new_registration(
                    f"R-{number}", phone, "once" if number % 2 else "each_charge"
                )
                made = open_registration(
                    session, merchant=merchant, request=request, sealer=desk.sealer
                )
            register_entered_card(desk, made.id)


@contextmanager
def sqlite_url() -> Iterator[str]:
    """A place for a database: in memory, for thousands of commits would wait for a disk."""
    with in_memory() as folder:
        yield f"sqlite:///{folder}/ars.db"


def new_registration(order_id: str, phone: str, consent: str) -> NewRegistration:
    """A registration whose card comes with the request."""
    digits = CardDigits(Secret(CARD), Secret("0829"), Secret("900101"), Secret("12"))
    return NewRegistration(
        order_id=order_id,
        channel=Channel.CARD,
        customer_ref=f"customer of {phone}",
        customer_name="홍길동",
        phone=PhoneNumber.parse(phone),
        item="LPG 요금",
        consent=consent,
        expires_in=timedelta(days=30),
        card=digits,
    )


class _Furnishing:
    """Calm surroundings, in which every card is accepted."""

    class _Yes(Random):
        def random(self) -> float:
            return 0.99

    def __init__(self, books: Books, clock: RunClock) -> None:
        self.books, self._clock = books, clock
        self.weather = Weather(self._Yes(0), is_calm=True)

    def now(self) -> datetime:
        return self._clock.now()

    def passes(self, time: timedelta) -> None: ...
    def between(self, place: str) -> None: ...
    def note(self, *what: object) -> None: ...
    def about_to_charge(self, order: object) -> None: ...
    def answered(self, order_id: str, answer: object) -> None: ...

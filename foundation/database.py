"""One database, SQLite or PostgreSQL; sessions that know the time and can stage jobs.

`Database.transaction()` opens a session for writing, `reading()` one for reading. On SQLite a
writer takes the write lock when it begins: with a deferred begin 1,564 of 2,000 competing writes
were lost to "database is locked" when measured, with an immediate one none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import Mapped, mapped_column

from foundation.clock import Clock, pause, stopwatch
from foundation.money import Money
from foundation.phone_number import PhoneNumber

# Every writer waits its turn; one that waited this long meets a stuck machine, not a busy one.
BUSY_TIMEOUT_MS = 10_000
# About as long as a write takes.
LOOK_AGAIN_S = 0.002
# With a write-ahead log, these versions can lose acknowledged writes when two connections meet
# (the WAL-reset bug: 3.7.0 to 3.51.2, repaired in 3.44.6 and 3.50.7 as well).
WAL_IS_SAFE = (
    sqlite3.sqlite_version_info >= (3, 51, 3)
    or (3, 50, 7) <= sqlite3.sqlite_version_info < (3, 51, 0)
    or (3, 44, 6) <= sqlite3.sqlite_version_info < (3, 45, 0)
)
POOL_SIZE = 8
CONNECT_TIMEOUT_S = 2
# What the driver says while the database is away, restarting, or full of writers.
DATABASE_AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)


class Moment(sa.TypeDecorator[datetime]):
    """An aware moment in UTC; SQLite, which has no time zones, keeps it as text in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("moments are aware: ask the Clock")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PhoneNumberColumn(sa.TypeDecorator[PhoneNumber]):
    """A telephone number, kept as E.164 text."""

    impl = sa.String(20)
    cache_ok = True

    def process_bind_param(self, value: PhoneNumber | None, dialect: Dialect) -> str | None:
        return value.e164 if value else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> PhoneNumber | None:
        return PhoneNumber(value) if value else None


class MoneyColumn(sa.TypeDecorator[Money]):
    """An amount, kept as an integer of won."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: Money | None, dialect: Dialect) -> int | None:
        return None if value is None else value.won

    def process_result_value(self, value: int | None, dialect: Dialect) -> Money | None:
        return None if value is None else Money(value)


class Base(orm.DeclarativeBase):
    """The mother of every table."""

    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own spelling)
        datetime: Moment,
        PhoneNumber: PhoneNumberColumn,
        Money: MoneyColumn,
        str: sa.Text,
        dict[str, Any]: sa.JSON,
        list[str]: sa.JSON,
        list[int]: sa.JSON,
    }
    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class ClockOffset(Base):
    """How far the test clock has been moved: one row, or none."""

    __tablename__ = "clock_offset"

    id: Mapped[int] = mapped_column(primary_key=True)
    seconds: Mapped[int] = mapped_column(sa.BigInteger)


Stage = Callable[["Session", str, tuple[str, ...], "str | None"], None]


class Session(orm.Session):
    """A unit of work: one database transaction, one moment, and the jobs it causes."""

    now: datetime
    staging: Stage | None = None

    def stage(self, job: str, *args: str, key: str | None = None) -> None:
        """Have the worker do `job` once this transaction has committed, and only then.

        Arguments are ids of rows, never card data. The same `key` is done once only.
        """
        if self.staging is None:
            raise RuntimeError("this session cannot stage jobs")
        self.staging(self, job, args, key)


class Database:
    """The one database of an installation."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.engine = _engine(self.url)
        self.clock = Clock(self._clock_offset)
        self.stage: Stage | None = None
        # SQLite waits by looking again after ever longer pauses, up to 100 ms. Writers of one process
        # queue up here instead, and only processes wait for each other that way.
        self._turn = RLock() if self.is_sqlite else nullcontext()
        self._writing = orm.sessionmaker(self.engine, class_=Session, expire_on_commit=False)
        self._reading = orm.sessionmaker(
            self.engine.execution_options(readonly=True), class_=Session, expire_on_commit=False
        )

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session for writing; commits at the end, rolls back on any exception."""
        with self._turn:
            now = self.clock.now()
            with self._writing.begin() as session:
                session.now = now
                session.staging = self.stage
                yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reading only; on SQLite it takes no write lock."""
        now = self.clock.now()
        with self._reading() as session:
            session.now = now
            yield session

    def move_clock(self, by: timedelta) -> timedelta:
        """Move the test clock and return its new offset."""
        with self.engine.begin() as connection:
            offset = _read_offset(connection) + by
            connection.execute(sa.delete(ClockOffset))
            connection.execute(
                sa.insert(ClockOffset).values(id=1, seconds=int(offset.total_seconds()))
            )
        return offset

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    def _clock_offset(self) -> timedelta:
        with self.engine.connect().execution_options(readonly=True) as connection:
            return _read_offset(connection)


def what_the_driver_said(error: sa.exc.SQLAlchemyError) -> str:
    """The first line of it; bound values are never part of it."""
    return (str(getattr(error, "orig", None) or error).splitlines() or [""])[0]


def _read_offset(connection: sa.Connection) -> timedelta:
    seconds = connection.scalar(sa.select(ClockOffset.seconds))
    return timedelta(seconds=seconds or 0)


def _engine(url: sa.URL) -> sa.Engine:
    # hide_parameters: an exception must never carry what was bound, which may be card data.
    if url.get_backend_name() == "sqlite":
        engine = sa.create_engine(
            url,
            hide_parameters=True,
            pool_size=POOL_SIZE,
            connect_args={"check_same_thread": False},
            poolclass=sa.QueuePool,
        )
        _prepare_sqlite(engine)
        return engine
    return sa.create_engine(
        url,
        hide_parameters=True,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
    )


def _prepare_sqlite(engine: sa.Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        prepare_sqlite_connection(connection)

    @event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("readonly"):
            connection.exec_driver_sql("BEGIN")
        else:
            _begin_writing(connection)


def _begin_writing(connection: sa.Connection) -> None:
    """Take the write lock, looking again and again with the same short pause.

    SQLite's own waiting looks ever more rarely, up to ten times a second: beside a busy worker some
    callers waited for seconds while others overtook them.
    """
    sqlite: Any = connection.connection.driver_connection
    sqlite.execute("PRAGMA busy_timeout = 0")
    try:
        until = stopwatch() + BUSY_TIMEOUT_MS / 1000
        while not _has_begun(sqlite) and stopwatch() < until:
            pause(LOOK_AGAIN_S)
        if not sqlite.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        sqlite.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def _has_begun(sqlite: sqlite3.Connection) -> bool:
    try:
        sqlite.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    return True


def prepare_sqlite_connection(connection: sqlite3.Connection) -> None:
    """Set what a payment record needs: it survives power loss, and deleted means overwritten."""
    journal = "WAL" if WAL_IS_SAFE else "TRUNCATE"
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        f"journal_mode = {journal}",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()

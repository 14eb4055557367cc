"""Writers wait for each other, and no longer than they must."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from foundation import database as database_module
from foundation.database import ClockOffset, Database

WRITERS, WRITES = 8, 20


def test_writers_at_the_same_moment_wait_for_each_other_and_lose_nothing(
    database: Database,
) -> None:
    with database.transaction() as session:
        session.add(ClockOffset(id=1, seconds=0))
    others = Database(database.url.render_as_string(hide_password=False))

    def count(through: Database) -> None:
        for _ in range(WRITES):
            with through.transaction() as session:
                session.execute(sa.update(ClockOffset).values(seconds=ClockOffset.seconds + 1))

    with ThreadPoolExecutor(WRITERS) as crowd:
        list(crowd.map(count, [database, others] * (WRITERS // 2)))

    with database.reading() as session:
        assert session.scalar(sa.select(ClockOffset.seconds)) == WRITERS * WRITES
    others.close()


def test_a_writer_who_waited_too_long_meets_an_error_and_the_next_one_does_not(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database.is_sqlite:
        return
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_MS", 50)
    other = Database(database.url.render_as_string(hide_password=False))
    done = threading.Event()

    with database.transaction() as session, ThreadPoolExecutor(1) as crowd:
        session.add(ClockOffset(id=1, seconds=1))
        session.flush()
        waiting = crowd.submit(lambda: _advance(other, done))
        error = waiting.exception()

    assert isinstance(error, sa.exc.OperationalError)
    assert not done.is_set()
    _advance(other, done)
    assert done.is_set()
    other.close()


def _advance(database: Database, done: threading.Event) -> None:
    with database.transaction() as session:
        session.execute(sa.update(ClockOffset).values(seconds=2))
    done.set()

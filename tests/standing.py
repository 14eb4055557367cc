"""Databases that stand for a whole run of tests and are emptied before each of them.

Making a database and its tables takes longer than most tests. So does compiling statements, which
an engine remembers: the tests of one process share one engine for each kind of database.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path

import app  # noqa: F401 (brings every table)
from foundation.clock import Clock
from foundation.database import Base, Database


class StandingDatabase:
    """One database with every table."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        Base.metadata.create_all(self._database.engine)
        self._emptying = [
            f"DELETE FROM {table.name}" for table in reversed(Base.metadata.sorted_tables)
        ]
        if not self._database.is_sqlite:
            # In one message: the way to the server takes longer than deleting nothing.
            self._emptying = ["; ".join(self._emptying)]

    def emptied(self) -> Database:
        """The database without a row, as if nobody had used it before: its clock, its jobs."""
        database = copy(self._database)
        database.clock = Clock(database._clock_offset)
        with database.engine.begin() as connection:
            for statement in self._emptying:
                connection.exec_driver_sql(statement)
        return database

    def close(self) -> None:
        self._database.close()


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder that is no disk where the machine has one: nothing in it outlives a test anyway."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="ars-tests-", dir=memory) as folder:
        yield Path(folder)

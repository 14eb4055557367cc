"""What every test may ask for: both databases, keys, and a worker that moves when told."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from foundation.database import Database, Session
from foundation.jobs import Job
from foundation.key_rotation import publish_keys
from foundation.master_keys import MasterKeys
from foundation.sealing import Opener, Sealer
from tests.postgres import PostgresServer, start_postgres
from tests.standing import StandingDatabase, in_memory


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones begin, so that nobody waits for the last of them alone at the end."""
    items.sort(key=lambda item: "slow" not in item.keywords)


def pytest_collection_finish() -> None:
    """Tests make much garbage; whatever is here before the first one is none and not searched."""
    gc.freeze()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server for the run: the one of TEST_DATABASE_URL, or our own."""
    with start_postgres(os.environ.get("TEST_DATABASE_URL")) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Whatever asks for a database is tried on both kinds."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A new database of each kind, without tables."""
    if kind == "sqlite":
        with in_memory() as folder:
            yield f"sqlite:///{folder}/ars.db"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.new_database() as url:
            yield url


@pytest.fixture(scope="session")
def standing_sqlite() -> Iterator[StandingDatabase]:
    with in_memory() as folder:
        standing = StandingDatabase(f"sqlite:///{folder}/ars.db")
        yield standing
        standing.close()


@pytest.fixture(scope="session")
def standing_postgresql(postgres: PostgresServer) -> Iterator[StandingDatabase]:
    with postgres.new_database() as url:
        standing = StandingDatabase(url)
        yield standing
        standing.close()


@pytest.fixture
def masters() -> MasterKeys:
    return MasterKeys.parse(MasterKeys.generate("m1"))


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest, masters: MasterKeys) -> Iterator[Database]:
    """A database with every table and the first keys, whose jobs are stepped by hand."""
    standing: StandingDatabase = request.getfixturevalue(f"standing_{kind}")
    database = standing.emptied()
    with database.transaction() as session:
        publish_keys(session, masters)
    yield database
    database.close()


@pytest.fixture
def sealer(database: Database) -> Sealer:
    return Sealer(database)


@pytest.fixture
def opener(database: Database, masters: MasterKeys) -> Opener:
    return Opener(database, masters)


class SteppedWorker:
    """A worker for tests: jobs appear when their transaction has committed, and run when told."""

    def __init__(self, database: Database) -> None:
        self.staged: list[tuple[str, tuple[str, ...]]] = []
        self.done: list[tuple[str, tuple[str, ...]]] = []
        self._jobs: dict[str, Callable[..., None]] = {}
        self._keys: set[str] = set()
        database.stage = self._stage

    def knows(self, *jobs: Job) -> SteppedWorker:
        """Teach it these jobs."""
        self._jobs.update({job.name: job.do for job in jobs})
        return self

    def work(self, most: int = 100) -> int:
        """Do what is staged, and what that stages, and return how many jobs were done."""
        count = 0
        while self.staged and count < most:
            name, args = self.staged.pop(0)
            self._jobs[name](*args)
            self.done.append((name, args))
            count += 1
        return count

    def _stage(self, session: Session, job: str, args: tuple[str, ...], key: str | None) -> None:
        waiting: list[Any] | None = session.info.get("staged")
        if waiting is None:
            waiting = session.info["staged"] = []
            event.listen(session, "after_commit", self._committed, once=True)
        waiting.append((job, args, key))

    def _committed(self, session: sa.orm.Session) -> None:
        for job, args, key in session.info.pop("staged"):
            name = f"{job}:{key}"
            if key is None or name not in self._keys:
                self._keys.add(name)
                self.staged.append((job, args))


@pytest.fixture
def stepped(database: Database) -> SteppedWorker:
    return SteppedWorker(database)

"""Fixtures for stories.

There are many stories and each wants both databases empty, so that these are made once a run and
emptied before each story: a new PostgreSQL database takes longer than a whole call.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import app  # noqa: F401 (brings every table)
from foundation.database import Base, Database
from foundation.key_rotation import publish_keys
from foundation.master_keys import MasterKeys
from tests.conftest import SteppedWorker
from tests.postgres import PostgresServer
from tests.stories.caller import Caller
from tests.stories.service import Service


@pytest.fixture(scope="session")
def standing_sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    return with_tables(f"sqlite:///{tmp_path_factory.mktemp('stories')}/ars.db")


@pytest.fixture(scope="session")
def standing_postgresql(postgres: PostgresServer) -> Iterator[str]:
    with postgres.new_database() as url:
        yield with_tables(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, masters: MasterKeys) -> Iterator[Database]:
    """Both databases, empty but for their first keys."""
    database = Database(request.getfixturevalue(f"standing_{request.param}"))
    with database.transaction() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
    with database.transaction() as session:
        publish_keys(session, masters)
    yield database
    database.close()


@pytest.fixture
def service(database: Database, masters: MasterKeys, stepped: SteppedWorker) -> Service:
    """The product on both databases."""
    return Service(database, masters, stepped)


@pytest.fixture
def caller(service: Service) -> Caller:
    """The customer of the stories."""
    return Caller(service)


def with_tables(url: str) -> str:
    """Make every table in the database at this address."""
    database = Database(url)
    Base.metadata.create_all(database.engine)
    database.close()
    return url

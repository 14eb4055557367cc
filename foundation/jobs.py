"""Work for later, on DBOS: staged in the transaction that causes it, done by a worker.

A job is staged by name with ids of rows, never with card data. It is done at least once, so every
job is safe to repeat. A sweep looks at regular intervals for rows whose time has come. This file
and `worker.py` are the only ones that know the engine underneath.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from foundation.database import Database, Session

# Three queues, so that none starves another: work a caller waits for on the line, calls to
# merchants' servers, which may hang, and everything else. A job's name says to which it belongs.
URGENT = "urgent"
DELIVERIES = "deliver"
ORDINARY = "ordinary"
ENGINE_SCHEMA = "dbos"
# More slices than a busy hour leaves behind; the next round goes on. Every sweep has a thread of its own.
SLICES_MAX = 1000


@dataclass(frozen=True)
class Job:
    """Something the worker can do, by name; `do` takes the staged ids."""

    name: str
    do: Callable[..., None]


@dataclass(frozen=True)
class Sweep:
    """Something the worker looks after every `every_s` seconds."""

    name: str
    every_s: float
    do: Callable[[], object]


def stage_with(database: Database) -> None:
    """Let the sessions of this database stage jobs."""
    # The engine takes a second to import, and commands that stage nothing need not wait for it.
    from dbos import DBOSClient, DBOSPortableJSONSerializer  # noqa: PLC0415

    client = DBOSClient(
        system_database_engine=database.engine,
        serializer=DBOSPortableJSONSerializer(),
        dbos_system_schema=ENGINE_SCHEMA,
        lazy=True,
    )

    def stage(session: Session, job: str, args: tuple[str, ...], key: str | None) -> None:
        options: dict[str, Any] = {
            "workflow_name": job,
            "queue_name": queue_of(job),
        }
        if key is not None:
            options["workflow_id"] = f"{job}:{key}"
        session.flush()
        client.enqueue_in_transaction(session, options, *args)  # type: ignore[arg-type]

    database.stage = stage


def slice_by_slice(database: Database, do: Callable[[Session], object]) -> Callable[[], None]:
    """Return a sweep that does slices, each in a transaction of its own, until `do` finds none."""

    def sweep() -> None:
        for _ in range(SLICES_MAX):
            with database.transaction() as session:
                if not do(session):
                    break

    return sweep


def queue_of(job: str) -> str:
    """The queue of a job, by the first word of its name."""
    first = job.partition("_")[0]
    return first if first in (URGENT, DELIVERIES) else ORDINARY


def migrate_engine(database: Database) -> None:
    """Bring the engine's own tables to their newest shape."""
    from dbos import DBOS  # noqa: PLC0415

    url = database.url.render_as_string(hide_password=False)
    DBOS.migrate(url, schema=ENGINE_SCHEMA)

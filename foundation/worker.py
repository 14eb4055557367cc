"""The worker: does staged jobs and sweeps, and takes over what a dead worker left behind."""

from __future__ import annotations

import fcntl
import secrets
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from sqlalchemy import event

from foundation.clock import pause
from foundation.database import Database, prepare_sqlite_connection
from foundation.errors import ArsError
from foundation.jobs import ENGINE_SCHEMA, ORDINARY, URGENT, Job, Sweep
from foundation.workers import WorkerPresent

log = structlog.get_logger()

ORDINARY_POLL_S = 0.5
# A job that meets a database that is away for five seconds must outlive it: 0.5+1+2+4+8 s.
TRIES_MAX = 6
FIRST_PAUSE_S = 0.5
# A worker whose beat stood still in four looks, two seconds apart, is dead: taken over within 10 s.
BEAT_S = 2.0
LOOKS_UNTIL_DEAD = 4
# One version for ever: the engine hands jobs of an older version to nobody.
ENGINE_VERSION = "1"


class WorkerRefused(ArsError):
    """On SQLite there is one worker, and another one is running."""


class Worker:
    """Does staged jobs and sweeps until told to stop. One per process."""

    def __init__(
        self,
        database: Database,
        *,
        jobs: Sequence[Job],
        sweeps: Sequence[Sweep],
        concurrency: int,
        urgent_poll_s: float,
    ) -> None:
        self.id = f"worker-{secrets.token_hex(8)}"
        self._database = database
        self._sweeps = sweeps
        self._stop = threading.Event()
        self._lock = _only_worker(database)
        DBOS(config=_engine_config(database, self.id, concurrency))
        self._concurrency = concurrency
        self._poll_s = {URGENT: urgent_poll_s, ORDINARY: ORDINARY_POLL_S}
        for job in jobs:
            DBOS.workflow(name=job.name)(_patient(job, self._stop))

    def run(self) -> None:
        """Work until `stop` is called."""
        DBOS.launch()
        for name, poll_s in self._poll_s.items():
            DBOS.register_queue(
                name,
                worker_concurrency=self._concurrency,
                polling_interval_sec=poll_s,
                on_conflict="always_update",
            )
        self._register()
        threads = [threading.Thread(target=self._keep_beating, name="beat", daemon=True)]
        threads += [
            threading.Thread(target=self._keep_sweeping, args=(sweep,), name=sweep.name, daemon=True)
            for sweep in self._sweeps
        ]
        for thread in threads:
            thread.start()
        log.info("worker.started", worker=self.id)
        self._stop.wait()
        for thread in threads:
            thread.join(timeout=5)
        DBOS.destroy(workflow_completion_timeout_sec=20)
        self._leave()
        log.info("worker.stopped", worker=self.id)

    def stop(self) -> None:
        """Finish what is under way and return from `run`."""
        self._stop.set()

    def _register(self) -> None:
        with self._database.transaction() as session:
            others = list(session.scalars(sa.select(WorkerPresent.id)))
            session.add(WorkerPresent(id=self.id, beat=0))
        if self._lock is not None:
            # We hold the only worker's lock, so whoever is listed besides us is dead.
            self._take_over(others)

    def _keep_beating(self) -> None:
        unchanged: dict[str, tuple[int, int]] = {}
        while not self._stop.wait(BEAT_S):
            try:
                unchanged = self._beat(unchanged)
            except sa.exc.SQLAlchemyError as error:
                # Looks count only when they succeed: a database that was away kills nobody.
                log.warning("worker.database_away", error=type(error).__name__)

    def _beat(self, unchanged: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
        with self._database.transaction() as session:
            result: Any = session.execute(
                sa.update(WorkerPresent)
                .where(WorkerPresent.id == self.id)
                .values(beat=WorkerPresent.beat + 1)
            )
            beats = {
                worker: beat
                for worker, beat in session.execute(
                    sa.select(WorkerPresent.id, WorkerPresent.beat)
                )
                if worker != self.id
            }
        if result.rowcount == 0:
            log.error("worker.taken_for_dead", worker=self.id)
            self._stop.set()
        looks = {
            worker: (beat, unchanged[worker][1] + 1 if unchanged.get(worker, (-1,))[0] == beat else 1)
            for worker, beat in beats.items()
        }
        self._take_over([worker for worker, (_, seen) in looks.items() if seen > LOOKS_UNTIL_DEAD])
        return looks

    def _take_over(self, dead: Sequence[str]) -> None:
        if not dead:
            return
        DBOS._recover_pending_workflows(list(dead))  # noqa: SLF001 (the engine's public call waits for a paid detector)
        with self._database.transaction() as session:
            session.execute(sa.delete(WorkerPresent).where(WorkerPresent.id.in_(dead)))
        log.warning("worker.took_over", dead=list(dead))

    def _leave(self) -> None:
        with suppress(sa.exc.SQLAlchemyError), self._database.transaction() as session:
            session.execute(sa.delete(WorkerPresent).where(WorkerPresent.id == self.id))

    def _keep_sweeping(self, sweep: Sweep) -> None:
        while not self._stop.wait(sweep.every_s):
            try:
                sweep.do()
            except Exception as error:  # noqa: BLE001 (outermost frame of the thread; the next round tries again)
                log.error("sweep.failed", sweep=sweep.name, error=type(error).__name__)


def _patient(job: Job, stop: threading.Event) -> Callable[..., None]:
    def do(*args: str) -> None:
        for number in range(1, TRIES_MAX + 1):
            try:
                job.do(*args)
            except Exception as error:
                log.warning("job.failed", job=job.name, args=args, attempt=number, error=repr(error))
                if number == TRIES_MAX:
                    raise
                pause(FIRST_PAUSE_S * 2 ** (number - 1))
            else:
                return

    do.__qualname__ = do.__name__ = job.name
    return do


def _engine_config(database: Database, worker_id: str, concurrency: int) -> DBOSConfig:
    return {
        "name": "ars",
        "system_database_engine": _engine_for_jobs(database, concurrency),
        "dbos_system_schema": ENGINE_SCHEMA,
        "serializer": DBOSPortableJSONSerializer(),
        "application_version": ENGINE_VERSION,
        "executor_id": worker_id,
        "log_level": "WARNING",
        "run_migrations": False,
        "max_executor_threads": 2 * concurrency + 8,
    }


def _engine_for_jobs(database: Database, concurrency: int) -> sa.Engine:
    if not database.is_sqlite:
        return sa.create_engine(
            database.url, hide_parameters=True, pool_pre_ping=True, pool_size=concurrency
        )
    # One connection is faster than many (143 against 92 jobs a second measured) and kinder to the web.
    engine = sa.create_engine(
        database.url,
        hide_parameters=True,
        poolclass=sa.QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        prepare_sqlite_connection(connection)

    return engine


def _only_worker(database: Database) -> Any:
    if not database.is_sqlite:
        return None
    path = Path(f"{database.url.database}.worker.lock")
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise WorkerRefused(
            "Another worker is running on this SQLite database, and SQLite takes one only. "
            "Use PostgreSQL for several."
        ) from None
    return lock

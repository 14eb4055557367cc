"""The worker: does staged jobs and sweeps, and takes over what a dead worker left behind."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from sqlalchemy import event

from foundation.clock import pause
from foundation.database import (
    CONNECT_TIMEOUT_S,
    DATABASE_AWAY,
    Database,
    prepare_sqlite_connection,
    what_the_driver_said,
)
from foundation.errors import ArsError
from foundation.jobs import DELIVERIES, ENGINE_SCHEMA, ORDINARY, URGENT, Job, Sweep
from foundation.logs import places
from foundation.workers import (
    BEAT_S,
    Watch,
    WorkerRefused,
    beat,
    only_worker,
    sign_in,
    sign_off,
    strike_off,
)

log = structlog.get_logger()

ORDINARY_POLL_S = 0.5
# Done jobs are remembered for as long as the same work could be staged twice.
REMEMBERED_FOR = timedelta(days=3)
FORGET_EVERY_S = 3600.0
FORGET_SLICE = 500
# A job that fails is tried again after 0.5, 1, 2, 4 and 8 s. While the database is away tries do not
# count: that is not the job's fault, and nobody else would ever take it up again.
TRIES_MAX = 6
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 8.0
# A worker that is told to stop finishes what it can in this time, well within a supervisor's patience.
GRACE_S = 10
# Callers wait for urgent work only, which waits for acquirers itself. The rest need not hurry, and
# whom it reaches does not like to be rushed; nor does the database, which has connections to count.
UNHURRIED_MAX = 16
# One version for ever: the engine hands jobs of an older version to nobody.
ENGINE_VERSION = "1"


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
        self._lock = only_worker(database)
        self._launched = threading.Event()
        self._stop = threading.Event()
        self._taken_for_dead = False
        # The threads that are doing a job.
        self._under_way: set[int] = set()
        DBOS(config=_engine_config(database, self.id, concurrency))
        self._concurrency = concurrency
        self._poll_s = {
            URGENT: urgent_poll_s,
            DELIVERIES: ORDINARY_POLL_S,
            ORDINARY: ORDINARY_POLL_S,
        }
        for job in jobs:
            DBOS.workflow(name=job.name)(self._workflow(job))

    def run(self) -> None:
        """Work until `stop` is called. Raises WorkerRefused when others took this worker for dead."""
        # Listed before the first job can be taken, so that whatever we take is found when we die.
        with self._database.transaction() as session:
            others = sign_in(session, self.id)
        beating = threading.Thread(target=self._keep_beating, name="beat", daemon=True)
        beating.start()
        self._launch()
        if self._lock is not None:
            # We hold the only worker's lock, so whoever is listed besides us is dead.
            self._take_over(others)
        sweeping = [
            threading.Thread(
                target=self._keep_sweeping, args=(sweep,), name=sweep.name, daemon=True
            )
            for sweep in (*self._sweeps, Sweep("forget_done_jobs", FORGET_EVERY_S, self._forget))
        ]
        for thread in sweeping:
            thread.start()
        log.info("worker.started", worker=self.id)
        self._stop.wait()
        for thread in (beating, *sweeping):
            thread.join(timeout=5)
        self._finish()

    def _forget(self) -> None:
        """Delete what the engine remembers of jobs that are done; it keeps them for ever by itself."""
        before = datetime.now(UTC) - REMEMBERED_FOR  # noqa: TID251 (the engine lives in real time)
        while True:
            done = DBOS.list_workflows(
                status=["SUCCESS", "ERROR"],
                completed_before=before.isoformat(),
                limit=FORGET_SLICE,
                load_input=False,
                load_output=False,
            )
            DBOS.delete_workflows([job.workflow_id for job in done])
            if len(done) < FORGET_SLICE or self._stop.is_set():
                return

    def stop(self) -> None:
        """Finish what is under way and return from `run`."""
        self._stop.set()

    def _launch(self) -> None:
        DBOS.launch()
        for name, poll_s in self._poll_s.items():
            DBOS.register_queue(
                name,
                worker_concurrency=_share_of(name, self._concurrency),
                polling_interval_sec=poll_s,
                on_conflict="always_update",
            )
        self._launched.set()

    def _finish(self) -> None:
        DBOS.destroy(workflow_completion_timeout_sec=GRACE_S)
        if self._taken_for_dead:
            raise WorkerRefused(
                "Other workers took this one for dead, because it stood still for several seconds, "
                "and have taken over its work. Start it again."
            )
        with suppress(sa.exc.SQLAlchemyError), self._database.transaction() as session:
            sign_off(session, self.id)
        log.info("worker.stopped", worker=self.id, left_behind=len(self._under_way))
        if self._under_way:
            # A job that waits for somebody else would hold the process; it is taken over instead.
            os._exit(0)

    def _keep_beating(self) -> None:
        watch = Watch()
        while not self._stop.wait(BEAT_S):
            try:
                self._beat(watch)
            except sa.exc.SQLAlchemyError as error:
                # Looks count only when they succeed: a database that was away kills nobody.
                log.warning("worker.database_away", error=what_the_driver_said(error))

    def _beat(self, watch: Watch) -> None:
        with self._database.transaction() as session:
            others = beat(session, self.id)
        if others is None:
            log.error("worker.taken_for_dead", worker=self.id)
            self._taken_for_dead = True
            self._stop.set()
        elif self._launched.is_set():
            self._take_over(watch.dead(others))

    def _take_over(self, dead: Sequence[str]) -> None:
        if not dead:
            return
        taken = DBOS._recover_pending_workflows(list(dead))  # noqa: SLF001 (the engine's public call waits for a paid detector)
        with self._database.transaction() as session:
            strike_off(session, dead)
        log.info("worker.took_over", dead=list(dead), jobs=len(taken))

    def _keep_sweeping(self, sweep: Sweep) -> None:
        while not self._stop.wait(sweep.every_s):
            _do_once(sweep)

    def _workflow(self, job: Job) -> Callable[..., None]:
        def do(*args: str) -> None:
            self._under_way.add(threading.get_ident())
            try:
                _do_patiently(job, args)
            finally:
                self._under_way.discard(threading.get_ident())

        do.__qualname__ = do.__name__ = job.name
        return do


def _share_of(queue: str, concurrency: int) -> int:
    """How many jobs of a queue are done at once."""
    return concurrency if queue == URGENT else min(concurrency, UNHURRIED_MAX)


def _do_once(sweep: Sweep) -> None:
    try:
        sweep.do()
    except DATABASE_AWAY as error:
        log.warning("sweep.database_away", sweep=sweep.name, error=what_the_driver_said(error))
    except Exception as error:  # noqa: BLE001 (the next round tries again)
        told, where = _told(error), places(error)
        log.error("sweep.failed", sweep=sweep.name, error=told, at=where)  # noqa: TRY400 (see _told)


def _do_patiently(job: Job, args: tuple[str, ...]) -> None:
    failures, pause_s = 0, FIRST_PAUSE_S
    while True:
        try:
            return job.do(*args)
        except DATABASE_AWAY as error:
            log.warning(
                "job.database_away", job=job.name, args=args, error=what_the_driver_said(error)
            )
        except Exception as error:  # noqa: BLE001 (whatever a job raises is its failure)
            failures += 1
            told, where = _told(error), places(error)
            log.warning(
                "job.failed", job=job.name, args=args, attempt=failures, error=told, at=where
            )
            if failures == TRIES_MAX:
                # The engine keeps what is raised.
                raise RuntimeError(f"{job.name}: {told} at {where[-1]}") from None
        pause(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def _told(error: Exception) -> str:
    """What may be said of an error: only our own messages are known to hold nothing of a card."""
    return repr(error) if isinstance(error, ArsError) else type(error).__name__


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
            database.url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=min(concurrency, UNHURRIED_MAX),
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
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

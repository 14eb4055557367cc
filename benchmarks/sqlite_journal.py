"""SQLite's two journals, with a web process beside a busy worker: how long does the web wait?

    python -m benchmarks.sqlite_journal

Two processes on one file, each with four threads: the worker writes as fast as it is let, or forty
times a second; the web writes forty times a second and reads as often. Modes are measured in turns.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

import foundation.database
from foundation.database import Base, Database

MODES = {"rollback (TRUNCATE)": False, "write-ahead log": True}
# The worker's writes a second; None is as fast as it can.
WORKERS = {"at forty writes a second": 40.0, "without pause": None}
WEB_PER_S = 40.0
THREADS = 4
LASTS_S = 6.0
ROWS = 500


class Row(Base):
    """A row as wide as a turn in a journal."""

    __tablename__ = "journal_rows"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


def main() -> int:
    """Measure every mode beside every worker and print the table."""
    heads = ("median", "p95", "p99", "median", "p95", "p99")
    print(f"{'':<50}{'web writes, ms':>24}{'web reads, ms':>24}{'worker':>9}")
    print(
        f"{'journal':<22}{'worker':<28}"
        + "".join(f"{head:>8}" for head in heads)
        + f"{'a second':>9}"
    )
    for worker, per_s in WORKERS.items():
        for mode, wal in MODES.items():
            writes, reads, done = side_by_side(wal=wal, worker_per_s=per_s)
            figures = "".join(f"{figure:>8.1f}" for figure in (*summary(writes), *summary(reads)))
            print(f"{mode:<22}{worker:<28}{figures}{done / LASTS_S:>9.0f}")
    return 0


def side_by_side(*, wal: bool, worker_per_s: float | None) -> tuple[list[float], list[float], int]:
    """Run web and worker on one new file; return the web's writes and reads, and the worker's count."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder)}/ars.db"
        # The one place where the mode is not decided by the version of the library.
        foundation.database.WAL_IS_SAFE = wal
        database = Database(url)
        Base.metadata.create_all(database.engine)
        with database.transaction() as session:
            session.add_all(Row(id=number, text="-" * 200) for number in range(ROWS))
        database.close()
        forked = multiprocessing.get_context("fork")
        with forked.Pool(1) as worker:
            working = worker.apply_async(busy, (url, worker_per_s, True))
            writes, reads = busy(url, WEB_PER_S, False)
            done, _none = working.get()
    return writes, reads, len(done)


def busy(url: str, per_s: float | None, is_worker: bool) -> tuple[list[float], list[float]]:
    """Write in several threads for a while; the web reads as well. Return the seconds of each."""
    database = Database(url)
    writes: list[float] = []
    reads: list[float] = []
    kinds: list[tuple[Callable[[Database], None], list[float]]] = [(write, writes)]
    if not is_worker:
        kinds.append((read, reads))
    over = threading.Event()
    with ThreadPoolExecutor(THREADS * len(kinds)) as crowd:
        for do, seconds in kinds:
            for _ in range(THREADS):
                crowd.submit(keep, do, database, per_s and per_s / THREADS, seconds, over)
        time.sleep(LASTS_S)
        over.set()
    database.close()
    return writes, reads


def keep(
    do: Callable[[Database], None],
    database: Database,
    per_s: float | None,
    seconds: list[float],
    over: threading.Event,
) -> None:
    """Do it at this rate until it is over."""
    while not over.is_set():
        began = time.monotonic()
        do(database)
        took = time.monotonic() - began
        seconds.append(took)
        if per_s:
            over.wait(max(0.0, 1 / per_s - took))


def write(database: Database) -> None:
    """One small transaction."""
    chosen = time.monotonic_ns() % ROWS
    with database.transaction() as session:
        session.execute(sa.select(Row.text).where(Row.id == chosen)).one()
        session.execute(sa.update(Row).where(Row.id == chosen).values(text="+" * 200))


def read(database: Database) -> None:
    """One look."""
    with database.reading() as session:
        session.execute(sa.select(Row.text).where(Row.id == time.monotonic_ns() % ROWS)).one()


def summary(seconds: list[float]) -> tuple[Any, ...]:
    """Median, p95 and p99 in milliseconds."""
    cuts = [cut * 1e3 for cut in statistics.quantiles(seconds, n=100)]
    return cuts[49], cuts[94], cuts[98]


if __name__ == "__main__":
    sys.exit(main())

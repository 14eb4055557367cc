"""Who is at work: one row per worker, whose beat counts up while it lives.

No clock is compared between machines: whoever sees a beat stand still in several looks of its own
takes that worker for dead. On SQLite a lock file says that there is one worker only.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Database, Session
from foundation.errors import ArsError

# A worker whose beat stood still in four looks, two seconds apart, is dead: taken over within 10 s.
BEAT_S = 2.0
LOOKS_UNTIL_DEAD = 4
# The beat of a worker that has stopped: whatever it left unfinished is taken over at the next look.
LEFT = -1


class WorkerRefused(ArsError):
    """This worker must not go on: another one has its place."""


class WorkerPresent(Base):
    """A worker that is at work, or that left something behind."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(primary_key=True)
    beat: Mapped[int] = mapped_column(sa.BigInteger)


class Watch:
    """Tells the dead from the living."""

    def __init__(self) -> None:
        self._looks: dict[str, tuple[int, int]] = {}

    def dead(self, beats: Mapping[str, int]) -> list[str]:
        """Look at the beats of the others once, and return whose work must be taken over."""
        self._looks = {worker: self._look(worker, beat) for worker, beat in beats.items()}
        return [
            worker
            for worker, (beat, looks) in self._looks.items()
            if beat == LEFT or looks >= LOOKS_UNTIL_DEAD
        ]

    def _look(self, worker: str, beat: int) -> tuple[int, int]:
        before, looks = self._looks.get(worker, (beat, 0))
        return beat, looks + 1 if before == beat else 1


def sign_in(session: Session, worker: str) -> list[str]:
    """List a worker, and return who is listed besides it."""
    others = list(session.scalars(sa.select(WorkerPresent.id)))
    session.add(WorkerPresent(id=worker, beat=0))
    return others


def beat(session: Session, worker: str) -> dict[str, int] | None:
    """Count one beat and return those of the others; None when this worker was taken for dead."""
    result: Any = session.execute(
        sa.update(WorkerPresent)
        .where(WorkerPresent.id == worker)
        .values(beat=WorkerPresent.beat + 1)
    )
    if result.rowcount == 0:
        return None
    listed = session.execute(
        sa.select(WorkerPresent.id, WorkerPresent.beat).where(WorkerPresent.id != worker)
    )
    return {other.id: other.beat for other in listed}


def sign_off(session: Session, worker: str) -> None:
    """Say that a worker has stopped; whoever sees it takes over what it left behind."""
    session.execute(sa.update(WorkerPresent).where(WorkerPresent.id == worker).values(beat=LEFT))


def strike_off(session: Session, workers: Sequence[str]) -> None:
    """Forget workers whose work has been taken over."""
    session.execute(sa.delete(WorkerPresent).where(WorkerPresent.id.in_(workers)))


def only_worker(database: Database) -> int | None:
    """Take the place of the one worker on SQLite; None elsewhere. Raises WorkerRefused."""
    if not database.is_sqlite:
        return None
    lock = os.open(f"{database.url.database}.worker.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise WorkerRefused(
            "Another worker is running on this SQLite database, and SQLite takes one only. "
            "Use PostgreSQL for several."
        ) from None
    return lock

"""Calls and their journals. On the hot path of every turn: prepared statements, no objects.

A call's row is locked while a turn is answered, so that deliveries at the same moment are answered
one after the other, identically.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Session
from foundation.phone_number import PhoneNumber
from ivr.facts import Facts
from ivr.replay import Entry
from ivr.turns import Json

# A call that has been silent for longer than any question takes is gone, whatever we were told:
# the longest is a card number keyed at the slowest pace that is still waited for.
ALIVE = timedelta(minutes=3)
# So much a call may have lived longer than its row says: not every turn writes it again.
NOTED_EVERY = timedelta(seconds=10)
SLICE = 100


class CallRow(Base):
    """One call: who called which number about what, and its facts."""

    __tablename__ = "calls"

    sid: Mapped[str] = mapped_column(primary_key=True)
    caller: Mapped[PhoneNumber]
    dialled: Mapped[PhoneNumber]
    request_id: Mapped[str] = mapped_column(index=True)
    merchant_id: Mapped[str]
    facts: Mapped[dict[str, Any]]
    # Entries before this position belong to a script that was changed during the call.
    journal_from: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    last_turn_at: Mapped[datetime]
    # We said goodbye ourselves; a call without it that ended was cut off.
    closed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_how: Mapped[str | None]


class JournalRow(Base):
    """One answered turn of a call."""

    __tablename__ = "journal"

    call_sid: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    kept: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class HeldWork(Base):
    """Work a caller waits for, and its outcome once the worker has done it."""

    __tablename__ = "held_work"
    __table_args__ = (
        # What is still to be done is little; what was ever done is not.
        sa.Index(
            "ix_held_work_undone",
            "staged_at",
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        ),
    )

    call_sid: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[dict[str, Any] | None]
    staged_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


@dataclass(frozen=True)
class OpenCall:
    """A call as one turn needs it: its facts and everything answered so far."""

    sid: str
    facts: Facts
    merchant_id: str
    request_id: str
    caller: str
    dialled: str
    journal_from: int
    journal: tuple[Entry, ...]
    last_turn_at: datetime
    ended: bool

    @property
    def length(self) -> int:
        """How many turns have been answered; the next one has this position."""
        return self.journal_from + len(self.journal)


_calls: Any = CallRow.__table__
_journal: Any = JournalRow.__table__
_held: Any = HeldWork.__table__


def _text(characters: str) -> Any:
    return sa.literal_column(f"'{characters}'")


_entry = (
    _text("[")
    + sa.cast(_journal.c.position, sa.Text)
    + _text(',"')
    + _journal.c.key
    + _text('",')
    + sa.cast(_journal.c.kept, sa.Text)
    + _text("]")
)
# A row for each entry would cost more than everything that is worked out from them.
_entries = (
    sa.select(sa.func.aggregate_strings(_entry, _text(",")))
    .where(_journal.c.call_sid == _calls.c.sid, _journal.c.position >= _calls.c.journal_from)
    .scalar_subquery()
)
_CALL = sa.select(
    _calls.c.facts,
    _calls.c.merchant_id,
    _calls.c.request_id,
    _calls.c.caller,
    _calls.c.dialled,
    _calls.c.journal_from,
    _calls.c.last_turn_at,
    _calls.c.ended_at,
    _entries.label("entries"),
).where(_calls.c.sid == sa.bindparam("sid"))
_LOCKED_CALL = _CALL.with_for_update(of=_calls)
_APPEND = sa.insert(_journal)
_NOTE_ALIVE = (
    sa.update(_calls)
    .where(_calls.c.sid == sa.bindparam("this"))
    .values(last_turn_at=sa.bindparam("moment"))
)
_OUTCOME = (
    sa.select(_held.c.position, _held.c.outcome, _held.c.staged_at)
    .where(_held.c.call_sid == sa.bindparam("sid"))
    .order_by(_held.c.position.desc())
    .limit(1)
)


def lock_call(session: Session, sid: str) -> OpenCall | None:
    """Lock a call and read it, or None where there is no such call.

    Who had to wait for the lock may hold a journal of before. Entries have one position each, so
    `write_entry` then raises IntegrityError, and the turn is answered anew.
    """
    return _read_call(session, sid, _LOCKED_CALL)


def newest_call(session: Session, request_id: str) -> OpenCall | None:
    """Read the last call about this request, without holding it."""
    newest = (
        sa.select(_calls.c.sid)
        .where(_calls.c.request_id == request_id)
        .order_by(_calls.c.started_at.desc(), _calls.c.sid)
        .limit(1)
    )
    sid = session.scalar(newest)
    return _read_call(session, sid, _CALL) if sid else None


def _read_call(session: Session, sid: str, statement: Any) -> OpenCall | None:
    row = session.connection().execute(statement, {"sid": sid}).first()
    if row is None:
        return None
    entries = sorted(json.loads(f"[{row.entries or ''}]"))
    return OpenCall(
        sid=sid,
        facts=Facts.from_json(row.facts),
        merchant_id=row.merchant_id,
        request_id=row.request_id,
        caller=row.caller.e164,
        dialled=row.dialled.e164,
        journal_from=row.journal_from,
        journal=tuple(Entry(key, kept) for _position, key, kept in entries),
        last_turn_at=row.last_turn_at,
        ended=row.ended_at is not None,
    )


def write_entry(session: Session, call: OpenCall, key: str, kept: Json) -> None:
    """Append one answered turn, and note now and then that the call is alive."""
    entry = {"call_sid": call.sid, "position": call.length, "key": key, "kept": dict(kept)}
    session.connection().execute(_APPEND, {**entry, "at": session.now})
    if session.now - call.last_turn_at >= NOTED_EVERY:
        session.execute(_NOTE_ALIVE, {"this": call.sid, "moment": session.now})


def newest_held_work(session: Session, sid: str) -> Any:
    """The work the call is held for: position, outcome and when it was staged."""
    return session.execute(_OUTCOME, {"sid": sid}).first()


def close_call(session: Session, sid: str) -> None:
    """Note that the goodbye has been served."""
    session.execute(
        sa.update(_calls)
        .where(_calls.c.sid == sid, _calls.c.closed_at.is_(None))
        .values(closed_at=session.now)
    )


def is_alive_elsewhere(session: Session, request_id: str) -> bool:
    """Whether another call about this request is going on."""
    alive = sa.select(CallRow.sid).where(
        CallRow.request_id == request_id,
        CallRow.ended_at.is_(None),
        CallRow.closed_at.is_(None),
        CallRow.last_turn_at > session.now - ALIVE,
    )
    return session.scalars(alive.limit(1)).first() is not None


def has_undone_work(session: Session, request_id: str) -> bool:
    """Whether something an earlier caller agreed to is still to be done."""
    undone = (
        sa.select(HeldWork.call_sid)
        .join(CallRow, CallRow.sid == HeldWork.call_sid)
        .where(CallRow.request_id == request_id, _held.c.outcome.is_(None))
    )
    return session.scalars(undone.limit(1)).first() is not None


def forget_check_sums(session: Session, sid: str) -> None:
    """Forget what the journal keeps of numbers in the making: once whole, their sums only narrow them."""
    pieces = sa.select(_journal.c.position, _journal.c.kept).where(
        _journal.c.call_sid == sid, _journal.c.key.startswith("card number")
    )
    for position, kept in session.execute(pieces).all():
        if "checksum" in kept:
            rest = {name: value for name, value in kept.items() if name not in ("checksum", "tail")}
            session.execute(
                sa.update(_journal)
                .where(_journal.c.call_sid == sid, _journal.c.position == position)
                .values(kept=rest)
            )


def forgotten_work(session: Session, waiting_since: datetime) -> list[tuple[str, int]]:
    """Held work that was staged before this moment and never done, the oldest first."""
    undone = (
        sa.select(_held.c.call_sid, _held.c.position)
        .where(_held.c.outcome.is_(None), _held.c.staged_at < waiting_since)
        .order_by(_held.c.staged_at)
    )
    return [(sid, position) for sid, position in session.execute(undone.limit(SLICE))]


def restart_script(session: Session, sid: str, length: int) -> None:
    """Forget the journal so far, and what the caller was held for: the script was changed meanwhile."""
    session.execute(sa.update(_calls).where(_calls.c.sid == sid).values(journal_from=length))
    session.execute(
        sa.update(_held)
        .where(_held.c.call_sid == sid, _held.c.outcome.is_(None))
        .values(outcome={"kind": "Unknown"}, done_at=session.now)
    )

"""Reconciliation: our ledger against the acquirer's list of a day, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.acquirers.protocol import Listed
from billing_core.timestamps import rfc3339
from foundation.database import Base

_OPEN = sa.text("settled_at IS NULL")


class Kind(StrEnum):
    """What differs."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    AMOUNT_DIFFERS = "amount_differs"
    # The same payment, but not as much of it was given back.
    STATUS_DIFFERS = "status_differs"


class Difference(Base):
    """One difference, kept until a later run finds it settled."""

    __tablename__ = "reconciliation_differences"
    __table_args__ = (
        sa.Index(
            "uq_reconciliation_differences_open",
            "acquirer",
            "order_id",
            "kind",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        sa.Index("ix_reconciliation_differences_day", "acquirer", "day"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date]
    acquirer: Mapped[str]
    kind: Mapped[str]
    order_id: Mapped[str]
    transaction_id: Mapped[str]
    # In won; null where one side knows nothing of it.
    ours: Mapped[int | None] = mapped_column(sa.BigInteger)
    theirs: Mapped[int | None] = mapped_column(sa.BigInteger)
    found_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class ReconciledDay(Base):
    """A day that was compared with one acquirer; whoever compares it holds this row."""

    __tablename__ = "reconciled_days"

    acquirer: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    # Null while the first comparison is under way.
    last_run_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Ours:
    """One payment as our ledger has it, in won."""

    order_id: str
    transaction_id: str
    paid: int
    given_back: int


@dataclass(frozen=True)
class Found:
    """One difference as a comparison finds it."""

    kind: Kind
    order_id: str
    transaction_id: str
    ours: int | None
    theirs: int | None


def compare(ours: Mapping[str, Ours], theirs: Mapping[str, Listed]) -> Iterator[Found]:
    """Find what differs between payments by order id."""
    for order_id in sorted(ours.keys() | theirs.keys()):
        our, their = ours.get(order_id), theirs.get(order_id)
        if our and their:
            yield from _differing(our, their)
        elif our:
            yield Found(Kind.MISSING_THERE, order_id, our.transaction_id, our.paid, None)
        elif their and their.canceled < their.amount:
            # What was undone before anybody took it is no payment.
            left = their.amount.won - their.canceled.won
            yield Found(Kind.MISSING_HERE, order_id, their.transaction_id, None, left)


def _differing(our: Ours, their: Listed) -> Iterator[Found]:
    where = our.order_id, their.transaction_id
    if our.paid != their.amount.won:
        yield Found(Kind.AMOUNT_DIFFERS, *where, our.paid, their.amount.won)
    if our.given_back != their.canceled.won:
        yield Found(Kind.STATUS_DIFFERS, *where, our.given_back, their.canceled.won)


def difference_view(difference: Difference) -> dict[str, Any]:
    """The difference as operators see it."""
    return {
        "id": difference.id,
        "day": difference.day.isoformat(),
        "acquirer": difference.acquirer,
        "kind": difference.kind,
        "order_id": difference.order_id,
        "transaction_id": difference.transaction_id,
        "ours": difference.ours,
        "theirs": difference.theirs,
        "found_at": rfc3339(difference.found_at),
        "settled_at": rfc3339(difference.settled_at),
    }

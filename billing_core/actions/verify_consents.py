"""Walk every chain of consent records and say where one is broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from billing_core.consent_records import CHAIN_START, ConsentRecord, hash_of
from billing_core.merchants import Merchant
from foundation.database import Session

# Records are read in slices, so that a million of them need no more memory than a thousand.
SLICE = 1000
# What was written past us may be no JSON, no moment, or no text.
UNREADABLE = (ValueError, TypeError, sa.exc.DBAPIError)


@dataclass(frozen=True)
class Break:
    """A place where a chain does not hold, and why."""

    merchant_id: str
    position: int
    why: str


def verify_consents(session: Session) -> tuple[int, list[Break]]:
    """Return how many records were read and every break that was found."""
    count, breaks = 0, list(_of_nobody(session))
    for merchant in session.scalars(sa.select(Merchant).order_by(Merchant.id)).all():
        expected: int = 1
        previous: str | None = CHAIN_START
        for position, record in _chain(session, merchant.id):
            count += 1
            if why := _fault(position, record, expected, previous):
                breaks.append(Break(merchant.id, position, why))
            expected, previous = position + 1, record.hash if record else None
        if expected != merchant.consents + 1:
            breaks.append(Break(merchant.id, expected, "records are missing at the end"))
    return count, breaks


def _of_nobody(session: Session) -> Iterator[Break]:
    """Records slipped in beside every chain: no merchant sees them, yet a copy of the table has them."""
    nobodys = (
        sa.select(ConsentRecord.merchant_id, ConsentRecord.position)
        .where(ConsentRecord.merchant_id.not_in(sa.select(Merchant.id)))
        .order_by(ConsentRecord.merchant_id, ConsentRecord.position)
    )
    for merchant_id, position in session.execute(nobodys):
        yield Break(merchant_id, position, "there is no such merchant")


def _chain(session: Session, merchant_id: str) -> Iterator[tuple[int, ConsentRecord | None]]:
    """Every position of a chain with its record, or with None where that cannot be read."""
    own = sa.select(ConsentRecord.position).where(ConsentRecord.merchant_id == merchant_id)
    ordered, after = own.order_by(ConsentRecord.position).limit(SLICE), None
    while some := session.scalars(
        ordered if after is None else ordered.where(ConsentRecord.position > after)
    ).all():
        records = _read(session, merchant_id, some)
        yield from ((position, records.get(position)) for position in some)
        session.expunge_all()
        after = some[-1]


def _read(
    session: Session, merchant_id: str, positions: Sequence[int]
) -> Mapping[int, ConsentRecord]:
    which = sa.select(ConsentRecord).where(
        ConsentRecord.merchant_id == merchant_id, ConsentRecord.position.in_(positions)
    )
    try:
        return {record.position: record for record in session.scalars(which)}
    except UNREADABLE:
        if len(positions) == 1:
            return {}
    # One of them spoils the slice, and must not hide what became of the others.
    middle = len(positions) // 2
    halves = positions[:middle], positions[middle:]
    return {
        at: record for half in halves for at, record in _read(session, merchant_id, half).items()
    }


def _fault(
    position: int, record: ConsentRecord | None, expected: int, previous: str | None
) -> str | None:
    if position != expected:
        return f"position {expected} is missing"
    if record is None:
        return "it cannot be read any more"
    if previous not in (None, record.previous_hash):
        return "it does not follow the record before it"
    if record.hash != _hash_of(record):
        return "its text, key, time or call was changed"
    return None


def _hash_of(record: ConsentRecord) -> str | None:
    try:
        return hash_of(record)
    except UNREADABLE:
        return None

"""Walk every chain of consent records and say where one is broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from billing_core.consent_records import CHAIN_START, ConsentRecord, hash_of
from billing_core.merchants import Merchant
from foundation.database import Session

# Records are read in slices, so that a million of them need no more memory than a thousand.
SLICE = 1000


@dataclass(frozen=True)
class Break:
    """A place where a chain does not hold, and why."""

    merchant_id: str
    position: int
    why: str


def verify_consents(session: Session) -> tuple[int, list[Break]]:
    """Return how many records were read and every break that was found."""
    count, breaks = 0, []
    for merchant in session.scalars(sa.select(Merchant).order_by(Merchant.id)):
        expected, previous = 1, CHAIN_START
        for record in _chain(session, merchant.id):
            count += 1
            if why := _fault(record, expected, previous):
                breaks.append(Break(merchant.id, record.position, why))
            expected, previous = record.position + 1, record.hash
        if expected != merchant.consents + 1:
            breaks.append(Break(merchant.id, expected, "records are missing at the end"))
    return count, breaks


def _chain(session: Session, merchant_id: str) -> Iterator[ConsentRecord]:
    yield from session.scalars(
        sa.select(ConsentRecord)
        .where(ConsentRecord.merchant_id == merchant_id)
        .order_by(ConsentRecord.position)
        .execution_options(yield_per=SLICE)
    )


def _fault(record: ConsentRecord, expected: int, previous: str) -> str | None:
    if record.position != expected:
        return f"position {expected} is missing"
    if record.previous_hash != previous:
        return "it does not follow the record before it"
    if record.hash != hash_of(record):
        return "its text, key, time or call was changed"
    return None

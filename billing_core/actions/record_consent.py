"""Record that a key was pressed after certain words, in the merchant's chain of consents."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from billing_core.consent_records import CHAIN_START, ConsentRecord, hash_of
from billing_core.merchants import Merchant
from foundation.database import Session
from foundation.ids import new_id

_merchants: Any = Merchant.__table__
_records: Any = ConsentRecord.__table__
# Counting locks the merchant's row until the end of the transaction, so that positions have no gap.
_NEXT_POSITION = (
    sa.update(_merchants)
    .where(_merchants.c.id == sa.bindparam("this"))
    .values(consents=_merchants.c.consents + 1)
    .returning(_merchants.c.consents, _merchants.c.livemode)
)
_HASH_AT = sa.select(_records.c.hash).where(
    _records.c.merchant_id == sa.bindparam("merchant"),
    _records.c.position == sa.bindparam("position"),
)


def record_consent(
    session: Session,
    *,
    merchant_id: str,
    request_id: str,
    subject: str,
    words: str,
    version: str,
    language: str,
    key: str,
    facts: dict[str, Any],
    call_sid: str,
    caller: str,
    dialled: str,
) -> ConsentRecord:
    """Append one record to the merchant's chain."""
    connection = session.connection()
    position, livemode = connection.execute(_NEXT_POSITION, {"this": merchant_id}).one()
    before = {"merchant": merchant_id, "position": position - 1}
    previous = connection.scalar(_HASH_AT, before)
    record = ConsentRecord(
        id=new_id("cns", session.now),
        merchant_id=merchant_id,
        livemode=livemode,
        position=position,
        request_id=request_id,
        subject=subject,
        words=words,
        version=version,
        language=language,
        key=key,
        facts=facts,
        call_sid=call_sid,
        caller=caller,
        dialled=dialled,
        pressed_at=session.now,
        previous_hash=previous or CHAIN_START,
        hash="",
    )
    record.hash = hash_of(record)
    session.add(record)
    session.flush()
    return record

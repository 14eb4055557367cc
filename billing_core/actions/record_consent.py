"""Record that a key was pressed after certain words, in the merchant's chain of consents."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from billing_core.consent_records import CHAIN_START, ConsentRecord, hash_of
from billing_core.merchants import Merchant
from foundation.database import Session
from foundation.ids import new_id


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
    """Append one record. The merchant's row is locked, so that positions have no gap."""
    merchant = session.scalars(
        sa.select(Merchant).where(Merchant.id == merchant_id).with_for_update(key_share=True)
    ).one()
    previous = session.scalar(
        sa.select(ConsentRecord.hash).where(
            ConsentRecord.merchant_id == merchant_id, ConsentRecord.position == merchant.consents
        )
    )
    merchant.consents += 1
    record = ConsentRecord(
        id=new_id("cns", session.now),
        merchant_id=merchant_id,
        livemode=merchant.livemode,
        position=merchant.consents,
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

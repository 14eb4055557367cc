"""A consent record stands in a dispute: the words spoken, the key pressed, when, in which call.

The records of a merchant form a chain: each carries the hash of the one before it, so that none
can be changed, removed or slipped in later without `ars consents verify` noticing.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.timestamps import rfc3339
from foundation.database import Base

CHAIN_START = "0" * 64


class ConsentRecord(Base):
    """One key pressed after one sentence."""

    __tablename__ = "consent_records"
    __table_args__ = (
        sa.UniqueConstraint("merchant_id", "position"),
        sa.Index("ix_consent_records_merchant", "merchant_id", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    merchant_id: Mapped[str]
    livemode: Mapped[bool]
    position: Mapped[int] = mapped_column(sa.BigInteger)
    # The registration or charge that was agreed to.
    request_id: Mapped[str] = mapped_column(index=True)
    # What was agreed to: "automatic_payment", "card_data" or "charge".
    subject: Mapped[str]
    words: Mapped[str]
    # Which wording it was: the ids of the prompts and a hash of their unfilled text.
    version: Mapped[str]
    language: Mapped[str]
    key: Mapped[str]
    # What the words were filled with: merchant, item, amount, card, months.
    facts: Mapped[dict[str, Any]]
    call_sid: Mapped[str]
    caller: Mapped[str]
    dialled: Mapped[str]
    pressed_at: Mapped[datetime]
    previous_hash: Mapped[str]
    hash: Mapped[str]


def hash_of(record: ConsentRecord) -> str:
    """SHA-256 over everything the record says, in canonical JSON, and the hash before it."""
    said = {
        "id": record.id,
        "merchant": record.merchant_id,
        "livemode": record.livemode,
        "position": record.position,
        "request": record.request_id,
        "subject": record.subject,
        "words": record.words,
        "version": record.version,
        "language": record.language,
        "key": record.key,
        "facts": record.facts,
        "call": record.call_sid,
        "caller": record.caller,
        "dialled": record.dialled,
        "pressed_at": record.pressed_at.isoformat(),
        "previous": record.previous_hash,
    }
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def consent_record_view(record: ConsentRecord) -> dict[str, Any]:
    """The record as merchants see it."""
    return {
        "id": record.id,
        "object": "consent_record",
        "livemode": record.livemode,
        "request": record.request_id,
        "subject": record.subject,
        "text": record.words,
        "text_version": record.version,
        "language": record.language,
        "key_pressed": record.key,
        "facts": record.facts,
        "call": {"sid": record.call_sid, "from": record.caller, "to": record.dialled},
        "pressed_at": rfc3339(record.pressed_at),
        "chain": {
            "position": record.position,
            "previous_hash": record.previous_hash,
            "hash": record.hash,
        },
        "metadata": {},
        "created_at": rfc3339(record.pressed_at),
    }

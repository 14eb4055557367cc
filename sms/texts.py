"""A text message: its row, its life, and what the merchant sees of it.

queued        waits for a worker, or for its next try
sending       a worker is handing it to the provider
sent          the provider has taken it; not yet proof of arrival
delivered     the operator reports that it arrived
undelivered   the provider took it, and reports that it did not arrive
failed        never taken by the provider
unknown       perhaps taken, for the answer was lost: the provider is asked a minute later
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from prometheus_client import Counter
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Session
from foundation.lifecycle import Lifecycle
from foundation.phone_number import PhoneNumber

# Operators put "[Web발신]" and a newline in front, ten bytes that many count against the 90.
SMS_BYTES_MAX = 80
LMS_BYTES_MAX = 2_000

TEXTS = Counter("ars_texts", "Text messages that reached a status", ["result"])


class TextStatus(StrEnum):
    """Where a text is in its life."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


class TextKind(StrEnum):
    """Short or long: what the operator charges for."""

    SMS = "SMS"
    LMS = "LMS"


_S = TextStatus
# The provider's own answer may still be written down.
UNANSWERED = frozenset({_S.SENDING, _S.UNKNOWN})
# Receipts may come before our own answer is written down, and in any order. Proof of arrival has
# the last word, so that every order ends in the same row.
LIFECYCLE = Lifecycle(
    {
        _S.QUEUED: {_S.SENDING, _S.FAILED},
        _S.SENDING: {_S.QUEUED, _S.SENT, _S.DELIVERED, _S.UNDELIVERED, _S.FAILED, _S.UNKNOWN},
        # Back to the queue only on proof that the provider never processed it.
        _S.UNKNOWN: {_S.QUEUED, _S.SENT, _S.DELIVERED, _S.UNDELIVERED, _S.FAILED},
        _S.SENT: {_S.DELIVERED, _S.UNDELIVERED},
        _S.UNDELIVERED: {_S.DELIVERED},
        _S.DELIVERED: set(),
        _S.FAILED: set(),
    }
)


# Told of a text that failed or did not arrive, in the transaction in which that became known.
OnFailed = Callable[["Session", "Text"], None]


def _words_of(words: type[StrEnum]) -> Sequence[str]:
    return [word.value for word in words]


def _words(words: type[StrEnum]) -> sa.Enum:
    return sa.Enum(words, native_enum=False, length=20, values_callable=_words_of)


class Text(Base):
    """One text message to one number."""

    __tablename__ = "texts"

    id: Mapped[str] = mapped_column(primary_key=True)
    merchant_id: Mapped[str]
    request_id: Mapped[str] = mapped_column(index=True)
    template: Mapped[str]
    to: Mapped[PhoneNumber]
    body: Mapped[str]
    language: Mapped[str]
    kind: Mapped[TextKind] = mapped_column(_words(TextKind))
    bytes: Mapped[int]
    status: Mapped[TextStatus] = mapped_column(_words(TextStatus))
    provider_sid: Mapped[str | None] = mapped_column(unique=True)
    error_code: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    # When the sweep has to look at it again: a try that is due, a job that got lost, a worker that
    # died while sending. Empty as soon as nobody needs to.
    next_attempt_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("ix_texts_to_created_at", "to", "created_at"),
        # The caps are counted from these three alone, without touching the rows.
        sa.Index("ix_texts_merchant_day", "merchant_id", "created_at", "error_code"),
        sa.Index("ix_texts_day", "created_at", "error_code"),
        sa.Index(
            "ix_texts_due",
            "next_attempt_at",
            sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
            postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
        ),
    )


def kind_of(byte_count: int) -> TextKind:
    """Return how a text of this many bytes goes out."""
    return TextKind.SMS if byte_count <= SMS_BYTES_MAX else TextKind.LMS


def move_text(session: Session, text: Text, to: TextStatus, *, why: str, **values: Any) -> None:
    """Bring a text to another status, and count it; nobody looks at it again unless said so."""
    values.setdefault("next_attempt_at", None)
    LIFECYCLE.move(session, text, to, why=why, **values)
    TEXTS.labels(to.value).inc()


def locked_text(session: Session, text_id: str) -> Text | None:
    """Return the text, held against every other writer until the transaction ends."""
    return session.get(Text, text_id, with_for_update=True, populate_existing=True)


def brief_view(session: Session, text_id: str | None) -> dict[str, str] | None:
    """Return what the merchant sees of a text, inside a registration or a charge."""
    text = session.get(Text, text_id) if text_id else None
    return {"id": text.id, "status": text.status.value} if text else None

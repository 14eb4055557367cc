"""An issue attempt asks an acquirer, once, to check a card and issue a bill key.

It is committed before anything is sent, under an order id of its own that is never used again.
Unknown is a state: only an explicit yes is success, only an explicit no is failure.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.inquiries import Inquired
from foundation.database import Base
from foundation.lifecycle import Lifecycle
from foundation.phone_number import PhoneNumber


class Status(StrEnum):
    """Where an issue attempt stands."""

    SENDING = "sending"
    ISSUED = "issued"
    DECLINED = "declined"
    UNKNOWN = "unknown"


LIFE = Lifecycle(
    {
        Status.SENDING: {Status.ISSUED, Status.DECLINED, Status.UNKNOWN},
        Status.UNKNOWN: {Status.ISSUED, Status.DECLINED},
        Status.ISSUED: set(),
        Status.DECLINED: set(),
    }
)


class IssueAttempt(Inquired, Base):
    """One request to one acquirer about one card."""

    __tablename__ = "issue_attempts"
    __table_args__ = (
        # Two attempts of one request can never be under way together.
        sa.Index(
            "uq_issue_attempts_open",
            "request_id",
            unique=True,
            sqlite_where=sa.text("status IN ('sending', 'unknown')"),
            postgresql_where=sa.text("status IN ('sending', 'unknown')"),
        ),
        sa.Index("ix_issue_attempts_card_day", "card_hash", "kst_day"),
        sa.Index("ix_issue_attempts_customer_day", "phone", "kst_day"),
    )

    # Our order id at the acquirer.
    id: Mapped[str] = mapped_column(primary_key=True)
    # The registration, or the charge whose customer keyed another card.
    request_id: Mapped[str]
    merchant_id: Mapped[str]
    phone: Mapped[PhoneNumber]
    # The held work that asked for it ("CA…:17"), so that work done twice finds its first attempt.
    cause: Mapped[str] = mapped_column(unique=True)
    acquirer: Mapped[str]
    status: Mapped[str] = mapped_column(index=True)
    # Keyed hash of the card number: counts tries over callers and merchants, and opens nothing.
    card_hash: Mapped[str]
    kst_day: Mapped[date]
    last4: Mapped[str]
    card_expiry: Mapped[str]
    decline_code: Mapped[str | None]
    outcome: Mapped[dict[str, Any] | None]
    sent_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

"""A charge attempt asks an acquirer, once, for an approval, under an order id that is never reused.

It is committed before anything is sent. A second attempt of a charge is sent only when the first is
declined, voided, or proven absent; the database refuses two open ones.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.inquiries import Inquired
from foundation.database import Base
from foundation.lifecycle import Lifecycle
from foundation.money import Money


class Status(StrEnum):
    """Where a charge attempt stands."""

    SENDING = "sending"
    UNKNOWN = "unknown"
    APPROVED = "approved"
    DECLINED = "declined"
    # Undone at the acquirer before anybody had its approval, or proven absent there.
    VOIDED = "voided"


LIFE = Lifecycle(
    {
        Status.SENDING: {Status.APPROVED, Status.DECLINED, Status.UNKNOWN, Status.VOIDED},
        Status.UNKNOWN: {Status.APPROVED, Status.DECLINED, Status.VOIDED},
        Status.APPROVED: set(),
        Status.DECLINED: set(),
        Status.VOIDED: set(),
    }
)


class ChargeAttempt(Inquired, Base):
    """One request for one approval."""

    __tablename__ = "charge_attempts"
    __table_args__ = (
        sa.Index(
            "uq_charge_attempts_open",
            "charge_id",
            unique=True,
            sqlite_where=sa.text("status IN ('sending', 'unknown')"),
            postgresql_where=sa.text("status IN ('sending', 'unknown')"),
        ),
    )

    # Our order id at the acquirer.
    id: Mapped[str] = mapped_column(primary_key=True)
    charge_id: Mapped[str] = mapped_column(index=True)
    merchant_id: Mapped[str]
    # The held work, retry or request that asked for it, so that work done twice finds it.
    cause: Mapped[str] = mapped_column(unique=True)
    acquirer: Mapped[str]
    # The bill key it is sent on, or the card keyed in the call ("ec_…").
    key_id: Mapped[str]
    status: Mapped[str]
    amount: Mapped[Money]
    tax_free_amount: Mapped[Money]
    months: Mapped[int]
    is_interest_free: Mapped[bool]
    # A consent is used once: the database refuses a second attempt on it.
    consent_record_id: Mapped[str | None] = mapped_column(unique=True)
    decline_code: Mapped[str | None]
    transaction_id: Mapped[str | None] = mapped_column(index=True)
    # By the acquirer's clock, whose days the reconciliation compares.
    approved_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[dict[str, Any] | None]
    # A void was asked for and may still be on its way: until that is over, no approval is taken.
    void_sent_at: Mapped[datetime | None]
    sent_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

"""A refund gives back an approved charge, whole or in part; it can be unknown like a charge."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.charges import Charge
from billing_core.inquiries import Inquired
from billing_core.timestamps import rfc3339
from foundation.database import Base, Session
from foundation.lifecycle import Lifecycle
from foundation.money import Money


class Status(StrEnum):
    """Where a refund stands."""

    PROCESSING = "processing"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


LIFE = Lifecycle(
    {
        Status.PROCESSING: {Status.SUCCEEDED, Status.FAILED, Status.UNKNOWN},
        Status.UNKNOWN: {Status.SUCCEEDED, Status.FAILED},
        Status.SUCCEEDED: set(),
        # It was proven absent and has landed all the same: then the money is back.
        Status.FAILED: {Status.SUCCEEDED},
    }
)


class Refund(Inquired, Base):
    """One request to give money back; its id is our cancel id at the acquirer."""

    __tablename__ = "refunds"

    id: Mapped[str] = mapped_column(primary_key=True)
    charge_id: Mapped[str] = mapped_column(index=True)
    merchant_id: Mapped[str]
    livemode: Mapped[bool]
    status: Mapped[str]
    amount: Mapped[Money]
    tax_free_amount: Mapped[Money]
    reason: Mapped[str]
    failure: Mapped[dict[str, Any] | None]
    # Committed before the acquirer is asked; null while nothing has been sent.
    sent_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    completed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


def locked_refund(session: Session, refund_id: str) -> tuple[Charge, Refund]:
    """Return the refund and its charge, held against other writers; always in this order."""
    owner = sa.select(Refund.charge_id).where(Refund.id == refund_id)
    held = partial(session.get_one, with_for_update=True, populate_existing=True)
    charge = held(Charge, session.scalars(owner).one())
    return charge, held(Refund, refund_id)


def refund_view(refund: Refund) -> dict[str, Any]:
    """The refund as merchants see it."""
    return {
        "id": refund.id,
        "object": "refund",
        "livemode": refund.livemode,
        "status": refund.status,
        "charge": refund.charge_id,
        "amount": refund.amount.won,
        "tax_free_amount": refund.tax_free_amount.won,
        "reason": refund.reason,
        "failure": refund.failure,
        "metadata": refund.details,
        "completed_at": rfc3339(refund.completed_at),
        "created_at": rfc3339(refund.created_at),
    }

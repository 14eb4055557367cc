"""Late approvals: money that moved after its attempt was given up, remembered until it is back."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.acquirers.protocol import Approved
from billing_core.charge_attempts import ChargeAttempt
from foundation.database import Base, Session
from foundation.money import Money

log = structlog.get_logger()


class LateApproval(Base):
    """An approval that nobody may take any more: it is cancelled at the acquirer."""

    __tablename__ = "late_approvals"

    # The attempt, which is the order id at the acquirer.
    id: Mapped[str] = mapped_column(primary_key=True)
    charge_id: Mapped[str] = mapped_column(index=True)
    acquirer: Mapped[str]
    transaction_id: Mapped[str]
    amount: Mapped[Money]
    tax_free_amount: Mapped[Money]
    tries: Mapped[int] = mapped_column(default=0)
    # Null once the acquirer has confirmed that nothing is captured.
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)
    canceled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


def remember_late_approval(session: Session, attempt: ChargeAttempt, approved: Approved) -> None:
    """Have an approval cancelled. Safe to repeat while the attempt is locked."""
    if session.get(LateApproval, attempt.id) is not None:
        return
    session.add(
        LateApproval(
            id=attempt.id,
            charge_id=attempt.charge_id,
            acquirer=attempt.acquirer,
            transaction_id=approved.transaction_id,
            amount=attempt.amount,
            tax_free_amount=attempt.tax_free_amount,
            tries=0,
            next_try_at=session.now,
            created_at=session.now,
        )
    )
    session.flush()
    session.stage("cancel_late_approval", attempt.id, key=attempt.id)
    log.error("charge.approved_too_late", attempt=attempt.id, charge=attempt.charge_id)

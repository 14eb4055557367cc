"""A loan: one number of the pool, lent to one phone for one request.

The pair (phone, number) is what a caller is recognised by, so the database itself refuses a second
open loan on a pair. A pair stays bound for a while after its loan has ended: a customer who redials
an old text must not land in a new request.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Session
from foundation.phone_number import PhoneNumber

# People redial from an old text for days; after a week it has sunk out of sight.
PAIR_QUARANTINE = timedelta(days=7)


class EndReason(StrEnum):
    """Why a loan is over."""

    RETURNED = "returned"
    EXPIRED = "expired"
    CANCELED = "canceled"


_OPEN = sa.text("ended_at IS NULL")


class Loan(Base):
    """One number lent to one phone for one request; open until `ended_at` is set."""

    __tablename__ = "loans"
    __table_args__ = (
        sa.Index(
            "uq_loans_open_pair",
            "phone",
            "number_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        sa.Index(
            "uq_loans_open_request",
            "request_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        # Answers "is this pair bound?" and "who is calling?" from the index, however many loans.
        sa.Index("ix_loans_pair", "phone", "number_id", "ended_at"),
        sa.Index(
            "ix_loans_open_expires_at",
            "expires_at",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    number_id: Mapped[str] = mapped_column(sa.ForeignKey("virtual_numbers.id"))
    number: Mapped[PhoneNumber]
    phone: Mapped[PhoneNumber]
    request_id: Mapped[str]
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None] = mapped_column(
        sa.Enum(EndReason, native_enum=False, length=20, values_callable=list)
    )

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


def number_lent(session: Session, request_id: str) -> PhoneNumber | None:
    """The number at which the customer of a request may call now, if there is one."""
    query = sa.select(Loan.number).where(
        Loan.request_id == request_id, Loan.ended_at.is_(None), Loan.expires_at > session.now
    )
    return session.scalar(query)


def binds_its_pair(now: datetime) -> sa.ColumnElement[bool]:
    """Whether a loan keeps its pair from being lent: it is open, or ended a short while ago."""
    return sa.or_(Loan.ended_at.is_(None), Loan.ended_at > now - PAIR_QUARANTINE)

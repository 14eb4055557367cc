"""The pool: telephone numbers of ours that take calls, each lent to many customers at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Session
from foundation.lifecycle import Lifecycle
from foundation.phone_number import PhoneNumber
from virtual_numbers.loans import Loan

# A number that has left the pool may have been somebody else's; a day lets the last callers go by.
NUMBER_REST = timedelta(hours=24)


class NumberStatus(StrEnum):
    """Whether a number is lent."""

    ACTIVE = "active"
    RETIRED = "retired"


LIFECYCLE = Lifecycle(
    {
        NumberStatus.ACTIVE: {NumberStatus.RETIRED},
        NumberStatus.RETIRED: {NumberStatus.ACTIVE},
    }
)


class VirtualNumber(Base):
    """A number of the pool."""

    __tablename__ = "virtual_numbers"
    __table_args__ = (
        # The order in which numbers are tried when one is lent: the longest rested first.
        sa.Index("ix_virtual_numbers_by_rest", "status", "last_lent_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    e164: Mapped[PhoneNumber] = mapped_column(unique=True)
    status: Mapped[NumberStatus] = mapped_column(
        sa.Enum(NumberStatus, native_enum=False, length=20, values_callable=list)
    )
    # Until first lent, the moment it came: NULL sorts first in one database, last in the other.
    last_lent_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @property
    def is_active(self) -> bool:
        return self.status is NumberStatus.ACTIVE

    @property
    def has_been_lent(self) -> bool:
        return self.last_lent_at > self.created_at

    @property
    def rests_until(self) -> datetime | None:
        """When a retired number may come back."""
        return self.retired_at + NUMBER_REST if self.retired_at else None


def loans_open_by_number(session: Session) -> Mapping[str, int]:
    """How many customers hold each number now, by its id; a number nobody holds is absent."""
    counted = (
        sa.select(Loan.number_id, sa.func.count())
        .where(Loan.ended_at.is_(None))
        .group_by(Loan.number_id)
    )
    return dict(session.execute(counted).all())

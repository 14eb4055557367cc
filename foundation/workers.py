"""Who is at work: one row per living worker."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base


class WorkerPresent(Base):
    """A living worker. Its beat counts up; no clock is compared between machines."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(primary_key=True)
    beat: Mapped[int] = mapped_column(sa.BigInteger)

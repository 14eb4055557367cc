"""Card digits on their way to the acquirer: sealed, named by their place, and soon destroyed.

An answer is kept from the moment it was keyed until its work is done or its call has ended, ten
minutes at most. Work and journals refer to an answer by its place and never carry the box itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Session
from foundation.sealing import ANSWERS, Sealed, SealedColumn, Sealer

ANSWER_LIFE = timedelta(minutes=10)


class SealedAnswer(Base):
    """One sealed answer at one place, such as "CA…:14" or "reg_…:expiry"."""

    __tablename__ = "sealed_answers"

    id: Mapped[str] = mapped_column(primary_key=True)
    # The call or the registration whose end destroys it.
    owner: Mapped[str] = mapped_column(index=True)
    box: Mapped[Sealed] = mapped_column(SealedColumn)
    expires_at: Mapped[datetime] = mapped_column(index=True)


_table: Any = SealedAnswer.__table__
_KEEP = sa.insert(_table)


@dataclass(frozen=True)
class CardEntry:
    """Where the answers about one card are. A number keyed in pieces has several places."""

    number: tuple[str, ...]
    expiry: str
    holder: str
    password: str


def keep_answer(session: Session, sealer: Sealer, *, owner: str, place: str, digits: str) -> None:
    """Seal digits and keep them at their place."""
    answer = {
        "id": place,
        "owner": owner,
        "box": sealer.seal(ANSWERS, digits, place, session),
        "expires_at": session.now + ANSWER_LIFE,
    }
    # A caller waits for this on every turn, so it goes past the unit of work.
    session.connection().execute(_KEEP, answer)


def destroy_answers(session: Session, owner: str) -> None:
    """Destroy every answer of a call or registration. Safe to repeat."""
    session.execute(sa.delete(SealedAnswer).where(SealedAnswer.owner == owner))


def destroy_old_answers(session: Session) -> None:
    """Destroy whatever is older than its life, whoever forgot it."""
    session.execute(sa.delete(SealedAnswer).where(SealedAnswer.expires_at <= session.now))

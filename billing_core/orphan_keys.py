"""Orphan keys: keys at an acquirer that belong to no bill key, remembered until they are gone.

An answer that comes too late leaves one. Both orphans and revoked bill keys are removed at the
acquirer; how far that has come stands in `key_removals`.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.issue_attempts import IssueAttempt
from foundation.database import Base, Session
from foundation.sealing import Sealed, SealedColumn


class OrphanKey(Base):
    """A live key at an acquirer that nobody here will ever charge."""

    __tablename__ = "orphan_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    # One order makes one key at most.
    attempt_id: Mapped[str] = mapped_column(unique=True)
    acquirer: Mapped[str]
    acquirer_key: Mapped[Sealed] = mapped_column(SealedColumn)
    created_at: Mapped[datetime]
    # The acquirer has confirmed that the key is gone.
    removed_at: Mapped[datetime | None]


class KeyRemoval(Base):
    """Tries to remove one key at its acquirer: a bill key's or an orphan, by its id."""

    __tablename__ = "key_removals"

    id: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(index=True)


def keep_orphan(session: Session, attempt: IssueAttempt, orphan_id: str, box: Sealed) -> None:
    """Remember an orphan and have it removed. Safe to repeat while the attempt is locked."""
    known = sa.select(OrphanKey.id).where(OrphanKey.attempt_id == attempt.id)
    if session.scalar(known) is not None:
        return
    session.add(
        OrphanKey(
            id=orphan_id,
            attempt_id=attempt.id,
            acquirer=attempt.acquirer,
            acquirer_key=box,
            created_at=session.now,
            removed_at=None,
        )
    )
    session.flush()
    session.stage("remove_acquirer_key", orphan_id, key=orphan_id)

"""Idempotency keys as they are remembered: what each was used for, and the answer it got."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Session

# Ours to keep longer than any client repeats; forgotten by a sweep, so in truth a little later.
REMEMBERED = timedelta(days=15)
# Forgetting must not keep other writers waiting.
SLICE = 1000


class IdempotencyKey(Base):
    """A key, what it was used for, and the answer once there is one."""

    __tablename__ = "idempotency_keys"

    merchant_id: Mapped[str] = mapped_column(primary_key=True)
    method: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    # Whose turn it is; another token means that somebody else has taken over.
    token: Mapped[str]
    claimed_at: Mapped[datetime]
    # Empty while the request runs.
    status: Mapped[int | None]
    content_type: Mapped[str | None]
    body: Mapped[bytes | None]
    # The hash of the API key that can open the body, where the body shows a secret.
    opens_with: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True)
class Slot:
    """What a key is unique in: merchant, method and path; and who asks, for what."""

    merchant_id: str
    method: str
    path: str
    key: str
    fingerprint: str
    api_key: str


@dataclass(frozen=True)
class Claim:
    """The right to answer a slot, once."""

    slot: Slot
    token: str


@dataclass(frozen=True)
class Answer:
    """An answer as it goes over the wire. One that shows a secret is kept closed."""

    status: int
    content_type: str
    body: bytes
    shows_secret: bool = False


def forget_old_keys(session: Session) -> int:
    """Forget one slice of the keys whose time is over; return how many that were."""
    identity = sa.tuple_(*sa.inspect(IdempotencyKey).primary_key)
    old = (
        sa.select(*sa.inspect(IdempotencyKey).primary_key)
        .where(IdempotencyKey.created_at < session.now - REMEMBERED)
        .limit(SLICE)
    )
    result: Any = session.execute(
        sa.delete(IdempotencyKey)
        .where(identity.in_(old))
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)

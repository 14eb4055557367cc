"""What gateways' webhooks told us: kept until a worker has read it, and a name to know repeats by.

A notice is a reason to ask, never a fact. It is kept only where it is about an order of ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.acquirers.gateway import Notice
from billing_core.charge_attempts import ChargeAttempt
from foundation.database import Base, Session

# Gateways repeat a notice for four days at most.
KEPT_FOR = timedelta(days=7)
SLICE = 500


class AcquirerNotice(Base):
    """One notice of one gateway."""

    __tablename__ = "acquirer_notices"

    # The gateway, and the hash of what makes this notice this one.
    id: Mapped[str] = mapped_column(primary_key=True)
    gateway: Mapped[str]
    attempt_id: Mapped[str]
    # What the signature is over; gone as soon as it has been read.
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[str | None]
    received_at: Mapped[datetime] = mapped_column(index=True)
    read_at: Mapped[datetime | None]


def is_about_us(session: Session, notice: Notice) -> bool:
    """Whether a notice is about an order of ours."""
    # PostgreSQL takes no NUL and no half of a character; whatever holds one is no order of ours.
    name = notice.order_id
    return name.isprintable() and session.get(ChargeAttempt, name) is not None


def keep_notice(
    session: Session, gateway: str, notice: Notice, headers: Mapping[str, str], body: str
) -> None:
    """Keep a notice about an order of ours and have it read. A repeat changes nothing."""
    digest = hashlib.sha256(notice.fingerprint.encode(errors="surrogatepass")).hexdigest()
    notice_id = f"{gateway}:{digest}"
    row = {
        "id": notice_id,
        "gateway": gateway,
        "attempt_id": notice.order_id,
        "headers": dict(headers),
        "body": body,
        "received_at": session.now,
    }
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    fresh = session.execute(
        insert(AcquirerNotice).values(row).on_conflict_do_nothing().returning(AcquirerNotice.id)
    ).one_or_none()
    if fresh is not None:
        session.stage("read_notice", notice_id, key=notice_id)


def forget_old_notices(session: Session) -> int:
    """Delete a slice of what no gateway will repeat any more; return how many there were."""
    old = (
        sa.select(AcquirerNotice.id)
        .where(AcquirerNotice.received_at < session.now - KEPT_FOR)
        .limit(SLICE)
    )
    ids = session.scalars(old).all()
    session.execute(sa.delete(AcquirerNotice).where(AcquirerNotice.id.in_(ids)))
    return len(ids)

"""Set charges going again whose planned retry is due."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import structlog
from prometheus_client import Counter

from billing_core.actions.retry_charge import retry_charge
from billing_core.charges import Charge, Status
from foundation.database import Database
from foundation.errors import Conflict, InvalidRequest, Unavailable

# One round of the sweep; each charge has a transaction of its own, for one may be refused a text.
SLICE = 100
# No number is free, or too many texts went to this phone: neither lasts.
POSTPONED = timedelta(hours=1)

# Refused, or asked again once and not heard.
PLANNED = (Status.DECLINED, Status.EXPIRED)

RETRIED = Counter("ars_charges_retried", "Planned retries that were set going.", ["consent"])

log = structlog.get_logger()


def retry_due_charges(database: Database) -> int:
    """Retry one slice of what is due; return how many were found."""
    with database.reading() as session:
        due = session.scalars(
            sa.select(Charge.id)
            .where(Charge.status.in_(PLANNED), Charge.next_retry_at <= session.now)
            .order_by(Charge.next_retry_at)
            .limit(SLICE)
        ).all()
    for charge_id in due:
        try:
            _retry(database, charge_id)
        except Unavailable as refusal:
            _postpone(database, charge_id, refusal)
    return len(due)


def _retry(database: Database, charge_id: str) -> None:
    with database.transaction() as session:
        charge = session.get_one(Charge, charge_id, with_for_update=True)
        is_due = charge.next_retry_at is not None and charge.next_retry_at <= session.now
        if charge.status not in PLANNED or not is_due:
            return
        try:
            with session.begin_nested():
                retry_charge(session, charge, why="its planned retry was due")
        except (Conflict, InvalidRequest) as obstacle:
            # The bill key was revoked, its consent does not hold any more, or no text can say this.
            # What was rolled back still stands in the object.
            session.refresh(charge)
            charge.next_retry_at = None
            log.warning("charge.not_retried", charge=charge_id, why=obstacle.detail)
            return
        charge.retries += 1
        RETRIED.labels(charge.consent).inc()


def _postpone(database: Database, charge_id: str, refusal: Unavailable) -> None:
    with database.transaction() as session:
        charge = session.get_one(Charge, charge_id, with_for_update=True)
        if charge.status in PLANNED and charge.next_retry_at is not None:
            charge.next_retry_at = session.now + POSTPONED
    log.warning("charge.retry_postponed", charge=charge_id, code=refusal.code)

"""Revoke a bill key: from now on nothing can be charged with it.

The acquirer's own key is removed later, by a sweep over revoked keys that have no `removed_at`:
no acquirer is called while a merchant waits.
"""

from __future__ import annotations

import sqlalchemy as sa
import structlog

from billing_core.bill_keys import BillKey, Status, move
from billing_core.charges import Charge
from foundation.database import Session

log = structlog.get_logger()


def revoke_bill_key(
    session: Session, bill_key: BillKey, *, why: str = "revoked by the merchant"
) -> BillKey:
    """Revoke it and tell the merchant. Revoking it again changes nothing."""
    if bill_key.status != Status.REVOKED:
        move(session, bill_key, Status.REVOKED, why=why)
        _plan_nothing(session, bill_key)
        log.info("bill_key.revoked", bill_key=bill_key.id)
    return bill_key


def _plan_nothing(session: Session, bill_key: BillKey) -> None:
    session.execute(
        sa.update(Charge)
        .where(Charge.bill_key_id == bill_key.id, Charge.next_retry_at.is_not(None))
        .values(next_retry_at=None)
    )

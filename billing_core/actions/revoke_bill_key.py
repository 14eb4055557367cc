"""Revoke a bill key: from now on nothing can be charged with it.

The acquirer's own key is removed later, by a sweep over revoked keys that have no `removed_at`:
no acquirer is called while a merchant waits.
"""

from __future__ import annotations

import structlog

from billing_core.bill_keys import BillKey, Status, move
from foundation.database import Session

log = structlog.get_logger()


def revoke_bill_key(
    session: Session, bill_key: BillKey, *, why: str = "revoked by the merchant"
) -> BillKey:
    """Revoke it and tell the merchant. Revoking it again changes nothing."""
    if bill_key.status != Status.REVOKED:
        move(session, bill_key, Status.REVOKED, why=why)
        log.info("bill_key.revoked", bill_key=bill_key.id)
    return bill_key

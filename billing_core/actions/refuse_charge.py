"""Record that the customer said no to a charge: nothing is tried again by itself.

The no counts from the key that said it, whatever the caller does next. Asked why, they may add a
reason or say "later", so the merchant is told when the call is over: see `finish_refusal`.
"""

from __future__ import annotations

import structlog

from billing_core.charges import LIFE, Charge, Status, is_being_refused
from foundation.database import Session

log = structlog.get_logger()


def refuse_charge(session: Session, charge: Charge, reason: str = "") -> None:
    """Note the no, or its `reason`: "wrong_amount", "stopping" or nothing.

    A no after a declined card leaves the charge declined, and freezes its retries all the same.
    Whoever only wants to pay later refuses nothing: see `remind_later`.
    """
    said = {
        "refusal_reason": reason or None,
        "next_retry_at": None,
        "remind_at": None,
        "completed_at": None,
    }
    if charge.status == Status.AWAITING_CONSENT:
        LIFE.move(session, charge, Status.REFUSED, why="the customer said no", **said)
    elif charge.status == Status.DECLINED or is_being_refused(charge):
        for name, value in said.items():
            setattr(charge, name, value)
        session.flush()
    else:
        return
    log.info("charge.refused", charge=charge.id, reason=reason)

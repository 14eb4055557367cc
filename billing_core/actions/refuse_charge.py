"""Record that the customer said no to a charge: nothing is tried again by itself."""

from __future__ import annotations

import structlog

from billing_core.charges import Charge, Status, move
from foundation.database import Session
from virtual_numbers.actions.return_number import return_number

log = structlog.get_logger()


def refuse_charge(session: Session, charge: Charge, reason: str = "") -> None:
    """End it as refused; `reason` is "wrong_amount", "stopping" or nothing.

    A no after a declined card leaves the charge declined, and freezes its retries all the same.
    Whoever only wants to pay later refuses nothing: see `remind_later`.
    """
    values = {"refusal_reason": reason or None, "next_retry_at": None, "remind_at": None}
    if charge.status == Status.AWAITING_CONSENT:
        move(session, charge, Status.REFUSED, why=reason or "the customer said no", **values)
    elif charge.status == Status.DECLINED:
        for name, value in values.items():
            setattr(charge, name, value)
        session.flush()
    else:
        return
    return_number(session, charge.id)
    log.info("charge.refused", charge=charge.id, reason=reason)

"""Cancel a charge before it is approved; its number goes back to the pool."""

from __future__ import annotations

import structlog

from billing_core.charges import CAN_BE_PAID, Charge, Status, move
from foundation.database import Session
from foundation.errors import Conflict
from virtual_numbers.actions.return_number import return_number
from virtual_numbers.loans import EndReason

log = structlog.get_logger()


def cancel_charge_request(session: Session, charge: Charge) -> Charge:
    """Cancel it, with every retry that was planned. Raises Conflict where money may have moved."""
    is_planned = charge.status == Status.EXPIRED and charge.next_retry_at is not None
    if charge.status not in CAN_BE_PAID and not is_planned:
        raise Conflict(_why_not(Status(charge.status)))
    move(session, charge, Status.CANCELED, why="canceled by the merchant", next_retry_at=None)
    return_number(session, charge.id, EndReason.CANCELED)
    log.info("charge.canceled", charge=charge.id)
    return charge


def _why_not(status: Status) -> str:
    if status is Status.APPROVED:
        return "This charge is approved. Give it back with POST /v1/charges/{id}/refunds."
    if status in (Status.PROCESSING, Status.UNKNOWN):
        return (
            "The acquirer is being asked about this charge at this moment. Wait for the result; "
            "an approval is given back with POST /v1/charges/{id}/refunds."
        )
    return f"This charge is {status}: it has ended and cannot be canceled any more."

"""Cancel a registration that still awaits its customer; its number goes back to the pool."""

from __future__ import annotations

import structlog

from billing_core.registrations import Registration, Status, move
from billing_core.sealed_answers import destroy_answers
from foundation.database import Session
from foundation.errors import Conflict
from virtual_numbers.actions.return_number import return_number
from virtual_numbers.loans import EndReason

log = structlog.get_logger()


def cancel_registration(session: Session, registration: Registration) -> Registration:
    """Cancel it. Raises Conflict once a card is being checked, or when it has ended."""
    if registration.status != Status.AWAITING_CUSTOMER:
        raise Conflict(_why_not(Status(registration.status)))
    move(session, registration, Status.CANCELED, why="canceled by the merchant")
    return_number(session, registration.id, EndReason.CANCELED)
    destroy_answers(session, registration.id)
    log.info("registration.canceled", registration=registration.id)
    return registration


def _why_not(status: Status) -> str:
    if status is Status.PROCESSING:
        return (
            "A card is being checked for this registration at this moment. Wait for the result; a "
            "card that should not stay registered is removed with DELETE /v1/bill_keys/{id}."
        )
    return f"This registration is {status}: it has ended and cannot be canceled any more."

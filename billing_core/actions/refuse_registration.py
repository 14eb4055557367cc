"""Record that the customer said no: the registration has ended and its number goes back."""

from __future__ import annotations

import structlog

from billing_core.registrations import Registration, Status, move
from foundation.database import Session
from virtual_numbers.actions.return_number import return_number

log = structlog.get_logger()


def refuse_registration(session: Session, registration: Registration, reason: str) -> None:
    """End it as refused; `reason` says what the customer refused and stands in the history."""
    move(session, registration, Status.REFUSED, why=reason)
    return_number(session, registration.id)
    log.info("registration.refused", registration=registration.id, reason=reason)

"""Send a registration's text once more: the same number and the same words."""

from __future__ import annotations

import structlog

from billing_core.registrations import Channel, Registration, Status
from foundation.database import Session
from foundation.errors import Conflict
from sms.actions.repeat_text import repeat_text
from sms.texts import Text

log = structlog.get_logger()


def resend_registration(session: Session, registration: Registration) -> Registration:
    """Queue the same text again; it counts against the same caps as every text."""
    if obstacle := _obstacle(session, registration):
        raise Conflict(obstacle)
    first = session.get_one(Text, registration.text_id)
    registration.text_id = repeat_text(session, first).id
    session.flush()
    log.info("registration.resent", registration=registration.id)
    return registration


def _obstacle(session: Session, registration: Registration) -> str | None:
    if registration.channel != Channel.ARS:
        return "Only a registration by telephone has a text that can be sent again."
    if registration.status != Status.AWAITING_CUSTOMER:
        return (
            f"This registration is {registration.status}; a text is sent again only while the "
            "customer is awaited."
        )
    if registration.expires_at <= session.now:
        return "The time of this registration is over. Open a new one under a new order_id."
    return None

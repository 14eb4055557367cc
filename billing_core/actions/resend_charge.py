"""Send a charge's text once more: the same number and the same words."""

from __future__ import annotations

import structlog

from billing_core.charges import Charge, Consent, Status
from foundation.database import Session
from foundation.errors import Conflict
from sms.actions.repeat_text import repeat_text
from sms.texts import Text

log = structlog.get_logger()


def resend_charge(session: Session, charge: Charge) -> Charge:
    """Queue the same text again; it counts against the same caps as every text."""
    if obstacle := _obstacle(session, charge):
        raise Conflict(obstacle)
    first = session.get_one(Text, charge.text_id)
    charge.text_id = repeat_text(session, first).id
    session.flush()
    log.info("charge.resent", charge=charge.id)
    return charge


def _obstacle(session: Session, charge: Charge) -> str | None:
    if charge.consent != Consent.ARS:
        return "Only a charge with consent in a call has a text that can be sent again."
    if charge.status != Status.AWAITING_CONSENT:
        return (
            f"This charge is {charge.status}; a text is sent again only while the customer is "
            "awaited."
        )
    if charge.expires_at <= session.now:
        return "The time of this charge is over. Ask again with POST /v1/charges/{id}/retry."
    return None

"""Standing consent: given once with the card, it allows charges without a call."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from billing_core.bill_keys import BillKey, Status
from billing_core.registrations import Registration
from foundation.database import Session
from foundation.money import Money

ONCE = "once"
# Carriers give a number to somebody else after 90 days: whoever has it then consented to nothing.
POSSESSION_HOLDS = timedelta(days=90)


def why_no_standing_consent(session: Session, bill_key: BillKey, amount: Money) -> str | None:
    """Why this amount may not be charged without a call, in a sentence, or None."""
    if bill_key.status != Status.ACTIVE:
        return f"This bill key is {bill_key.status}, and nothing can be charged with it."
    if bill_key.consent != ONCE:
        return (
            "The customer agreed to be asked before each charge. Send the charge with the "
            'consent "ars".'
        )
    terms = sa.select(Registration.amount).where(Registration.id == bill_key.registration_id)
    agreed_to = session.scalar(terms)
    if agreed_to is not None and amount > Money(agreed_to):
        return (
            f"The customer agreed to {agreed_to:,} won each time, and this is more. Send the charge "
            'with the consent "ars".'
        )
    if session.now - bill_key.possession_at > POSSESSION_HOLDS:
        return (
            "The customer last showed that the phone is theirs more than 90 days ago. Send the "
            'charge with the consent "ars", or have the card registered again.'
        )
    return None

"""The facts of a call about a registration, and which dialogue they ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from billing_core.bill_keys import BillKey
from billing_core.consent_records import ConsentRecord
from billing_core.merchants import Merchant
from billing_core.registrations import Registration, Status
from foundation.database import Session
from ivr.calls import CallRow, has_undone_work, is_alive_elsewhere
from ivr.common_facts import common_facts
from ivr.facts import Facts

# A caller who was cut off goes on after the consents when they call back within this time.
RESUME = timedelta(minutes=10)


def registration_facts(session: Session, request_id: str, *, is_open: bool) -> Facts:
    """Fix the facts; the registration stays locked while the call is opened."""
    registration = session.get_one(
        Registration, request_id, with_for_update=True, populate_existing=True
    )
    facts = replace(
        common_facts(session, session.get_one(Merchant, registration.merchant_id)),
        script="register_card",
        request_id=registration.id,
        item=registration.item,
        trust_phrase=registration.trust_phrase,
        consent=registration.consent,
        amount=registration.amount,
        billing_day=registration.billing_day,
    )
    if registration.status == Status.AWAITING_CUSTOMER and is_open:
        if is_alive_elsewhere(session, registration.id):
            return replace(facts, script="busy")
        if has_undone_work(session, registration.id):
            return replace(facts, script="being_checked")
        return replace(facts, was_cut_off=_was_cut_off(session, registration.id))
    if registration.status == Status.PROCESSING:
        elsewhere = is_alive_elsewhere(session, registration.id)
        return replace(facts, script="busy" if elsewhere else "being_checked")
    return _about_the_end(session, registration, facts)


def _about_the_end(session: Session, registration: Registration, facts: Facts) -> Facts:
    bill_key = session.get(BillKey, registration.bill_key_id) if registration.bill_key_id else None
    is_late = registration.status in (Status.AWAITING_CUSTOMER, Status.EXPIRED)
    ended_at = None if is_late else registration.completed_at
    return replace(
        facts,
        script="too_late",
        ending=Status.EXPIRED if is_late else registration.status,
        ended_at=(ended_at or registration.expires_at).isoformat(),
        issuer=bill_key.issuer if bill_key else "",
        last4=bill_key.last4 if bill_key else "",
    )


def _was_cut_off(session: Session, request_id: str) -> bool:
    consented = (
        sa.select(CallRow.sid)
        .join(ConsentRecord, ConsentRecord.call_sid == CallRow.sid)
        .where(
            CallRow.request_id == request_id,
            # Records are found by their request; there are too many to look for their call.
            ConsentRecord.request_id == request_id,
            ConsentRecord.subject == "card_data",
            CallRow.closed_at.is_(None),
            CallRow.last_turn_at > session.now - RESUME,
        )
    )
    return session.scalars(consented.limit(1)).first() is not None

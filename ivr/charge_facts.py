"""The facts of a call about a charge, and which dialogue they ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from billing_core import bill_keys
from billing_core.acquirers.account_names import acquirer_of
from billing_core.bill_keys import BillKey
from billing_core.charges import CAN_BE_PAID, Charge, Status
from billing_core.instalments import issuer_plans
from billing_core.merchants import Merchant
from billing_core.registrations import Registration
from foundation.clock import kst_day
from foundation.database import Session
from ivr.calls import has_undone_work, is_alive_elsewhere
from ivr.common_facts import common_facts
from ivr.facts import Facts

# A refused attempt leaves the request open: the customer may call again with another card.
IN_DOUBT = (Status.PROCESSING, Status.UNKNOWN)
# Whoever said no in another call may still be giving a reason there.
SPOKEN_OF = (*CAN_BE_PAID, *IN_DOUBT, Status.REFUSED)


def charge_facts(session: Session, request_id: str, *, is_open: bool) -> Facts:
    """Fix the facts; the charge stays locked while the call is opened."""
    charge = session.get_one(Charge, request_id, with_for_update=True, populate_existing=True)
    bill_key = session.get_one(BillKey, charge.bill_key_id)
    registration = session.get_one(Registration, bill_key.registration_id)
    facts = replace(
        common_facts(session, session.get_one(Merchant, charge.merchant_id)),
        script="consent_to_charge",
        request_id=charge.id,
        item=charge.item,
        note=charge.note,
        amount=charge.amount.won,
        trust_phrase=registration.trust_phrase,
    )
    if charge.status in SPOKEN_OF and is_alive_elsewhere(session, charge.id):
        return replace(facts, script="busy")
    if charge.status in IN_DOUBT:
        return replace(facts, script="being_charged")
    if charge.status in CAN_BE_PAID and is_open:
        if has_undone_work(session, charge.id):
            # A yes that no worker has come to yet would overtake whatever is said in this call.
            return replace(facts, script="being_charged")
        return _about_the_card(session, charge, bill_key, facts)
    return _about_the_end(charge, facts, session.now)


def _about_the_card(session: Session, charge: Charge, bill_key: BillKey, facts: Facts) -> Facts:
    plans = partial(
        issuer_plans,
        session,
        acquirer=acquirer_of(bill_key.acquirer),
        amount=charge.amount,
        on=kst_day(session.now),
    )
    return replace(
        facts,
        card=_state_of(session, bill_key),
        card_type=bill_key.card_type,
        owner=bill_key.owner,
        issuer=bill_key.issuer,
        issuer_code=bill_key.issuer_code,
        last4=bill_key.last4,
        max_months=charge.max_months,
        interest_free=tuple(charge.interest_free),
        issuer_plans=plans(is_partly=False),
        partly_free=plans(is_partly=True),
    )


def _state_of(session: Session, bill_key: BillKey) -> str:
    if bill_key.status == bill_keys.Status.REVOKED:
        return "none"
    this_month = f"{kst_day(session.now):%Y-%m}"
    is_over = bill_key.status == bill_keys.Status.EXPIRED or bill_key.card_expiry < this_month
    return "expired" if is_over else "active"


def _about_the_end(charge: Charge, facts: Facts, now: datetime) -> Facts:
    # After a no its number is given back, in time or not.
    is_late = charge.status in (*CAN_BE_PAID, Status.EXPIRED) and charge.expires_at <= now
    ended_at = None if is_late else charge.completed_at
    return replace(
        facts,
        script="too_late",
        ending=Status.EXPIRED if is_late else charge.status,
        ended_at=(ended_at or charge.expires_at).isoformat(),
    )

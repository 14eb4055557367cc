"""Open a call: who is calling, about what, and which dialogue that needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa
import structlog
from prometheus_client import Counter

from billing_core import registrations
from billing_core.bill_keys import BillKey
from billing_core.consent_records import ConsentRecord
from billing_core.merchants import Merchant
from billing_core.registrations import Registration
from foundation.clock import KST
from foundation.database import Session
from foundation.phone_number import PhoneNumber
from ivr.calls import CallRow, OpenCall, lock_call
from ivr.facts import OFFICE_CLOSES, OFFICE_OPENS, Facts
from virtual_numbers.actions.find_loan import OpenLoan, Stranger, find_loan
from virtual_numbers.caller_id import Withheld, identify

log = structlog.get_logger()

# A call that has been silent for longer than any question waits is gone, whatever we were told.
ALIVE = timedelta(seconds=90)
# A caller who was cut off goes on after the consents when they call back within this time.
RESUME = timedelta(minutes=10)
SATURDAY = 5

_turned_away = Counter(
    "ars_calls_turned_away_total", "Calls that were not matched to a request.", ["why"]
)


class TurnedAway(StrEnum):
    """Callers who learn nothing: hidden ones, and strangers to this number."""

    HIDDEN = "hidden"
    STRANGER = "stranger"


def open_call(session: Session, sid: str, shown: str, dialled: str) -> OpenCall | TurnedAway:
    """Match the caller and the dialled number to a request, and fix the facts of the call."""
    caller = identify(shown)
    if isinstance(caller, Withheld):
        return _turn_away(TurnedAway.HIDDEN)
    number = identify(dialled)
    if not isinstance(caller, PhoneNumber) or not isinstance(number, PhoneNumber):
        return _turn_away(TurnedAway.STRANGER)
    loan = find_loan(session, caller=caller, dialled=number)
    if isinstance(loan, Stranger):
        return _turn_away(TurnedAway.STRANGER)
    facts = _facts(session, loan.request_id, is_open=isinstance(loan, OpenLoan))
    _write(session, sid, caller, number, facts)
    return lock_call(session, sid) or _turn_away(TurnedAway.STRANGER)


def _turn_away(why: TurnedAway) -> TurnedAway:
    _turned_away.labels(why.value).inc()
    log.info("call.turned_away", why=why.value)
    return why


def _write(
    session: Session, sid: str, caller: PhoneNumber, dialled: PhoneNumber, facts: Facts
) -> None:
    try:
        with session.begin_nested():
            session.add(
                CallRow(
                    sid=sid,
                    caller=caller,
                    dialled=dialled,
                    request_id=facts.request_id,
                    merchant_id=facts.merchant_id,
                    facts=facts.to_json(),
                    started_at=session.now,
                    last_turn_at=session.now,
                )
            )
    except sa.exc.IntegrityError:
        # The same webhook was delivered twice at the same moment; the first one's facts count.
        log.info("call.opened_twice", call=sid)


def _facts(session: Session, request_id: str, *, is_open: bool) -> Facts:
    registration = session.scalars(
        sa.select(Registration).where(Registration.id == request_id).with_for_update()
    ).one()
    merchant = session.get_one(Merchant, registration.merchant_id)
    local = session.now.astimezone(KST)
    facts = Facts(
        script="register_card",
        today=local.date().isoformat(),
        request_id=registration.id,
        merchant_id=merchant.id,
        merchant=merchant.spoken_name,
        merchant_phone=merchant.phone.e164 if merchant.phone else None,
        office_open=local.weekday() < SATURDAY and OFFICE_OPENS <= local.hour < OFFICE_CLOSES,
        item=registration.item,
        trust_phrase=registration.trust_phrase,
        consent=registration.consent,
        amount=registration.amount,
        billing_day=registration.billing_day,
    )
    if registration.status == registrations.Status.AWAITING_CUSTOMER and is_open:
        if _is_alive_elsewhere(session, registration.id):
            return replace(facts, script="busy")
        return replace(facts, was_cut_off=_was_cut_off(session, registration.id))
    if registration.status == registrations.Status.PROCESSING:
        elsewhere = _is_alive_elsewhere(session, registration.id)
        return replace(facts, script="busy" if elsewhere else "being_checked")
    return _about_the_end(session, registration, facts)


def _about_the_end(session: Session, registration: Registration, facts: Facts) -> Facts:
    bill_key = session.get(BillKey, registration.bill_key_id) if registration.bill_key_id else None
    waiting = registration.status == registrations.Status.AWAITING_CUSTOMER
    ended_at = registration.completed_at or registration.expires_at
    if registration.status == registrations.Status.EXPIRED:
        ended_at = registration.expires_at
    return replace(
        facts,
        script="too_late",
        ending=registrations.Status.EXPIRED if waiting else registration.status,
        ended_at=ended_at.isoformat(),
        issuer=bill_key.issuer if bill_key else "",
        last4=bill_key.last4 if bill_key else "",
    )


def _is_alive_elsewhere(session: Session, request_id: str) -> bool:
    alive = sa.select(CallRow.sid).where(
        CallRow.request_id == request_id,
        CallRow.ended_at.is_(None),
        CallRow.closed_at.is_(None),
        CallRow.last_turn_at > session.now - ALIVE,
    )
    return session.scalars(alive.limit(1)).first() is not None


def _was_cut_off(session: Session, request_id: str) -> bool:
    consented = (
        sa.select(CallRow.sid)
        .join(ConsentRecord, ConsentRecord.call_sid == CallRow.sid)
        .where(
            CallRow.request_id == request_id,
            ConsentRecord.subject == "card_data",
            CallRow.closed_at.is_(None),
            CallRow.last_turn_at > session.now - RESUME,
        )
    )
    return session.scalars(consented.limit(1)).first() is not None

"""Open a call: who is calling, about what, and which dialogue that needs."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import sqlalchemy as sa
import structlog
from prometheus_client import Counter

from billing_core.actions.keep_open import keep_open
from billing_core.charges import Charge, is_charge
from billing_core.registrations import Registration
from foundation.database import Session
from foundation.phone_number import PhoneNumber
from ivr.calls import CallRow, OpenCall, lock_call, newest_call
from ivr.charge_facts import charge_facts
from ivr.dialogues.scripts import SCRIPTS
from ivr.facts import Facts
from ivr.registration_facts import registration_facts
from ivr.replay import ScriptChanged, replay
from virtual_numbers.actions.find_loan import OpenLoan, Stranger, find_loan
from virtual_numbers.caller_id import Withheld, identify

log = structlog.get_logger()

# Calls in which something may still come of the request; in all others it is only told how it stands.
GOES_ON = ("register_card", "consent_to_charge")

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
    if facts.script in GOES_ON:
        keep_open(session, _request(session, facts.request_id))
    _write(session, sid, caller, number, _spoken_as_before(session, facts))
    return lock_call(session, sid) or _turn_away(TurnedAway.STRANGER)


def _spoken_as_before(session: Session, facts: Facts) -> Facts:
    """Whoever chose English, or to hear it slowly, need not choose it again about the same request."""
    before = newest_call(session, facts.request_id)
    if before is None:
        return facts
    script = SCRIPTS[before.facts.script]
    try:
        last = replay(script, before.sid, before.facts, before.journal, None, before.journal_from)
    except ScriptChanged:
        return facts
    return replace(facts, language=last.turn.manner.language, slow=last.turn.manner.slow)


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


def _request(session: Session, request_id: str) -> Registration | Charge:
    """The request, whose row has been locked for its facts."""
    if is_charge(request_id):
        return session.get_one(Charge, request_id)
    return session.get_one(Registration, request_id)


def _facts(session: Session, request_id: str, *, is_open: bool) -> Facts:
    about = charge_facts if is_charge(request_id) else registration_facts
    return about(session, request_id, is_open=is_open)

"""End a call: destroy what was keyed, and text a result that nobody was there to hear."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from billing_core.acquirers.declines import DeclineCode
from billing_core.actions.finish_refusal import finish_refusal
from billing_core.card_results import Declined, Stopped
from billing_core.card_texts import tell_declined
from billing_core.charge_texts import tell_charge_declined
from billing_core.charges import CAN_BE_PAID, Charge, is_charge
from billing_core.registrations import Registration, Status
from billing_core.sealed_answers import destroy_answers
from foundation.database import Session
from ivr.calls import CallRow, forget_check_sums, is_alive_elsewhere, newest_held_work

log = structlog.get_logger()

# No question waits this long: the provider's word that the call ended was lost.
SILENT_FOR = timedelta(minutes=15)
SLICE = 100
# A refusal may have ended a registration, or left it open for another card.
CAN_BE_REGISTERED = (Status.AWAITING_CUSTOMER, Status.FAILED)


def end_call(session: Session, sid: str, how: str) -> None:
    """Note the end of a call once; later or repeated words about it change nothing."""
    row = session.scalars(
        sa.select(CallRow).where(CallRow.sid == sid).with_for_update()
    ).one_or_none()
    if row is None or row.ended_at is not None:
        return
    row.ended_at, row.ended_how = session.now, how
    session.flush()
    work = newest_held_work(session, sid)
    if work is None or work.outcome is not None:
        # Work that is still to be done needs the digits; it destroys them itself.
        destroy_answers(session, sid)
        forget_check_sums(session, sid)
    end_refusal(session, row.request_id)
    if row.closed_at is None and work is not None and work.outcome is not None:
        tell_by_text(session, row, work.outcome)
    log.info("call.ended", call=sid, how=how)


def end_silent_calls(session: Session) -> int:
    """End calls of which nothing was heard for a long time; return how many."""
    silent = session.scalars(
        sa.select(CallRow.sid)
        .where(CallRow.ended_at.is_(None), CallRow.last_turn_at < session.now - SILENT_FOR)
        .limit(SLICE)
    ).all()
    for sid in silent:
        end_call(session, sid, "silent")
    return len(silent)


def end_refusal(session: Session, request_id: str) -> None:
    """Let a no be final once no call is left in which somebody could say why, or that they pay later."""
    charge = session.get(Charge, request_id, with_for_update=True, populate_existing=True)
    if charge is not None and not is_alive_elsewhere(session, request_id):
        finish_refusal(session, charge)


def tell_by_text(session: Session, row: CallRow, outcome: dict[str, Any]) -> None:
    """Text a refusal that nobody heard, unless something else has come of the request meanwhile.

    A success is texted by whoever brings it about.
    """
    reason = _reason(outcome)
    if reason is None:
        return
    if is_charge(row.request_id):
        charge = session.get_one(Charge, row.request_id)
        if charge.status in CAN_BE_PAID:
            tell_charge_declined(session, charge, reason)
    else:
        registration = session.get_one(Registration, row.request_id)
        if registration.status in CAN_BE_REGISTERED:
            tell_declined(session, registration, reason)


def _reason(outcome: dict[str, Any]) -> DeclineCode | None:
    match outcome["kind"]:
        case Declined.__name__:
            return DeclineCode(outcome["reason"])
        case Stopped.__name__:
            return DeclineCode.AUTH_COUNT_EXCEEDED
        case _:
            return None

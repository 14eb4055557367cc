"""Give an approved charge back at the acquirer, and write down what came of it.

Like a charge it is committed before it is sent, under an id that is never used again, and its
outcome can be unknown. Refunds of one charge are sent one after the other, for each names what is
left of the charge.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from billing_core.acquirers import protocol
from billing_core.acquirers.declines import DeclineCode
from billing_core.actions.record_refund_outcome import Answer, record_refund_outcome
from billing_core.charges import Charge
from billing_core.desk import Desk
from billing_core.inquiries import doubt_about_absence, minutes_too_long, note_inquiry
from billing_core.issue_sending import silent_after
from billing_core.refunds import Refund, Status, locked_refund
from foundation.database import Session
from foundation.money import Money

# A cancel that was given up as absent may still land; when it has, counted from when it was sent.
LAST_LOOKS = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=3))
# Another refund of the same charge is on its way.
TURN = timedelta(seconds=5)

OPEN = (Status.PROCESSING, Status.UNKNOWN)

log = structlog.get_logger()


@dataclass(frozen=True)
class _ToSend:
    refund: Refund
    remaining: Money


def refund_charge(desk: Desk, refund_id: str) -> None:
    """Send what was never sent; ask about what was. Safe to repeat."""
    step = _begin(desk, refund_id)
    if isinstance(step, _ToSend):
        acquirer, transaction_id = _paid_at(desk, step.refund)
        answer: protocol.Canceled | protocol.Declined | protocol.Unknown = acquirer.cancel_charge(
            transaction_id,
            refund_id,
            step.refund.amount,
            step.refund.tax_free_amount,
            remaining=step.remaining,
            reason=step.refund.reason,
        )
        with desk.database.transaction() as session:
            record_refund_outcome(session, refund_id, answer)
    elif step is not None:
        acquirer, transaction_id = _paid_at(desk, step)
        _settle(desk, refund_id, acquirer.find_cancel(transaction_id, refund_id))


def _begin(desk: Desk, refund_id: str) -> _ToSend | Refund | None:
    with desk.database.transaction() as session:
        charge, refund = locked_refund(session, refund_id)
        if refund.sent_at is None:
            return _set_going(session, desk, charge, refund)
        if refund.next_inquiry_at is None or refund.next_inquiry_at > session.now:
            return None
        _note_inquiry(session, refund)
        return refund


def _set_going(session: Session, desk: Desk, charge: Charge, refund: Refund) -> _ToSend | None:
    others = sa.select(Refund.id).where(
        Refund.charge_id == charge.id,
        Refund.sent_at.is_not(None),
        Refund.status.in_(OPEN),
    )
    if session.scalars(others).first() is not None:
        refund.next_inquiry_at = session.now + TURN
        return None
    refund.sent_at = session.now
    refund.next_inquiry_at = session.now + silent_after(desk)
    return _ToSend(refund, charge.amount - charge.amount_refunded)


def _paid_at(desk: Desk, refund: Refund) -> tuple[protocol.Acquirer, str]:
    with desk.database.reading() as session:
        paid = session.get_one(Charge, refund.charge_id).acquirer
    assert paid, "only an approved charge has refunds"
    return desk.acquirers[paid["name"]], paid["transaction_id"]


def _note_inquiry(session: Session, refund: Refund) -> None:
    assert refund.sent_at
    note_inquiry(session, refund)
    if refund.status in OPEN and (minutes := minutes_too_long(session, refund.sent_at)):
        log.error("refund.unknown_too_long", refund=refund.id, minutes=minutes)


def _settle(
    desk: Desk,
    refund_id: str,
    found: protocol.Canceled | protocol.NotFound | protocol.Unknown,
) -> None:
    with desk.database.transaction() as session:
        _charge, refund = locked_refund(session, refund_id)
        was_open = refund.status in OPEN
        if not was_open and not isinstance(found, protocol.Unknown):
            refund.next_inquiry_at = None
        record_refund_outcome(session, refund_id, _answer(session, refund, found, desk.quiet_s))
        if refund.status == Status.FAILED and isinstance(found, protocol.NotFound):
            refund.next_inquiry_at = _next_look(session, refund)


def _next_look(session: Session, refund: Refund) -> datetime | None:
    assert refund.sent_at
    looks = (refund.sent_at + after for after in LAST_LOOKS)
    return next((at for at in looks if at > session.now), None)


def _answer(
    session: Session,
    refund: Refund,
    found: protocol.Canceled | protocol.NotFound | protocol.Unknown,
    quiet_s: float,
) -> Answer:
    assert refund.sent_at
    if not isinstance(found, protocol.NotFound):
        return found
    absent = protocol.Declined(DeclineCode.ISSUER_UNAVAILABLE)
    return doubt_about_absence(session, refund, refund.sent_at, quiet_s) or absent

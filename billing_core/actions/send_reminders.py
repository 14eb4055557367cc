"""Send the texts that customers were promised for later."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import structlog

from billing_core import registrations
from billing_core.charges import CAN_BE_PAID, Charge
from billing_core.merchants import Merchant
from billing_core.registration_invitations import invite
from billing_core.registrations import Registration
from billing_core.reminders import by_day
from foundation.database import Session
from foundation.errors import Unavailable
from sms.actions.queue_text import queue_text
from sms.templates import KOREAN

SLICE = 100
# Numbers come free as other requests end, not by the minute.
NUMBERS_COME_FREE = timedelta(hours=1)

log = structlog.get_logger()


def send_reminders(session: Session) -> int:
    """Send one slice of what is due; return how many that were."""
    return _remind_of_charges(session) + _remind_of_registrations(session)


def _remind_of_charges(session: Session) -> int:
    due = session.scalars(
        sa.select(Charge)
        .where(Charge.remind_at <= session.now)
        .limit(SLICE)
        .with_for_update(skip_locked=True)
    ).all()
    for charge in due:
        charge.remind_at = None
        if charge.status in CAN_BE_PAID and charge.virtual_number is not None:
            _remind(session, charge)
    session.flush()
    return len(due)


def _remind(session: Session, charge: Charge) -> None:
    queue_text(
        session,
        template="T09",
        to=charge.phone,
        language=KOREAN,
        merchant_id=charge.merchant_id,
        request_id=charge.id,
        values={
            "merchant": session.get_one(Merchant, charge.merchant_id).name,
            "amount": charge.amount,
            "expire_at": charge.expires_at,
            "ars_number": charge.virtual_number,
        },
        required=False,
    )
    log.info("charge.reminded", charge=charge.id)


def _remind_of_registrations(session: Session) -> int:
    due = session.scalars(
        sa.select(Registration)
        .where(Registration.remind_at <= session.now)
        .limit(SLICE)
        .with_for_update(skip_locked=True)
    ).all()
    for registration in due:
        registration.remind_at = None
        is_awaited = registration.status == registrations.Status.AWAITING_CUSTOMER
        if is_awaited and registration.expires_at > session.now:
            _invite_again(session, registration)
    session.flush()
    return len(due)


def _invite_again(session: Session, registration: Registration) -> None:
    """In new words, not the old ones again: the deadline has moved."""
    try:
        invite(session, registration, required=False)
    except Unavailable as refusal:
        # No number is free. The customer was promised the text, so it is tried until the deadline.
        registration.remind_at = by_day(session.now + NUMBERS_COME_FREE)
        log.warning("registration.not_reminded", registration=registration.id, code=refusal.code)

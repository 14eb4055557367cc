"""What stands in the way of charging, looked at while the charge is held."""

from __future__ import annotations

import sqlalchemy as sa
import structlog

from billing_core.acquirers.declines import DeclineCode
from billing_core.charge_attempts import ChargeAttempt
from billing_core.charge_results import Declined, Gone, Unknown
from billing_core.charge_sending import Wish, plan_is_allowed
from billing_core.charges import CAN_BE_PAID, Charge, Status
from billing_core.consent_records import ConsentRecord
from foundation.database import Session
from foundation.lifecycle import StateChange

UNDER_WAY = (Status.PROCESSING, Status.UNKNOWN)
# After these the customer has to agree again, even where the merchant opened the charge once more.
ENDS_CONSENT = (Status.REFUSED, Status.EXPIRED, Status.CANCELED)

log = structlog.get_logger()


def obstacle_to(session: Session, charge: Charge, wish: Wish) -> Gone | Declined | Unknown | None:
    """Why this charge cannot be paid as the customer agreed, or None. Nothing was sent."""
    if charge.status in UNDER_WAY:
        return Unknown()
    if charge.status not in CAN_BE_PAID or not _is_consent(session, charge, wish):
        return Gone(charge.status)
    if not plan_is_allowed(charge, wish):
        return Declined(DeclineCode.INSTALLMENT_NOT_ALLOWED)
    return None


def names_another_card(session: Session, charge: Charge, wish: Wish) -> bool:
    """Whether the registered card has become another one since the caller heard its name."""
    record = session.get_one(ConsentRecord, wish.consent_record_id)
    named = record.facts.get("card", charge.card)
    # Of ten thousand cards two end alike; the issuer was said as well.
    return any(named[said] != charge.card[said] for said in ("issuer", "last4"))


def _is_consent(session: Session, charge: Charge, wish: Wish) -> bool:
    """Whether the customer agreed to this charge, to nothing that was sent before, and meant it to the end."""
    record = session.get(ConsentRecord, wish.consent_record_id) if wish.consent_record_id else None
    is_for_this = record and record.request_id == charge.id and record.subject == "charge"
    if record is None or not is_for_this or _is_used(session, charge, record):
        log.error(
            "charge.consent_is_missing", charge=charge.id, consent_record=wish.consent_record_id
        )
        return False
    if _is_taken_back(session, charge, record):
        log.info("charge.consent_taken_back", charge=charge.id, consent_record=record.id)
        return False
    return True


def _is_used(session: Session, charge: Charge, record: ConsentRecord) -> bool:
    used = sa.select(ChargeAttempt.id).where(
        ChargeAttempt.charge_id == charge.id, ChargeAttempt.consent_record_id == record.id
    )
    return session.scalar(used.limit(1)) is not None


def _is_taken_back(session: Session, charge: Charge, record: ConsentRecord) -> bool:
    """A later no, in whichever call, outweighs an older yes that nobody had come to yet."""
    ended = sa.select(StateChange.id).where(
        StateChange.object_id == charge.id,
        StateChange.new.in_(ENDS_CONSENT),
        StateChange.at > record.pressed_at,
    )
    return session.scalar(ended.limit(1)) is not None

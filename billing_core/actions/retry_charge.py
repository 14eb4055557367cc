"""Try a declined, expired or refused charge again: the same charge, a new attempt.

With consent in a call the customer is asked again; under standing consent the card is charged.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from billing_core import bill_keys
from billing_core.acquirers.declines import Advice
from billing_core.bill_keys import BillKey
from billing_core.charge_invitations import invite
from billing_core.charges import Charge, Consent, Status, move
from billing_core.retries import ATTEMPTS_A_MONTH_MAX, tries_this_month
from billing_core.standing_consent import why_no_standing_consent
from foundation.database import Session
from foundation.errors import Conflict

CAN_BE_RETRIED = (Status.DECLINED, Status.EXPIRED, Status.REFUSED)

log = structlog.get_logger()


def retry_charge(session: Session, charge: Charge, *, why: str = "asked by the merchant") -> Charge:
    """Set it going again. Raises Conflict where it cannot be, Unavailable where no text may go."""
    if charge.status not in CAN_BE_RETRIED:
        raise Conflict(_why_not(Status(charge.status)))
    bill_key = session.get_one(BillKey, charge.bill_key_id)
    if bill_key.status != bill_keys.Status.ACTIVE:
        raise Conflict(f"The bill key of this charge is {bill_key.status}. Open a new charge.")
    if charge.consent == Consent.NONE:
        _charge_at_once(session, charge, bill_key, why)
    else:
        _ask_again(session, charge, why)
    log.info("charge.retried", charge=charge.id, why=why)
    return charge


def _charge_at_once(session: Session, charge: Charge, bill_key: BillKey, why: str) -> None:
    if obstacle := why_no_standing_consent(session, bill_key, charge.amount):
        raise Conflict(obstacle, code="consent_required")
    if obstacle := _why_not_this_card(session, charge):
        raise Conflict(obstacle)
    move(session, charge, Status.PROCESSING, why=why, next_retry_at=None)
    number = str(charge.attempts + 1)
    # The step is part of the key: one that came to nothing before any attempt may be repeated.
    key = f"{charge.id}:{number}:{session.now:%Y%m%dT%H%M%S.%fZ}"
    session.stage("urgent_charge_standing", charge.id, number, key=key)


def _why_not_this_card(session: Session, charge: Charge) -> str | None:
    if (charge.failure or {}).get("advice") == Advice.NEVER:
        return (
            "The card company will never take this card. Have the customer register another one, or "
            'send a new charge with the consent "ars".'
        )
    if tries_this_month(session, charge) >= ATTEMPTS_A_MONTH_MAX:
        return (
            f"This card was tried {ATTEMPTS_A_MONTH_MAX} times this month, and card companies punish "
            'more. Wait for the next month, or send a new charge with the consent "ars".'
        )
    return None


def _ask_again(session: Session, charge: Charge, why: str) -> None:
    move(
        session,
        charge,
        Status.AWAITING_CONSENT,
        why=why,
        expires_at=session.now + timedelta(seconds=charge.expires_in_s),
        next_retry_at=None,
        refusal_reason=None,
        remind_at=None,
    )
    invite(session, charge)


def _why_not(status: Status) -> str:
    if status is Status.AWAITING_CONSENT:
        return (
            "The customer is being awaited for this charge. Send the text once more with "
            "POST /v1/charges/{id}/resend."
        )
    if status in (Status.PROCESSING, Status.UNKNOWN):
        return "The last attempt of this charge is not known yet. It resolves by itself."
    return f"This charge is {status} and cannot be tried again."

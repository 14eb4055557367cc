"""A charge is declined: an event for the merchant, perhaps a planned retry, perhaps a text."""

from __future__ import annotations

from datetime import datetime

import structlog

from billing_core.acquirers.declines import DECLINES, Advice, DeclineCode, failure_of
from billing_core.charge_texts import tell_charge_declined
from billing_core.charges import CAN_BE_PAID, Charge, Consent, Status, move
from billing_core.retries import newest_refusal, next_retry
from foundation.database import Session

log = structlog.get_logger()


def decline(
    session: Session,
    charge: Charge,
    code: DeclineCode,
    *,
    why: str,
    entered_last4: str | None = None,
) -> None:
    """Decline it. The lent number stays: the customer may call again with another card.

    `entered_last4` is the card that was refused, where it was keyed in the call: what is planned for
    the registered card stays as it was.
    """
    if charge.status in CAN_BE_PAID:
        # Nothing was sent; its life leads there by two steps.
        move(session, charge, Status.PROCESSING, why=why)
    planned_for = code if entered_last4 is None else newest_refusal(session, charge)
    retry_at = next_retry(session, charge, planned_for) if planned_for else None
    last4 = entered_last4 or charge.card["last4"]
    failure = failure_of(code, is_registered=entered_last4 is None) | {"last4": last4}
    move(session, charge, Status.DECLINED, why=why, failure=failure, next_retry_at=retry_at)
    if charge.consent == Consent.NONE and not _is_quiet(code, retry_at):
        # Nobody is on the line to hear of it.
        tell_charge_declined(session, charge, code)
    log.info("charge.declined", charge=charge.id, code=code, is_planned=retry_at is not None)


def _is_quiet(code: DeclineCode, retry_at: datetime | None) -> bool:
    """An issuer that is down is no news to a customer as long as we try again by ourselves."""
    return code == DeclineCode.ISSUER_UNAVAILABLE and retry_at is not None


def alarm_if_ours(acquirer: str, code: DeclineCode, gateway_code: str | None) -> None:
    """Our contract with the acquirer is at fault, and every customer meets it."""
    if DECLINES[code].advice == Advice.FIX_REQUEST and not DECLINES[code].counted_as_refusal:
        log.error("acquirer.refuses_us", acquirer=acquirer, gateway_code=gateway_code)

"""Charge the registered card under the customer's standing consent; nobody is on the line.

Everything is looked at again in the worker: the bill key, its consent, and how long ago the
customer showed that the phone is theirs may have changed since the request or the plan.
"""

from __future__ import annotations

import structlog

from billing_core.acquirers.declines import DeclineCode
from billing_core.actions.finish_charge_attempt import finish_charge_attempt
from billing_core.bill_keys import BillKey
from billing_core.charge_declines import decline
from billing_core.charge_results import ChargeResult, Declined, Gone
from billing_core.charge_sending import Again, ToCharge, Wish, begun_before, held_charge
from billing_core.charges import Charge, Consent, Status
from billing_core.desk import Desk
from billing_core.registered_keys import (
    OpenKey,
    open_registered_key,
    why_not_chargeable,
    write_registered_attempt,
)
from billing_core.standing_consent import why_no_standing_consent
from foundation.database import Session

log = structlog.get_logger()


def charge_standing(desk: Desk, charge_id: str, number: str) -> None:
    """Make the attempt of this number. Doing it again sends nothing again."""
    key = open_registered_key(desk, charge_id)
    finish_charge_attempt(desk, _begin(desk, charge_id, int(number), key))


def _begin(
    desk: Desk, charge_id: str, number: int, key: OpenKey | None
) -> ToCharge | Again | ChargeResult:
    wish = Wish(charge_id, cause=f"{charge_id}:{number}")
    with desk.database.transaction() as session:
        charge = held_charge(session, charge_id)
        if again := begun_before(session, wish.cause):
            return again
        is_awaited = charge.status == Status.PROCESSING and charge.attempts + 1 == number
        if charge.consent != Consent.NONE or not is_awaited:
            return Gone(charge.status)
        if refusal := _refusal(session, charge, key):
            decline(session, charge, refusal, why="nothing was sent")
            return Declined(refusal)
        return write_registered_attempt(session, desk, charge, wish, key)


def _refusal(session: Session, charge: Charge, key: OpenKey | None) -> DeclineCode | None:
    if refusal := why_not_chargeable(session, charge, key):
        return refusal
    bill_key = session.get_one(BillKey, charge.bill_key_id)
    if why_not := why_no_standing_consent(session, bill_key, charge.amount):
        log.warning("charge.no_standing_consent", charge=charge.id, why=why_not)
        return DeclineCode.BILLKEY_INVALID
    return None

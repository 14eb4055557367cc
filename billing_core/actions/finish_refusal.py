"""Finish a refusal once its call is over: the merchant is told, and the number goes back."""

from __future__ import annotations

from billing_core.charges import EVENTS, Charge, Status, charge_view, is_being_refused
from billing_core.events import publish
from foundation.database import Session
from virtual_numbers.actions.return_number import return_number


def finish_refusal(session: Session, charge: Charge) -> None:
    """Tell of the no with its reason, if one was given. Without a no nothing happens."""
    if not is_being_refused(charge):
        return
    charge.completed_at = session.now
    return_number(session, charge.id)
    session.flush()
    if charge.status == Status.REFUSED:
        kind = EVENTS[Status.REFUSED]
        publish(session, charge.merchant_id, kind, charge_view(session, charge))

"""Have a charge approved as the customer agreed: check, ask the acquirer once, write it down.

Three steps, and the process may die between any two of them. The attempt is committed with all it
sends before anything is sent; whoever does the same work again finds it by its cause and inquires
instead of sending. A card keyed in the call gets a key of its own first.
"""

from __future__ import annotations

from billing_core.acquirers.declines import DeclineCode
from billing_core.actions.finish_charge_attempt import finish_charge_attempt
from billing_core.actions.issue_entered_card import issue_entered_card
from billing_core.charge_declines import decline
from billing_core.charge_keys import ChargeKey, EnteredKey, RegisteredKey
from billing_core.charge_obstacles import names_another_card, obstacle_to
from billing_core.charge_results import ChargeResult, Declined
from billing_core.charge_sending import Again, ToCharge, Wish, begun_before, held_charge
from billing_core.desk import Desk
from billing_core.registered_keys import (
    open_registered_key,
    why_not_chargeable,
    write_registered_attempt,
)


def approve_charge(
    desk: Desk,
    *,
    charge_id: str,
    cause: str,
    key: ChargeKey,
    months: int,
    is_interest_free: bool,
    consent_record_id: str,
) -> ChargeResult:
    """Charge a card, or say why not. The same `cause` sends once, however often it is done."""
    wish = Wish(charge_id, cause, months, is_interest_free, consent_record_id)
    match key:
        case RegisteredKey():
            return finish_charge_attempt(desk, _begin(desk, wish))
        case EnteredKey():
            return finish_charge_attempt(desk, issue_entered_card(desk, wish, key))


def _begin(desk: Desk, wish: Wish) -> ToCharge | Again | ChargeResult:
    key = open_registered_key(desk, wish.charge_id)
    with desk.database.transaction() as session:
        charge = held_charge(session, wish.charge_id)
        if again := begun_before(session, wish.cause):
            return again
        if obstacle := obstacle_to(session, charge, wish):
            return obstacle
        refusal = why_not_chargeable(session, charge, key)
        if refusal is None and names_another_card(session, charge, wish):
            refusal = DeclineCode.BILLKEY_INVALID
        if refusal:
            decline(session, charge, refusal, why="nothing was sent")
            return Declined(refusal)
        return write_registered_attempt(session, desk, charge, wish, key)

"""Send a charge attempt that is committed, and write down what comes of it."""

from __future__ import annotations

from billing_core.actions.record_charge_outcome import record_charge_outcome
from billing_core.actions.settle_charge_attempt import settle_charge_attempt
from billing_core.charge_attempts import ChargeAttempt
from billing_core.charge_outcomes import result_of, take_entered_in_hand
from billing_core.charge_results import ChargeResult, Unknown
from billing_core.charge_sending import Again, ToCharge, send
from billing_core.desk import Desk


def finish_charge_attempt(desk: Desk, step: ToCharge | Again | ChargeResult) -> ChargeResult:
    """Send what was never sent; ask about what was sent before; pass on what is settled."""
    match step:
        case ToCharge(_, order):
            answer = send(desk, step)
            entered = take_entered_in_hand(desk, order.order_id)
            with desk.database.transaction() as session:
                result = record_charge_outcome(session, order.order_id, answer, entered)
            if isinstance(result, Unknown) and desk.acquirers[step.acquirer].voids_first:
                return settle_charge_attempt(desk, order.order_id)
            return result
        case Again(attempt_id, is_sending=True):
            return settle_charge_attempt(desk, attempt_id)
        case Again(attempt_id):
            with desk.database.reading() as session:
                return result_of(session.get_one(ChargeAttempt, attempt_id))
        case result:
            return result

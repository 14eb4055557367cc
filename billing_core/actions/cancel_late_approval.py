"""Give back an approval that came after its attempt was given up, and make sure that it is gone."""

from __future__ import annotations

from datetime import timedelta

import structlog
from prometheus_client import Counter

from billing_core.acquirers.protocol import Approved, Canceled, Voided
from billing_core.desk import Desk
from billing_core.late_approvals import LateApproval

# It is somebody's money, so the first tries follow quickly; hourly in the end.
PAUSES_S = (10, 30, 60, 300, 900, 3600)
# More tries than these mean that somebody has to look.
TRIES_WITHOUT_ALARM = 6
REASON = "approved after it was given up"

CANCELS = Counter("ars_late_approvals", "Tries to cancel a late approval.", ["outcome"])

log = structlog.get_logger()


def cancel_late_approval(desk: Desk, attempt_id: str) -> None:
    """Try once, unless the next try is not due."""
    late = _begin(desk, attempt_id)
    if late is None:
        return None
    acquirer = desk.acquirers[late.acquirer]
    # Asked first: an earlier cancel may have happened without our hearing of it.
    outcome = acquirer.find_charge(attempt_id)
    if isinstance(outcome, Approved):
        canceled = acquirer.cancel_charge(
            outcome.transaction_id,
            f"{attempt_id}-undo",
            late.amount,
            late.tax_free_amount,
            remaining=late.amount,
            reason=REASON,
        )
        CANCELS.labels(type(canceled).__name__.lower()).inc()
        if isinstance(canceled, Canceled):
            return _confirm(desk, attempt_id)
    if isinstance(outcome, Voided):
        return _confirm(desk, attempt_id)
    tell = log.error if late.tries > TRIES_WITHOUT_ALARM else log.warning
    tell("late_approval.still_there", attempt=attempt_id, tries=late.tries)
    return None


def _begin(desk: Desk, attempt_id: str) -> LateApproval | None:
    with desk.database.transaction() as session:
        late = session.get_one(LateApproval, attempt_id, with_for_update=True)
        if late.next_try_at is None or late.next_try_at > session.now:
            return None
        pause_s = PAUSES_S[min(late.tries, len(PAUSES_S) - 1)]
        late.tries += 1
        late.next_try_at = session.now + timedelta(seconds=pause_s)
        return late


def _confirm(desk: Desk, attempt_id: str) -> None:
    with desk.database.transaction() as session:
        late = session.get_one(LateApproval, attempt_id, with_for_update=True)
        late.next_try_at, late.canceled_at = None, late.canceled_at or session.now
    log.info("late_approval.canceled", attempt=attempt_id)

"""What the worker does about charges and refunds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from billing_core.acquiring_jobs import SLICE, several_at_once
from billing_core.actions.cancel_late_approval import cancel_late_approval
from billing_core.actions.charge_standing import charge_standing
from billing_core.actions.reconcile_due_days import reconcile_due_days
from billing_core.actions.refund_charge import refund_charge
from billing_core.actions.retry_due_charges import retry_due_charges
from billing_core.actions.settle_charge_attempt import settle_charge_attempt
from billing_core.charge_attempts import ChargeAttempt
from billing_core.charge_outcomes import OPEN
from billing_core.charges import UNDER_WAY, Charge, Consent
from billing_core.desk import Desk
from billing_core.late_approvals import LateApproval
from billing_core.refunds import Refund
from foundation.jobs import Job, Sweep
from foundation.lifecycle import StateChange

# Somebody who waits for the result of a lost answer should have the text within moments.
SETTLE_EVERY_S = 2.0
CANCEL_EVERY_S = 10.0
RETRY_EVERY_S = 30.0
FORGOTTEN_EVERY_S = 60.0
RECONCILE_EVERY_S = 600.0
# A job that has not begun by then has been lost, or has failed too often.
FORGOTTEN_AFTER = timedelta(minutes=10)


def jobs(desk: Desk) -> list[Job]:
    return [
        Job("urgent_charge_standing", partial(charge_standing, desk)),
        Job("refund_charge", partial(refund_charge, desk)),
        Job("cancel_late_approval", partial(cancel_late_approval, desk)),
    ]


def sweeps(desk: Desk) -> list[Sweep]:
    return [
        Sweep("settle_charges", SETTLE_EVERY_S, partial(settle_due_charges, desk)),
        Sweep("settle_refunds", SETTLE_EVERY_S, partial(settle_due_refunds, desk)),
        Sweep("cancel_late_approvals", CANCEL_EVERY_S, partial(cancel_due_approvals, desk)),
        Sweep("reconcile", RECONCILE_EVERY_S, partial(reconcile_due_days, desk)),
        Sweep("start_forgotten_charges", FORGOTTEN_EVERY_S, partial(start_forgotten, desk)),
        Sweep("retry_charges", RETRY_EVERY_S, partial(retry_due_charges, desk.database)),
    ]


def settle_due_charges(desk: Desk) -> int:
    """Inquire about every charge whose time has come; return how many there were."""
    settle = partial(settle_charge_attempt, desk, by_text=True)
    return _each_due(desk, ChargeAttempt.id, ChargeAttempt.next_inquiry_at, settle)


def settle_due_refunds(desk: Desk) -> int:
    """Send or inquire about every refund whose time has come; return how many there were."""
    settle = partial(refund_charge, desk)
    return _each_due(desk, Refund.id, Refund.next_inquiry_at, settle)


def cancel_due_approvals(desk: Desk) -> int:
    """Try to give back every late approval that is due; return how many there were."""
    cancel = partial(cancel_late_approval, desk)
    return _each_due(desk, LateApproval.id, LateApproval.next_try_at, cancel)


def start_forgotten(desk: Desk) -> int:
    """Charge what waits under standing consent and was never sent; return how many there were."""
    with desk.database.reading() as session:
        long_ago = session.now - FORGOTTEN_AFTER
        has_attempt = sa.exists().where(
            ChargeAttempt.charge_id == Charge.id, ChargeAttempt.status.in_(OPEN)
        )
        was_moved = sa.exists().where(StateChange.object_id == Charge.id, StateChange.at > long_ago)
        forgotten = session.execute(
            sa.select(Charge.id, Charge.attempts)
            .where(UNDER_WAY, Charge.consent == Consent.NONE)
            .where(Charge.created_at <= long_ago, ~was_moved, ~has_attempt)
            .limit(SLICE)
        ).all()
    for charge_id, attempts in forgotten:
        charge_standing(desk, charge_id, str(attempts + 1))
    return len(forgotten)


def _each_due(
    desk: Desk,
    name: sa.orm.InstrumentedAttribute[str],
    due_at: sa.orm.InstrumentedAttribute[object],
    do: Callable[[str], object],
) -> int:
    with desk.database.reading() as session:
        due = sa.select(name).where(due_at <= session.now).order_by(due_at).limit(SLICE)
        ids = session.scalars(due).all()
    return several_at_once(do, ids)

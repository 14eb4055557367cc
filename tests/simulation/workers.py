"""The product's jobs and sweeps, taken apart so that one piece at a time can be done or die."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from billing_core.actions.cancel_late_approval import cancel_late_approval
from billing_core.actions.charge_standing import charge_standing
from billing_core.actions.expire_charges import expire_charges
from billing_core.actions.reconcile_due_days import reconcile_due_days
from billing_core.actions.refund_charge import refund_charge
from billing_core.actions.remove_acquirer_key import remove_acquirer_key
from billing_core.actions.retry_due_charges import retry_due_charges
from billing_core.actions.settle_issue_attempt import settle_issue_attempt
from billing_core.bill_keys import BillKey
from billing_core.bill_keys import Status as BillKeyStatus
from billing_core.charge_attempts import ChargeAttempt
from billing_core.charging_jobs import start_forgotten
from billing_core.issue_attempts import IssueAttempt
from billing_core.jobs import register_entered_card
from billing_core.late_approvals import LateApproval
from billing_core.orphan_keys import KeyRemoval, OrphanKey
from billing_core.refunds import Refund
from foundation.key_rotation import publish_keys
from tests.simulation.run import Run

QUIET_S = 120.0
Step = tuple[str, Callable[[], object]]

KINDS: dict[str, tuple[Any, Any, Any]] = {
    "settle charge": (ChargeAttempt, ChargeAttempt.next_inquiry_at, ChargeAttempt.sent_at),
    "settle refund": (Refund, Refund.next_inquiry_at, Refund.created_at),
    "undo late approval": (LateApproval, LateApproval.next_try_at, LateApproval.created_at),
    "settle issue": (IssueAttempt, IssueAttempt.next_inquiry_at, IssueAttempt.sent_at),
}
REMOVALS = "remove key"


class Workers:
    """What a worker of this run can do."""

    def __init__(self, run: Run) -> None:
        self._run = run
        run.jobs = {
            "urgent_charge_standing": lambda *ids: charge_standing(run.desk, *ids),
            "refund_charge": lambda rid: refund_charge(run.desk, rid),
            "cancel_late_approval": lambda aid: cancel_late_approval(run.desk, aid),
            "remove_acquirer_key": lambda kid: remove_acquirer_key(run.desk, kid),
            "urgent_register_entered_card": lambda rid: register_entered_card(run.desk, rid),
        }
        self.kinds = (*KINDS, REMOVALS)
        self.sweeps: list[Step] = [
            ("expire charges", self._expire),
            ("retry due charges", lambda: retry_due_charges(run.database)),
            ("start forgotten charges", lambda: start_forgotten(run.desk)),
            ("reconcile", lambda: reconcile_due_days(run.desk)),
            ("publish keys", self._publish),
        ]

    def due(self, kind: str) -> list[Step]:
        """What a sweep would find now, oldest first."""
        do = {
            "settle charge": partial(self._run.procedures.settle, quiet_s=QUIET_S, by_text=True),
            "settle refund": partial(refund_charge, quiet_s=QUIET_S),
            "undo late approval": cancel_late_approval,
            "settle issue": partial(settle_issue_attempt, quiet_s=QUIET_S, by_text=True),
            REMOVALS: remove_acquirer_key,
        }[kind]
        now = self._run.now()
        return [
            (f"{kind} {name}", partial(do, self._run.desk, name))
            for name, at in self._dated(kind)
            if at is None or at <= now
        ]

    def next_due(self) -> object:
        """When anything is due next; None when nothing is."""
        moments = [at or self._run.now() for kind in self.kinds for _, at in self._dated(kind)]
        return min(moments, default=None)

    def comes_to_rest(self, rounds: int) -> bool:
        """Do everything that is due until nothing is, and say whether that came to an end."""
        run = self._run
        for _ in range(rounds):
            while run.waiting:
                run.do_work(0)
            for kind in self.kinds:
                for step in self.due(kind):
                    run.do(*step)
            at: Any = self.next_due()
            if at is None and not run.waiting:
                return True
            if at is not None:
                run.passes(max(at - run.now(), timedelta(milliseconds=1)))
        return False

    def _dated(self, kind: str) -> list[tuple[str, Any]]:
        with self._run.database.reading() as session:
            if kind == REMOVALS:
                return [*_removals(session, BillKey), *_removals(session, OrphanKey)]
            table, at, born = KINDS[kind]
            query = sa.select(table.id, at).where(at.is_not(None)).order_by(born)
            return [(name, moment) for name, moment in session.execute(query)]

    def _expire(self) -> None:
        with self._run.database.transaction() as session:
            expire_charges(session)

    def _publish(self) -> None:
        with self._run.database.transaction() as session:
            publish_keys(session, self._run.desk.opener.masters)


def _removals(session: Any, kind: Any) -> list[tuple[str, Any]]:
    goes = BillKey.status == BillKeyStatus.REVOKED if kind is BillKey else sa.true()
    query = (
        sa.select(kind.id, KeyRemoval.next_try_at)
        .outerjoin(KeyRemoval, KeyRemoval.id == kind.id)
        .where(kind.removed_at.is_(None), goes)
        .order_by(kind.created_at)
    )
    return [(name, moment) for name, moment in session.execute(query)]

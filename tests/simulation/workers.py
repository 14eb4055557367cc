"""The product's jobs and sweeps, taken apart so that one piece at a time can be done or die."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
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
from foundation.database import Moment
from foundation.key_rotation import publish_keys
from tests.simulation.run import Run

Step = tuple[str, Callable[[], object]]
# A kind of thing, the id of one, and when its time comes; None is at once.
Dated = tuple[str, str, datetime | None]

# What a sweep looks for: the table, when a row is due, and the order of rows that are.
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

    def due(self) -> list[Step]:
        """What the sweeps would find now, kind by kind, oldest first."""
        now = self._run.now()
        return [
            self._step(kind, name) for kind, name, at in self._dated() if at is None or at <= now
        ]

    def comes_to_rest(self, rounds: int) -> bool:
        """Do everything that is due until nothing is, and say whether that came to an end."""
        run = self._run
        for _ in range(rounds):
            while run.waiting:
                run.do_work(0)
            dated = self._dated()
            for kind, name, at in dated:
                if at is None or at <= run.now():
                    run.do(*self._step(kind, name))
            if not dated and not run.waiting:
                return True
            self._until_the_next(dated)
        return False

    def _until_the_next(self, dated: list[Dated]) -> None:
        """Let time pass until something is due, unless something was."""
        now = self._run.now()
        moments = [at or now for _, _, at in dated]
        if moments and min(moments) > now:
            self._run.passes(min(moments) - now)

    def _step(self, kind: str, name: str) -> Step:
        do: dict[str, Callable[..., object]] = {
            "settle charge": partial(self._run.procedures.settle, by_text=True),
            "settle refund": refund_charge,
            "undo late approval": cancel_late_approval,
            "settle issue": partial(settle_issue_attempt, by_text=True),
            REMOVALS: remove_acquirer_key,
        }
        return f"{kind} {name}", partial(do[kind], self._run.desk, name)

    def _dated(self) -> list[Dated]:
        with self._run.database.reading() as session:
            found = session.execute(_everything_dated(session.get_bind().dialect))
            return [(self.kinds[number], name, at) for number, name, at, _born in found]

    def _expire(self) -> None:
        with self._run.database.transaction() as session:
            expire_charges(session)

    def _publish(self) -> None:
        with self._run.database.transaction() as session:
            publish_keys(session, self._run.desk.opener.masters)


@cache
def _everything_dated(dialect: sa.Dialect) -> sa.Executable:
    """One statement for all kinds, in words: a run asks it so often that its making would count."""
    parts = [
        sa.select(sa.literal_column(str(number)), table.id, at, born).where(at.is_not(None))
        for number, (table, at, born) in enumerate(KINDS.values())
    ]
    revoked = BillKey.status == BillKeyStatus.REVOKED
    parts += [
        sa.select(
            sa.literal_column(str(len(KINDS))), kind.id, KeyRemoval.next_try_at, kind.created_at
        )
        .outerjoin(KeyRemoval, KeyRemoval.id == kind.id)
        .where(kind.removed_at.is_(None), goes)
        for kind, goes in ((BillKey, revoked), (OrphanKey, sa.true()))
    ]
    query = sa.union_all(*parts).order_by(sa.literal_column("1"), sa.literal_column("4"))
    words = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    kinds = (sa.Integer(), sa.Text(), Moment(), Moment())
    columns = [sa.column(f"column_{place}", kind) for place, kind in enumerate(kinds)]
    return sa.text(words).columns(*columns)

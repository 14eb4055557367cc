"""Every night: yesterday, and the days on which something still differs."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from billing_core.actions.reconcile import reconcile
from billing_core.desk import Desk
from billing_core.reconciliation import Difference, ReconciledDay
from foundation.clock import KST, kst_day

# Acquirers' lists of a day are complete some hours after midnight.
FROM = time(6)
# Longer than any acquirer takes to correct its list; what is older waits for a person.
LOOK_BACK = timedelta(days=31)


def reconcile_due_days(desk: Desk) -> int:
    """Compare what has not been compared since this morning; return how many days that were."""
    due = _due(desk)
    for day in due:
        reconcile(desk, day)
    return len(due)


def _due(desk: Desk) -> list[date]:
    with desk.database.reading() as session:
        today = kst_day(session.now)
        this_morning = datetime.combine(today, FROM, KST)
        if session.now < this_morning:
            return []
        differing = sa.select(Difference.day).where(
            Difference.settled_at.is_(None), Difference.day >= today - LOOK_BACK
        )
        days = {today - timedelta(days=1), *session.scalars(differing)}
        done = sa.select(ReconciledDay.day, ReconciledDay.acquirer).where(
            ReconciledDay.day.in_(days), ReconciledDay.last_run_at >= this_morning
        )
        compared = {tuple(row) for row in session.execute(done)}
    # Today is not over: what differs today is looked at tomorrow.
    return sorted(
        day
        for day in days
        if day < today and any((day, name) not in compared for name in desk.acquirers)
    )

"""Every night: yesterday, the days that nobody compared, and those on which something still differs."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from billing_core.actions.reconcile import reconcile
from billing_core.desk import Desk
from billing_core.reconciliation import Difference, ReconciledDay
from foundation.clock import KST, kst_day
from foundation.database import Session

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
        days = {*_not_compared_yet(session, desk, today), *session.scalars(differing)}
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


def _not_compared_yet(session: Session, desk: Desk, today: date) -> list[date]:
    """Yesterday, and the days before it since each acquirer's list was last compared.

    On a day on which no worker ran, or no list came, nothing was compared.
    """
    newest = sa.select(ReconciledDay.acquirer, sa.func.max(ReconciledDay.day)).where(
        ReconciledDay.last_run_at.is_not(None)
    )
    known = {row[0]: row[1] for row in session.execute(newest.group_by(ReconciledDay.acquirer))}
    yesterday = today - timedelta(days=1)
    # Whoever was never compared begins with yesterday.
    last = min(known.get(name, yesterday - timedelta(days=1)) for name in desk.acquirers)
    first = max(min(last + timedelta(days=1), yesterday), today - LOOK_BACK)
    return [first + timedelta(days=number) for number in range((today - first).days)]

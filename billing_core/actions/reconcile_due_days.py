"""Every night: yesterday, the days that nobody compared, and those on which something still differs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
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
    due = _due(desk, list(desk.acquirers))
    for day, accounts in due.items():
        reconcile(desk, day, accounts)
    return len(due)


def _due(desk: Desk, accounts: Iterable[str]) -> dict[date, list[str]]:
    """The days, oldest first, and which accounts are to be compared on each."""
    with desk.database.reading() as session:
        today = kst_day(session.now)
        this_morning = datetime.combine(today, FROM, KST)
        if session.now < this_morning:
            return {}
        due = {*_differing(session, today), *_not_compared_yet(session, accounts, today)}
        done = sa.select(ReconciledDay.day, ReconciledDay.acquirer).where(
            ReconciledDay.day >= today - LOOK_BACK, ReconciledDay.last_run_at >= this_morning
        )
        due -= {(day, account) for day, account in session.execute(done)}
    by_day = defaultdict(list)
    for day, account in sorted(due):
        # Today is not over: what differs today is looked at tomorrow.
        if day < today and account in accounts:
            by_day[day].append(account)
    return by_day


def _differing(session: Session, today: date) -> Iterator[tuple[date, str]]:
    still_open = sa.select(Difference.day, Difference.acquirer).where(
        Difference.settled_at.is_(None), Difference.day >= today - LOOK_BACK
    )
    return ((day, account) for day, account in session.execute(still_open))


def _not_compared_yet(
    session: Session, accounts: Iterable[str], today: date
) -> Iterator[tuple[date, str]]:
    """Yesterday, and the days before it since the list of an account was last compared.

    On a day on which no worker ran, or no list came, nothing was compared.
    """
    newest = sa.select(ReconciledDay.acquirer, sa.func.max(ReconciledDay.day)).where(
        ReconciledDay.last_run_at.is_not(None)
    )
    last = {row[0]: row[1] for row in session.execute(newest.group_by(ReconciledDay.acquirer))}
    yesterday = today - timedelta(days=1)
    for account in accounts:
        # Who was never compared begins with yesterday.
        after = last.get(account, yesterday - timedelta(days=1)) + timedelta(days=1)
        first = max(min(after, yesterday), today - LOOK_BACK)
        yield from ((first + timedelta(number), account) for number in range((today - first).days))

"""What the worker does about card checks and keys at acquirers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import sqlalchemy as sa

from billing_core.actions.read_notice import read_notice
from billing_core.actions.refresh_issuer_plans import refresh_issuer_plans
from billing_core.actions.remove_acquirer_key import remove_acquirer_key
from billing_core.actions.settle_issue_attempt import settle_issue_attempt
from billing_core.bill_keys import BillKey, Status
from billing_core.desk import Desk
from billing_core.issue_attempts import IssueAttempt
from billing_core.orphan_keys import KeyRemoval, OrphanKey
from foundation.database import Session
from foundation.jobs import Job, Sweep

# Somebody who waits for the result of a lost answer should have the text within moments.
SETTLE_EVERY_S = 2.0
REMOVE_EVERY_S = 30.0
PLANS_EVERY_S = 3600.0
# One round of a sweep: while an acquirer is silent, each of these costs a whole read time-out.
SLICE = 100
AT_ONCE = 4


def jobs(desk: Desk) -> list[Job]:
    return [
        Job("remove_acquirer_key", partial(remove_acquirer_key, desk)),
        Job("read_notice", partial(read_notice, desk)),
    ]


def sweeps(desk: Desk) -> list[Sweep]:
    return [
        Sweep("settle_issue_attempts", SETTLE_EVERY_S, partial(settle_due_attempts, desk)),
        Sweep("remove_acquirer_keys", REMOVE_EVERY_S, partial(remove_due_keys, desk)),
        Sweep("refresh_issuer_plans", PLANS_EVERY_S, partial(refresh_issuer_plans, desk)),
    ]


def settle_due_attempts(desk: Desk) -> int:
    """Inquire about every attempt whose time has come; return how many there were."""
    with desk.database.reading() as session:
        query = (
            sa.select(IssueAttempt.id)
            .where(IssueAttempt.next_inquiry_at <= session.now)
            .order_by(IssueAttempt.next_inquiry_at)
            .limit(SLICE)
        )
        due = session.scalars(query).all()
    settle = partial(settle_issue_attempt, desk, by_text=True)
    return several_at_once(settle, due)


def remove_due_keys(desk: Desk) -> int:
    """Try to remove every key that must go and is due; return how many there were."""
    with desk.database.reading() as session:
        due = [
            *_due(session, BillKey, BillKey.status == Status.REVOKED),
            *_due(session, OrphanKey, sa.true()),
        ]
    return several_at_once(partial(remove_acquirer_key, desk), due)


def _due(
    session: Session, kind: type[BillKey | OrphanKey], goes: sa.ColumnElement[bool]
) -> Sequence[str]:
    is_due = sa.or_(KeyRemoval.id.is_(None), KeyRemoval.next_try_at <= session.now)
    query = (
        sa.select(kind.id)
        .outerjoin(KeyRemoval, KeyRemoval.id == kind.id)
        .where(kind.removed_at.is_(None), goes, is_due)
        .limit(SLICE)
    )
    return session.scalars(query).all()


def several_at_once(work: Callable[[str], object], ids: Sequence[str]) -> int:
    """Do the work for each, a few at the same time; return how many there were.

    Where one fails, all others are done, and then its exception is raised.
    """
    if not ids:
        return 0
    with ThreadPoolExecutor(min(AT_ONCE, len(ids))) as pool:
        # Not `map`: that gives up whatever has not begun when the first one fails.
        done = [pool.submit(work, each) for each in ids]
    for each in done:
        each.result()
    return len(ids)

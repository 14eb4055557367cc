"""Compare a day with the acquirers' lists, keep what differs, and set right what can be.

An approval there that nobody here may have is cancelled; attempts and refunds that may have landed
late are inquired about at once. Everything else waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
import structlog
from prometheus_client import Gauge
from sqlalchemy.dialects import postgresql, sqlite

from billing_core.acquirers.protocol import Approved, Listed, Unknown
from billing_core.charge_attempts import ChargeAttempt, Status
from billing_core.charge_outcomes import OPEN
from billing_core.desk import Desk
from billing_core.kst_days import day_bounds
from billing_core.late_approvals import remember_late_approval
from billing_core.ledger import Account, LedgerLine
from billing_core.reconciliation import Difference, Found, Kind, Ours, ReconciledDay, compare
from billing_core.refunds import Refund
from billing_core.refunds import Status as RefundStatus
from foundation.database import Session
from foundation.ids import new_id

OPEN_DIFFERENCES = Gauge(
    "ars_reconciliation_differences", "Open differences with an acquirer.", ["acquirer"]
)

# What nobody may have any more. An approved attempt without its lines is a ledger that lost them:
# the money is rightly there, and a person looks.
GIVEN_UP = (Status.DECLINED, Status.VOIDED)

log = structlog.get_logger()


@dataclass(frozen=True)
class Reconciled:
    """What a run found: the open differences of the day, and who could not be asked."""

    day: date
    differences: Sequence[Difference]
    unanswered: Sequence[str]


def reconcile(desk: Desk, day: date, accounts: Iterable[str] | None = None) -> Reconciled:
    """Compare one day in Korea with these accounts at acquirers, or with all. Safe to repeat."""
    unanswered = []
    for name in desk.acquirers if accounts is None else accounts:
        listed = desk.acquirers[name].list_day(day)
        if isinstance(listed, Unknown):
            unanswered.append(name)
            log.warning("reconciliation.no_list", acquirer=name, day=str(day), why=listed.why)
            continue
        with desk.database.transaction() as session:
            _compare_day(session, name, day, listed)
    with desk.database.reading() as session:
        still_open = sa.select(Difference).where(
            Difference.day == day, Difference.settled_at.is_(None)
        )
        differences = session.scalars(still_open.order_by(Difference.id)).all()
    return Reconciled(day, differences, unanswered)


def _compare_day(session: Session, acquirer: str, day: date, listed: Sequence[Listed]) -> None:
    _hold_day(session, acquirer, day)
    theirs = {payment.order_id: payment for payment in listed}
    found = set(compare(_ours(session, acquirer, day, theirs), theirs))
    _keep(session, acquirer, day, found)
    for difference in found:
        _set_right(session, difference, theirs.get(difference.order_id))
    count = sa.select(sa.func.count()).where(
        Difference.acquirer == acquirer, Difference.settled_at.is_(None)
    )
    OPEN_DIFFERENCES.labels(acquirer).set(session.scalar(count) or 0)
    log.info("reconciliation.done", acquirer=acquirer, day=str(day), differences=len(found))


def _hold_day(session: Session, acquirer: str, day: date) -> None:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {"acquirer": acquirer, "day": day}
    session.execute(insert(ReconciledDay).values(row).on_conflict_do_nothing())
    held = session.get_one(ReconciledDay, (acquirer, day), with_for_update=True)
    held.last_run_at = session.now


def _ours(session: Session, acquirer: str, day: date, theirs: dict[str, Listed]) -> dict[str, Ours]:
    """The payments of the day by the acquirer's clock, and whatever else is on its list."""
    first, end = day_bounds(day)
    of_the_day = sa.and_(ChargeAttempt.approved_at >= first, ChargeAttempt.approved_at < end)
    paid = sa.func.sum(sa.case((LedgerLine.won > 0, LedgerLine.won), else_=0))
    given_back = -sa.func.sum(sa.case((LedgerLine.won < 0, LedgerLine.won), else_=0))
    query = (
        sa.select(ChargeAttempt.id, LedgerLine.transaction_id, paid, given_back)
        .join(LedgerLine, LedgerLine.charge_id == ChargeAttempt.charge_id)
        .where(
            ChargeAttempt.acquirer == acquirer,
            ChargeAttempt.status == Status.APPROVED,
            LedgerLine.account == Account.ACQUIRER,
            LedgerLine.transaction_id == ChargeAttempt.transaction_id,
        )
        .group_by(ChargeAttempt.id, LedgerLine.transaction_id)
    )
    rows = {row[0]: row for row in session.execute(query.where(of_the_day))}
    for order_id in theirs.keys() - rows.keys():
        # Approved there around midnight, as our two clocks see it.
        rows |= {row[0]: row for row in session.execute(query.where(ChargeAttempt.id == order_id))}
    return {
        order_id: Ours(order_id, transaction_id, int(came), int(went))
        for order_id, transaction_id, came, went in rows.values()
    }


def _keep(session: Session, acquirer: str, day: date, found: set[Found]) -> None:
    open_ones = sa.select(Difference).where(
        Difference.acquirer == acquirer, Difference.day == day, Difference.settled_at.is_(None)
    )
    known = {(row.kind, row.order_id): row for row in session.scalars(open_ones.with_for_update())}
    for difference in found:
        row = known.pop((difference.kind, difference.order_id), None)
        if row is None:
            session.add(_row(session, acquirer, day, difference))
            log.error("reconciliation.differs", acquirer=acquirer, **vars(difference))
        else:
            row.ours, row.theirs = difference.ours, difference.theirs
    for settled in known.values():
        settled.settled_at = session.now
    session.flush()


def _row(session: Session, acquirer: str, day: date, found: Found) -> Difference:
    return Difference(
        id=new_id("diff", session.now),
        day=day,
        acquirer=acquirer,
        kind=found.kind,
        order_id=found.order_id,
        transaction_id=found.transaction_id,
        ours=found.ours,
        theirs=found.theirs,
        found_at=session.now,
        settled_at=None,
    )


def _set_right(session: Session, difference: Found, listed: Listed | None) -> None:
    attempt = session.get(ChargeAttempt, difference.order_id, with_for_update=True)
    if attempt is None or listed is None:
        return
    if attempt.status in OPEN:
        attempt.next_inquiry_at = session.now
    elif attempt.status in GIVEN_UP and _is_untouched(difference, listed):
        approved = Approved(listed.transaction_id, "", listed.approved_at, None)
        remember_late_approval(session, attempt, approved)
    elif difference.kind is Kind.STATUS_DIFFERS:
        _ask_about_refunds(session, attempt)


def _is_untouched(difference: Found, listed: Listed) -> bool:
    return difference.kind is Kind.MISSING_HERE and not listed.canceled.won


def _ask_about_refunds(session: Session, attempt: ChargeAttempt) -> None:
    """A refund that was given up as absent may have landed much later."""
    session.execute(
        sa.update(Refund)
        .where(
            Refund.charge_id == attempt.charge_id,
            Refund.sent_at.is_not(None),
            Refund.status != RefundStatus.SUCCEEDED,
        )
        .values(next_inquiry_at=session.now)
    )

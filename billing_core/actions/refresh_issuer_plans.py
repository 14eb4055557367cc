"""Fetch the months that issuers offer free of interest today, as each acquirer lists them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
import structlog

from billing_core.acquirers.account_names import acquirer_of
from billing_core.acquirers.protocol import InterestFree, Unknown
from billing_core.desk import Desk
from billing_core.instalments import IssuerPlan
from foundation.clock import kst_day
from foundation.database import Session
from foundation.ids import new_id

# Offers change by the month; a day that was missed is made up for within the hour.
FRESH_FOR = timedelta(hours=20)

log = structlog.get_logger()


def refresh_issuer_plans(desk: Desk) -> None:
    """Replace the list of every acquirer whose list is a day old. Safe to repeat."""
    done: set[str] = set()
    for account, acquirer in desk.acquirers.items():
        name = acquirer_of(account)
        if name in done or not _is_due(desk, name):
            continue
        listed = acquirer.list_interest_free()
        if isinstance(listed, Unknown):
            log.warning("instalments.no_list", acquirer=name, why=listed.why)
        elif listed is not None:
            done.add(name)
            with desk.database.transaction() as session:
                _replace(session, name, listed)


def _is_due(desk: Desk, acquirer: str) -> bool:
    with desk.database.reading() as session:
        newest = sa.select(sa.func.max(IssuerPlan.listed_at)).where(IssuerPlan.acquirer == acquirer)
        listed_at = session.scalar(newest)
        return listed_at is None or listed_at < session.now - FRESH_FOR


def _replace(session: Session, acquirer: str, listed: Sequence[InterestFree]) -> None:
    session.execute(
        sa.delete(IssuerPlan).where(
            IssuerPlan.acquirer == acquirer, IssuerPlan.listed_at.is_not(None)
        )
    )
    session.add_all(
        IssuerPlan(
            id=new_id("plan", session.now),
            acquirer=acquirer,
            issuer_code=offer.issuer_code,
            months=months,
            amount_min=offer.amount_min,
            amount_max=offer.amount_max,
            first_day=kst_day(session.now),
            last_day=offer.last_day,
            listed_at=session.now,
        )
        for offer in listed
        for months in offer.months
    )
    log.info("instalments.listed", acquirer=acquirer, offers=len(listed))

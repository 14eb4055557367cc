"""Expire bill keys whose card can no longer be charged: the month in which it ends is over."""

from __future__ import annotations

import sqlalchemy as sa
import structlog

from billing_core.bill_keys import BillKey, Status, move
from foundation.clock import kst_day
from foundation.database import Session

# One transaction's worth: on SQLite nobody else writes meanwhile. Most cards end on the same few
# nights of a year, so whoever gets a full slice back asks again in a new transaction.
SLICE = 100

log = structlog.get_logger()


def expire_bill_keys(session: Session) -> int:
    """Expire one slice of what is due, tell the merchants, and return how many that were.

    The acquirer's key stays: the customer may still be called to pay with another card, and the
    merchant's wish alone removes a card.
    """
    this_month = f"{kst_day(session.now):%Y-%m}"
    due = session.scalars(
        sa.select(BillKey)
        .where(BillKey.status == Status.ACTIVE, BillKey.card_expiry < this_month)
        .order_by(BillKey.card_expiry)
        .limit(SLICE)
        .with_for_update(skip_locked=True)
    ).all()
    for bill_key in due:
        move(session, bill_key, Status.EXPIRED, why=f"the card ended in {bill_key.card_expiry}")
        log.info("bill_key.expired", bill_key=bill_key.id)
    return len(due)

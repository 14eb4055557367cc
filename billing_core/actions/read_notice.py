"""Read a gateway's notice: where it is genuine, ask about the order at once instead of later."""

from __future__ import annotations

import sqlalchemy as sa
import structlog
from prometheus_client import Counter

from billing_core.acquirer_notices import AcquirerNotice
from billing_core.actions.refund_charge import refund_charge
from billing_core.actions.settle_charge_attempt import settle_charge_attempt
from billing_core.charge_attempts import ChargeAttempt
from billing_core.charge_outcomes import OPEN
from billing_core.desk import Desk
from billing_core.refunds import Refund

NOTICES = Counter("ars_acquirer_notices", "Notices of gateways.", ["acquirer", "kind"])

log = structlog.get_logger()


def read_notice(desk: Desk, notice_id: str) -> None:
    """Verify it, then inquire about what is still open. Safe to repeat."""
    with desk.database.reading() as session:
        notice = session.get(AcquirerNotice, notice_id)
        if notice is None or notice.body is None:
            return
        attempt = session.get_one(ChargeAttempt, notice.attempt_id)
        waiting = sa.select(Refund.id).where(
            Refund.charge_id == attempt.charge_id, Refund.next_inquiry_at.is_not(None)
        )
        refunds = session.scalars(waiting).all()
    acquirer = desk.acquirers[attempt.acquirer]
    if not acquirer.is_genuine(notice.headers or {}, notice.body.encode()):
        NOTICES.labels(notice.gateway, "not_genuine").inc()
        log.warning("acquirer.notice_not_genuine", acquirer=notice.gateway, attempt=attempt.id)
    else:
        NOTICES.labels(notice.gateway, "genuine").inc()
        if attempt.status in OPEN:
            settle_charge_attempt(desk, attempt.id, by_text=True)
        for refund_id in refunds:
            refund_charge(desk, refund_id)
    _has_been_read(desk, notice_id)


def _has_been_read(desk: Desk, notice_id: str) -> None:
    with desk.database.transaction() as session:
        session.execute(
            sa.update(AcquirerNotice)
            .where(AcquirerNotice.id == notice_id)
            .values(headers=None, body=None, read_at=session.now)
        )

"""Give back the number that a request holds."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import structlog
from prometheus_client import Counter

from foundation.database import Session
from virtual_numbers.loans import EndReason, Loan

RETURNED = Counter("ars_numbers_returned", "Loans ended by their request.", ["reason"])

log = structlog.get_logger()


def return_number(
    session: Session, request_id: str, reason: EndReason = EndReason.RETURNED
) -> None:
    """End the open loan of a request. Without one nothing happens, so it is safe to repeat."""
    result: Any = session.execute(
        sa.update(Loan)
        .where(Loan.request_id == request_id, Loan.ended_at.is_(None))
        .values(ended_at=session.now, end_reason=reason)
    )
    if result.rowcount:
        RETURNED.labels(reason).inc()
        log.info("number.returned", request=request_id, reason=reason)

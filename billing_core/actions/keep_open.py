"""Keep a request open while its customer is on the telephone: nothing expires under a caller."""

from __future__ import annotations

from datetime import timedelta

import structlog

from billing_core.charges import Charge
from billing_core.registrations import Registration
from foundation.database import Session
from virtual_numbers.actions.lend_number import lend_number

# Four times as long as a call in which a card is registered. A request that is called again and again
# stays open; one that nobody calls any more ends this much later at most.
FOR_A_CALL = timedelta(minutes=15)

log = structlog.get_logger()


def keep_open(session: Session, request: Registration | Charge) -> None:
    """Move a deadline that the call could outlast, of the request and of its number.

    The caller of this holds the request's row, so that no sweep expires it in between.
    """
    until = session.now + FOR_A_CALL
    if request.expires_at >= until:
        return
    request.expires_at = until
    lend_number(session, phone=request.phone, request_id=request.id, expires_at=until)
    session.flush()
    log.info("request.kept_open", request=request.id)

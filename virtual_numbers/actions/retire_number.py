"""Take a number out of the pool: no new loans; open ones go on until they end."""

from __future__ import annotations

import sqlalchemy as sa
import structlog

from foundation.database import Session
from foundation.errors import NotFound
from foundation.phone_number import PhoneNumber
from virtual_numbers.numbers import LIFECYCLE, NumberStatus, VirtualNumber

log = structlog.get_logger()


def retire_number(session: Session, written: str) -> VirtualNumber:
    """Retire a number. Retiring it again changes nothing, nor the moment its rest began."""
    number = _find(session, written)
    if number.is_active:
        LIFECYCLE.move(session, number, NumberStatus.RETIRED, why="retired", retired_at=session.now)
        log.info("number.retired", number=number.e164.masked)
    return number


def _find(session: Session, written: str) -> VirtualNumber:
    absent = NotFound(f"{written!r} is not in the pool. `ars numbers list` shows what is.")
    try:
        e164 = PhoneNumber.parse(written)
    except ValueError:
        raise absent from None
    query = sa.select(VirtualNumber).where(VirtualNumber.e164 == e164).with_for_update()
    number = session.scalar(query)
    if number is None:
        raise absent
    return number

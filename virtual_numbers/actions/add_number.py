"""Put a number into the pool."""

from __future__ import annotations

import phonenumbers
import sqlalchemy as sa
import structlog
from phonenumbers import PhoneNumberType

from foundation.clock import KST
from foundation.database import Session
from foundation.errors import Conflict, InvalidRequest
from foundation.ids import new_id
from foundation.phone_number import PhoneNumber
from virtual_numbers.numbers import LIFECYCLE, NumberStatus, VirtualNumber

KOREA = 82
# A customer would pay for the call, or nobody would answer it.
UNFIT_KINDS = {
    PhoneNumberType.PREMIUM_RATE: "callers pay a premium for it",
    PhoneNumberType.PAGER: "it is a pager",
}

log = structlog.get_logger()


def add_number(session: Session, written: str) -> VirtualNumber:
    """Add a number as a person would write it. Adding one that is there changes nothing.

    A retired number comes back once it has rested; until then Conflict says when that is.
    """
    e164 = _read(written)
    number = _find(session, e164)
    if number is None:
        number = _insert(session, e164)
    if not number.is_active:
        _bring_back(session, number)
    return number


def _read(written: str) -> PhoneNumber:
    try:
        number = PhoneNumber.parse(written)
    except ValueError as error:
        raise _unfit(written, str(error)) from None
    parsed = phonenumbers.parse(number.e164)
    kind = phonenumbers.number_type(parsed)
    if kind in UNFIT_KINDS:
        raise _unfit(written, UNFIT_KINDS[kind])
    # Numbering plans abroad are the provider's concern; at home a slip of the finger is noticed.
    if parsed.country_code == KOREA and not phonenumbers.is_valid_number(parsed):
        raise _unfit(written, "no Korean number looks like this")
    return number


def _unfit(written: str, why: str) -> InvalidRequest:
    return InvalidRequest.field(
        "/number",
        f"{written!r} cannot be in the pool: {why}. Write it like +827012345678 or 070-1234-5678.",
    )


def _find(session: Session, e164: PhoneNumber) -> VirtualNumber | None:
    return session.scalar(
        sa.select(VirtualNumber).where(VirtualNumber.e164 == e164).with_for_update()
    )


def _insert(session: Session, e164: PhoneNumber) -> VirtualNumber:
    number = VirtualNumber(
        id=new_id("vn", session.now),
        e164=e164,
        status=NumberStatus.ACTIVE,
        last_lent_at=session.now,
        created_at=session.now,
    )
    try:
        with session.begin_nested():
            session.add(number)
    except sa.exc.IntegrityError:
        # Somebody added it at the same moment: theirs is as good as ours.
        return session.scalars(sa.select(VirtualNumber).where(VirtualNumber.e164 == e164)).one()
    log.info("number.added", number=e164.masked)
    return number


def _bring_back(session: Session, number: VirtualNumber) -> None:
    rests_until = number.rests_until
    if rests_until and rests_until > session.now:
        raise Conflict(
            f"{number.e164} was retired and rests until "
            f"{rests_until.astimezone(KST):%Y-%m-%d %H:%M:%S} Korean time; add it after that.",
            code="number_resting",
            retry_after_s=int((rests_until - session.now).total_seconds()) + 1,
        )
    LIFECYCLE.move(session, number, NumberStatus.ACTIVE, why="added again", retired_at=None)
    log.info("number.added", number=number.e164.masked, again=True)

"""Lend a number to a phone for one request: the longest rested one that the phone may have.

One number serves many customers at once, so what must be exclusive is the pair. The choice asks an
index about each number in turn, and the unique index on open pairs has the last word: whoever loses
a race chooses again.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from prometheus_client import Counter

from foundation.database import Session
from foundation.errors import ArsError, Conflict, Unavailable
from foundation.ids import new_id
from foundation.phone_number import PhoneNumber
from virtual_numbers.loans import Loan, binds_its_pair
from virtual_numbers.numbers import NumberStatus, VirtualNumber

# A phone has a handful of requests at once; who loses this many races in a row meets a fault.
TRIES_MAX = 8
# Numbers come free as loans end, not by the second; an hour also leaves time to add some.
EXHAUSTED_RETRY_AFTER_S = 3600
BUSY_RETRY_AFTER_S = 1

LENT = Counter("ars_numbers_lent", "Loans opened.")
EXHAUSTED = Counter("ars_number_pool_exhausted", "Requests for which no number was free.")

log = structlog.get_logger()


def lend_number(
    session: Session, *, phone: PhoneNumber, request_id: str, expires_at: datetime
) -> Loan:
    """Open a loan. A request that holds a number keeps it, for longer if asked: safe to repeat.

    Raises Unavailable when no number is free for this phone.
    """
    for _ in range(TRIES_MAX):
        held = session.scalar(_open_loan_of(request_id))
        if held is not None:
            return _keep(held, phone, expires_at)
        loan = _try_to_lend(session, phone, request_id, expires_at)
        if loan is not None:
            LENT.inc()
            log.info("number.lent", number=loan.number.masked, phone=phone.masked, loan=loan.id)
            return loan
    raise Unavailable(
        "Too many requests for this phone at the same moment. Send this one again.",
        code="number_pool_busy",
        retry_after_s=BUSY_RETRY_AFTER_S,
    )


class _Choice(NamedTuple):
    number_id: str
    number: PhoneNumber


class _PairBound(ArsError):
    """Between our look and our loan, another loan on this pair was opened and ended."""


def _open_loan_of(request_id: str) -> sa.Select[Loan]:
    return sa.select(Loan).where(Loan.request_id == request_id, Loan.ended_at.is_(None))


def _keep(held: Loan, phone: PhoneNumber, expires_at: datetime) -> Loan:
    if held.phone != phone:
        raise Conflict("This request holds a number for another phone. Return that number first.")
    held.expires_at = max(held.expires_at, expires_at)
    return held


def _try_to_lend(
    session: Session, phone: PhoneNumber, request_id: str, expires_at: datetime
) -> Loan | None:
    choice = _choose(session, phone, unlocked_only=True)
    is_ours = choice is not None
    # With every free number in somebody's hands for a moment, share one: pairs may differ.
    choice = choice or _choose(session, phone, unlocked_only=False) or _give_up(phone, request_id)
    loan = Loan(
        id=new_id("loan", session.now),
        number_id=choice.number_id,
        number=choice.number,
        phone=phone,
        request_id=request_id,
        opened_at=session.now,
        expires_at=expires_at,
    )
    try:
        with session.begin_nested():
            _open(session, loan)
            if is_ours:
                _mark_lent(session, choice)
    except (sa.exc.IntegrityError, _PairBound):
        return None
    return loan


def _choose(session: Session, phone: PhoneNumber, *, unlocked_only: bool) -> _Choice | None:
    bound = sa.exists().where(
        Loan.phone == phone,
        Loan.number_id == VirtualNumber.id,
        binds_its_pair(session.now),
    )
    query = (
        sa.select(VirtualNumber.id, VirtualNumber.e164)
        .where(VirtualNumber.status == NumberStatus.ACTIVE, ~bound)
        .order_by(VirtualNumber.last_lent_at, VirtualNumber.id)
        .limit(1)
    )
    if unlocked_only:
        # Customers served at the same moment get different numbers instead of waiting in line.
        # NO KEY: the loans' foreign key may still look at a number that is being lent.
        query = query.with_for_update(of=VirtualNumber, key_share=True, skip_locked=True)
    found = session.execute(query).one_or_none()
    return _Choice(*found) if found else None


def _give_up(phone: PhoneNumber, request_id: str) -> _Choice:
    EXHAUSTED.inc()
    log.error("number_pool.exhausted", phone=phone.masked, request=request_id)
    raise Unavailable(
        "No virtual number is free for this phone. The operator has been told; send the request "
        "again later.",
        code="number_pool_exhausted",
        retry_after_s=EXHAUSTED_RETRY_AFTER_S,
    )


def _open(session: Session, loan: Loan) -> None:
    session.add(loan)
    session.flush()
    # The unique index knows open loans only. From here on nobody else can open this pair, so one
    # more look finds any loan that came and went since we chose.
    others = sa.exists().where(
        Loan.phone == loan.phone,
        Loan.number_id == loan.number_id,
        Loan.id != loan.id,
        binds_its_pair(session.now),
    )
    if session.scalar(sa.select(others)):
        raise _PairBound


def _mark_lent(session: Session, choice: _Choice) -> None:
    session.execute(
        sa.update(VirtualNumber)
        .where(VirtualNumber.id == choice.number_id)
        .values(last_lent_at=session.now)
    )

"""Limits on card checks that hold over restarts, callers, merchants and parallel calls.

Issuers lock a card after three wrong passwords, so a stranger could lock somebody's card through
us. A wrong expiry locks nothing, so a merchant's stolen key could try them all, with a new customer
each time. Attempts are counted from their rows; one that is under way or unknown may still turn out
to be wrong and counts as if. Who counts holds a lock until its own attempt is committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.acquirers.declines import DECLINES, DeclineCode
from billing_core.issue_attempts import IssueAttempt, Status
from foundation.clock import kst_day
from foundation.database import Base, Session
from foundation.phone_number import PhoneNumber

# Of three that an issuer allows, one is left to the customer.
WRONG_PASSWORDS_MAX = 2
# No owner mistypes it so often, and it is one of two hundred that somebody would have to try.
WRONG_EXPIRIES_MAX = 5
REFUSED_CHECKS_MAX = 5
# Cards and phones share locks by their last characters, so that the table never grows. Two
# strangers wait for each other for some milliseconds at worst.
SHARED_BY = 2

OPEN = (Status.SENDING, Status.UNKNOWN)
_WRONG_PASSWORDS = [code for code, decline in DECLINES.items() if decline.counted_as_password]
_REFUSALS = [code for code, decline in DECLINES.items() if decline.counted_as_refusal]


class Limit(StrEnum):
    """Whose limit was reached."""

    CARD = "card"
    CUSTOMER = "customer"


class AttemptLock(Base):
    """A row to be locked by whoever counts attempts. It says nothing."""

    __tablename__ = "attempt_locks"

    id: Mapped[str] = mapped_column(primary_key=True)


def limit_reached(
    session: Session, *, card_hashes: Sequence[str], phone: PhoneNumber
) -> Limit | None:
    """Say which limit forbids another check of this card for this phone today.

    Until the transaction ends nobody else counts for them: insert the attempt in it.
    """
    _lock(session, _lock_ids(card_hashes, phone))
    its_own = IssueAttempt.card_hash.in_(card_hashes)
    if _count(session, its_own, _WRONG_PASSWORDS) >= WRONG_PASSWORDS_MAX:
        return Limit.CARD
    if _count(session, its_own, [DeclineCode.EXPIRY_INVALID]) >= WRONG_EXPIRIES_MAX:
        return Limit.CARD
    if refused_checks(session, phone) >= REFUSED_CHECKS_MAX:
        return Limit.CUSTOMER
    return None


def refused_checks(session: Session, phone: PhoneNumber) -> int:
    """How many of today's card checks for this phone were refused, or still may be."""
    return _count(session, IssueAttempt.phone == phone, _REFUSALS)


def _count(session: Session, whose: sa.ColumnElement[bool], codes: Iterable[str]) -> int:
    counted = sa.or_(IssueAttempt.status.in_(OPEN), IssueAttempt.decline_code.in_(codes))
    today = IssueAttempt.kst_day == kst_day(session.now)
    query = sa.select(sa.func.count()).select_from(IssueAttempt).where(whose, today, counted)
    return session.scalar(query) or 0


def _lock_ids(card_hashes: Sequence[str], phone: PhoneNumber) -> list[str]:
    # Under every master key, so that workers with an older and a newer list of keys meet too.
    cards = {f"card:{card_hash[-SHARED_BY:]}" for card_hash in card_hashes}
    return sorted(cards | {f"phone:{phone.e164[-SHARED_BY:]}"})


def _lock(session: Session, ids: list[str]) -> None:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    rows = [{"id": lock_id} for lock_id in ids]
    session.execute(insert(AttemptLock).values(rows).on_conflict_do_nothing())
    query = sa.select(AttemptLock.id).where(AttemptLock.id.in_(ids)).order_by(AttemptLock.id)
    session.execute(query.with_for_update())

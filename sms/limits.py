"""How many texts may go out: a stolen API key must not become a machine for pumping messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from foundation.clock import KST, kst_day
from foundation.database import Session
from foundation.errors import Unavailable
from foundation.phone_number import PhoneNumber
from sms.texts import Text

LIMIT_REACHED = "text_limit_reached"

# Time enough to read one text and to ask for another; bombing somebody takes more.
PER_NUMBER_WINDOW = timedelta(minutes=10)
# What customers have just done themselves: nobody outside can order these, so they neither count
# against the caps of a number nor are held back by them. A receipt always goes out, once: whoever
# shows that number can order it again, so its repetitions are texts like all others. So is the result
# of a card that a merchant's program sent: of those, everything that the number has got is counted.
RESULTS = ("T03", "T04", "T05", "T06", "T07", "T11")
# The seed keeps our locks apart from other uses of the same number as a key.
_LOCK_SEED = 0x54455854


@dataclass(frozen=True)
class TextLimits:
    """The caps of an installation; days are days in Korea."""

    per_number_in_window: int = 3
    per_number_a_day: int = 10
    per_merchant_a_day: int = 10_000
    per_installation_a_day: int = 100_000


DEFAULT_LIMITS = TextLimits()


def limit_reached(
    session: Session,
    limits: TextLimits,
    *,
    to: PhoneNumber,
    merchant_id: str,
    template: str,
    is_repeat: bool,
    is_ordered: bool,
) -> Unavailable | None:
    """Return the refusal for one more text, or None when there is room."""
    midnight = _midnight(session.now)
    counted = sa.true() if is_ordered else _is_counted()
    is_capped = is_repeat or is_ordered or template not in RESULTS
    if is_capped and (refusal := _of_number(session, limits, to, midnight, counted)):
        return refusal
    return _of_day(session, limits, merchant_id, midnight)


def _of_number(
    session: Session,
    limits: TextLimits,
    to: PhoneNumber,
    midnight: datetime,
    counted: sa.ColumnElement[bool],
) -> Unavailable | None:
    _queue_up(session, to)
    since = min(midnight, session.now - PER_NUMBER_WINDOW)
    recent = _recent(session, to, since, limits, counted)
    in_window = [at for at in recent if at > session.now - PER_NUMBER_WINDOW]
    if len(in_window) >= limits.per_number_in_window:
        oldest = in_window[limits.per_number_in_window - 1]
        few = f"{limits.per_number_in_window} texts in 10 minutes to one number"
        return _refusal(session, few, oldest + PER_NUMBER_WINDOW)
    tomorrow = midnight + timedelta(days=1)
    if sum(at >= midnight for at in recent) >= limits.per_number_a_day:
        return _refusal(session, f"{limits.per_number_a_day} texts a day to one number", tomorrow)
    return None


def _of_day(
    session: Session, limits: TextLimits, merchant_id: str, midnight: datetime
) -> Unavailable | None:
    tomorrow = midnight + timedelta(days=1)
    if _count(session, midnight, Text.merchant_id == merchant_id) >= limits.per_merchant_a_day:
        return _refusal(
            session, f"{limits.per_merchant_a_day:,} texts a day per merchant", tomorrow
        )
    if _count(session, midnight) >= limits.per_installation_a_day:
        many = f"{limits.per_installation_a_day:,} texts a day for the whole installation"
        return _refusal(session, many, tomorrow)
    return None


def _queue_up(session: Session, to: PhoneNumber) -> None:
    # SQLite has one writer at a time. On PostgreSQL two requests for one number could both count
    # two texts and both send the third, so that they take turns. The two day counts may be passed
    # by as many texts as transactions are open: a lock there would make everybody take turns.
    if session.get_bind().dialect.name == "postgresql":
        key = sa.func.hashtextextended(to.e164, _LOCK_SEED)
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def _recent(
    session: Session,
    to: PhoneNumber,
    since: datetime,
    limits: TextLimits,
    counted: sa.ColumnElement[bool],
) -> list[datetime]:
    most = max(limits.per_number_in_window, limits.per_number_a_day)
    query = (
        sa.select(Text.created_at)
        .where(
            Text.to == to,
            Text.created_at >= since,
            counted,
            _was_let_through(),
        )
        .order_by(Text.created_at.desc())
        .limit(most)
    )
    return list(session.scalars(query))


def _count(session: Session, since: datetime, *which: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).where(Text.created_at >= since, _was_let_through(), *which)
    return session.scalar(query.select_from(Text)) or 0


def _is_counted() -> sa.ColumnElement[bool]:
    return sa.or_(Text.template.not_in(RESULTS), _repeats_another())


def _repeats_another() -> sa.ColumnElement[bool]:
    first = aliased(Text)
    return sa.exists().where(
        first.request_id == Text.request_id,
        first.template == Text.template,
        first.body == Text.body,
        first.id < Text.id,
    )


def _was_let_through() -> sa.ColumnElement[bool]:
    return sa.or_(Text.error_code.is_(None), Text.error_code != LIMIT_REACHED)


def _midnight(now: datetime) -> datetime:
    return datetime.combine(kst_day(now), time(), KST)


def _refusal(session: Session, limit: str, ends_at: datetime) -> Unavailable:
    ends = ends_at.astimezone(KST)
    return Unavailable(
        f"The limit of {limit} is reached; it ends at {ends:%Y-%m-%d %H:%M:%S} Korean time. "
        "Send it again after that.",
        code=LIMIT_REACHED,
        retry_after_s=max(1, -int((session.now - ends_at).total_seconds() // 1)),
    )

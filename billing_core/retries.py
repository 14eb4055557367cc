"""When a declined charge is tried again by itself: by reason, and with a hard stop.

Days count from the first refusal, so a retry that somebody asks for uses up no planned one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import takewhile

import sqlalchemy as sa

from billing_core.acquirers.declines import DeclineCode
from billing_core.charge_attempts import ChargeAttempt
from billing_core.charges import Charge, Consent, Status
from billing_core.kst_days import month_bounds
from foundation.clock import KST, kst_day
from foundation.database import Session
from foundation.lifecycle import StateChange

# Salaries have arrived and accounts are filled by then, and a text wakes nobody.
AT = time(10)
# Card networks fine those who knock more often.
ATTEMPTS_A_MONTH_MAX = 8


@dataclass(frozen=True)
class Rule:
    """Days after the first refusal, or how often an hour after the last one."""

    days: tuple[int, ...] = ()
    hourly: int = 0


NEVER = Rule()
DAILY = Rule(days=(1, 3, 5, 10, 14))
HOURLY = Rule(hourly=6)

RULES: Mapping[DeclineCode, Rule] = {
    DeclineCode.CARD_NUMBER_INVALID: NEVER,
    DeclineCode.EXPIRY_INVALID: NEVER,
    DeclineCode.PASSWORD_INVALID: NEVER,
    DeclineCode.IDENTITY_INVALID: NEVER,
    DeclineCode.AUTH_COUNT_EXCEEDED: NEVER,
    DeclineCode.LOST_OR_STOLEN: NEVER,
    DeclineCode.CARD_SUSPENDED: NEVER,
    DeclineCode.INSUFFICIENT_LIMIT: DAILY,
    DeclineCode.INSUFFICIENT_FUNDS: DAILY,
    # Somebody has to change a contract or a request first.
    DeclineCode.MERCHANT_LIMIT: NEVER,
    DeclineCode.INSTALLMENT_NOT_ALLOWED: NEVER,
    DeclineCode.CARD_NOT_SUPPORTED: NEVER,
    DeclineCode.MERCHANT_CONFIG: NEVER,
    DeclineCode.BILLKEY_INVALID: NEVER,
    DeclineCode.ISSUER_UNAVAILABLE: HOURLY,
    DeclineCode.CANCEL_REFUSED: NEVER,
    DeclineCode.ENTRY_LOST: NEVER,
}


def next_retry(session: Session, charge: Charge, code: DeclineCode) -> datetime | None:
    """When to try again after this refusal, or None."""
    rule = RULES[code]
    if rule.hourly and charge.consent == Consent.ARS:
        # A retry with consent is a text to the customer, and nobody wants one every hour.
        rule = DAILY
    at = next(_moments(session, charge, rule), None)
    return at if at and _tries_in_month(session, charge, at) < ATTEMPTS_A_MONTH_MAX else None


def newest_refusal(session: Session, charge: Charge) -> DeclineCode | None:
    """Why the registered card was refused last in this charge; None where it was not tried."""
    code = session.scalar(
        sa.select(ChargeAttempt.decline_code)
        .where(ChargeAttempt.charge_id == charge.id, ChargeAttempt.key_id == charge.bill_key_id)
        .order_by(ChargeAttempt.sent_at.desc(), ChargeAttempt.id.desc())
        .limit(1)
    )
    return DeclineCode(code) if code else None


def tries_this_month(session: Session, charge: Charge) -> int:
    """How often the registered card was charged for this in the month of Korea that it is."""
    return _tries_in_month(session, charge, session.now)


def _moments(session: Session, charge: Charge, rule: Rule) -> Iterator[datetime]:
    if rule.hourly and _times_unavailable(session, charge) <= rule.hourly:
        yield session.now + timedelta(hours=1)
    first_day = kst_day(_first_refusal(session, charge))
    for days in rule.days:
        at = datetime.combine(first_day + timedelta(days=days), AT, KST)
        if at > session.now:
            yield at


def _first_refusal(session: Session, charge: Charge) -> datetime:
    refusals = sa.select(sa.func.min(StateChange.at)).where(
        StateChange.object_id == charge.id, StateChange.new == Status.DECLINED
    )
    return session.scalar(refusals) or session.now


def _times_unavailable(session: Session, charge: Charge) -> int:
    newest_first = (
        sa.select(ChargeAttempt.decline_code)
        .where(ChargeAttempt.charge_id == charge.id)
        .order_by(ChargeAttempt.sent_at.desc(), ChargeAttempt.id.desc())
    )
    unavailable = DeclineCode.ISSUER_UNAVAILABLE
    return sum(1 for _ in takewhile(unavailable.__eq__, session.scalars(newest_first)))


def _tries_in_month(session: Session, charge: Charge, at: datetime) -> int:
    first, end = month_bounds(at)
    query = sa.select(sa.func.count()).where(
        ChargeAttempt.charge_id == charge.id,
        ChargeAttempt.key_id == charge.bill_key_id,
        ChargeAttempt.sent_at >= first,
        ChargeAttempt.sent_at < end,
    )
    return session.scalar(query) or 0

"""Enter the months that an issuer offers without interest where no acquirer lists them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from billing_core.acquirers.issuers import BY_CODE, ISSUERS
from billing_core.instalments import INSTALMENTS_FROM, MONTHS_MAX, MONTHS_MIN, IssuerPlan
from foundation.clock import kst_day
from foundation.database import Session
from foundation.errors import Conflict, InvalidRequest
from foundation.ids import new_id
from foundation.money import Money


@dataclass(frozen=True)
class NewPlans:
    """What an issuer announced: the months, and the amounts and days for which they hold."""

    acquirer: str
    # Its code, or its spoken name where only one issuer has it.
    issuer: str
    months: tuple[int, ...]
    first_day: date
    last_day: date
    amount_min: Money = INSTALMENTS_FROM
    # None: no upper bound.
    amount_max: Money | None = None
    is_partly: bool = False


def add_issuer_plans(session: Session, new: NewPlans) -> list[IssuerPlan]:
    """Return one plan for each month; lists that acquirers send do not touch them.

    Raises InvalidRequest for an unknown issuer, and for months, amounts or days that cannot be;
    Conflict where a plan is there already.
    """
    issuer_code = _code_of(new.issuer)
    _check(new, today=kst_day(session.now))
    _refuse_second(session, new, issuer_code)
    plans = [
        IssuerPlan(
            id=new_id("plan", session.now),
            acquirer=new.acquirer,
            issuer_code=issuer_code,
            months=months,
            is_partly=new.is_partly,
            amount_min=new.amount_min,
            amount_max=new.amount_max,
            first_day=new.first_day,
            last_day=new.last_day,
            listed_at=None,
        )
        for months in sorted(set(new.months))
    ]
    session.add_all(plans)
    session.flush()
    return plans


def _code_of(issuer: str) -> str:
    if issuer in BY_CODE:
        return issuer
    codes = [known.code for known in ISSUERS if known.spoken == issuer]
    if len(codes) != 1:
        known = ", ".join(f"{each.code} {each.name}" for each in ISSUERS)
        raise InvalidRequest.field("/issuer", f"Name the issuer by its code: {known}.")
    return codes[0]


def _refuse_second(session: Session, new: NewPlans, issuer_code: str) -> None:
    """One month of an issuer is free or partly free, and not both, for the same day and amount."""
    overlapping = sa.select(IssuerPlan).where(
        IssuerPlan.acquirer == new.acquirer,
        IssuerPlan.issuer_code == issuer_code,
        IssuerPlan.months.in_(new.months),
        IssuerPlan.first_day <= new.last_day,
        IssuerPlan.last_day >= new.first_day,
        sa.or_(IssuerPlan.amount_max.is_(None), IssuerPlan.amount_max >= new.amount_min),
    )
    if new.amount_max is not None:
        overlapping = overlapping.where(IssuerPlan.amount_min <= new.amount_max)
    if plan := session.scalars(overlapping.limit(1)).first():
        raise Conflict(
            f"{plan.id} says already what {plan.months} months cost at this issuer on some of these "
            "days. Remove it first, or choose other days or amounts."
        )


def _check(new: NewPlans, today: date) -> None:
    if not _are_plans(new.months):
        raise InvalidRequest.field(
            "/months", f"Give the months that are offered, each {MONTHS_MIN} to {MONTHS_MAX}."
        )
    if new.amount_min < INSTALMENTS_FROM:
        raise InvalidRequest.field(
            "/amount_min", f"Instalments begin at {INSTALMENTS_FROM.won:,} won."
        )
    if new.amount_max is not None and new.amount_max < new.amount_min:
        raise InvalidRequest.field("/amount_max", "The highest amount is below the lowest.")
    if new.last_day < new.first_day:
        raise InvalidRequest.field("/last_day", "The last day is before the first.")
    if new.last_day < today:
        raise InvalidRequest.field("/last_day", "The last day is over.")


def _are_plans(months: Iterable[int]) -> bool:
    given = set(months)
    return bool(given) and given <= set(range(MONTHS_MIN, MONTHS_MAX + 1))

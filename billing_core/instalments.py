"""Instalments: which months may be offered for an amount on a card, and which cost no interest.

Rules of the trade: from 50,000 won, on personal credit cards only, 2 months or more (1 is never
valid; 0 is one payment). Which months are free of interest changes by issuer, amount and date.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Session
from foundation.money import Money

INSTALMENTS_FROM = Money(50_000)
MONTHS_MIN, MONTHS_MAX = 2, 12


class IssuerPlan(Base):
    """Months an issuer offers free of interest, or partly, for amounts and days in these bounds."""

    __tablename__ = "issuer_plans"

    id: Mapped[str] = mapped_column(primary_key=True)
    acquirer: Mapped[str]
    issuer_code: Mapped[str] = mapped_column(index=True)
    months: Mapped[int]
    # With "partly" the customer pays the interest of the first months; it is never called free.
    is_partly: Mapped[bool] = mapped_column(default=False)
    amount_min: Mapped[Money]
    # None: no upper bound.
    amount_max: Mapped[Money | None]
    first_day: Mapped[date]
    last_day: Mapped[date]
    # When the acquirer listed it; None for what was entered by hand.
    listed_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Offer:
    """The months that may be chosen; empty where only one payment is possible."""

    months: tuple[int, ...] = ()
    interest_free: tuple[int, ...] = ()
    # The customer pays the interest of the first months only.
    partly_free: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.months)


def offered(
    amount: Money,
    *,
    max_months: int,
    interest_free: Iterable[int],
    partly_free: Iterable[int] = (),
    card_type: str | None = None,
    owner: str | None = None,
) -> Offer:
    """What may be offered. A type or owner that is not known yet (None) is no reason to refuse."""
    if amount < INSTALMENTS_FROM or card_type == "check" or owner == "corporate":
        return Offer()
    months = tuple(range(MONTHS_MIN, min(max_months, MONTHS_MAX) + 1))
    free = set(interest_free)
    partly = set(partly_free) - free
    return Offer(
        months,
        tuple(month for month in months if month in free),
        tuple(month for month in months if month in partly),
    )


def issuer_plans(
    session: Session, *, acquirer: str, amount: Money, on: date, is_partly: bool
) -> dict[str, list[int]]:
    """The months that issuers offer on this day for this amount, by issuer code.

    Those that are wholly free of interest, or those that are partly so.
    """
    plans = sa.select(IssuerPlan.issuer_code, IssuerPlan.months).where(
        IssuerPlan.acquirer == acquirer,
        IssuerPlan.is_partly.is_(is_partly),
        IssuerPlan.amount_min <= amount,
        sa.or_(IssuerPlan.amount_max.is_(None), IssuerPlan.amount_max >= amount),
        IssuerPlan.first_day <= on,
        IssuerPlan.last_day >= on,
    )
    found: dict[str, list[int]] = {}
    for issuer_code, months in session.execute(plans):
        found.setdefault(issuer_code, []).append(months)
    return found

"""Find out who is calling: which loan stands behind a caller and the number they dialled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Session
from foundation.phone_number import PhoneNumber
from virtual_numbers.loans import Loan, binds_its_pair
from virtual_numbers.numbers import VirtualNumber


@dataclass(frozen=True)
class OpenLoan:
    """The caller dialled the number that is lent to them."""

    request_id: str
    loan_id: str


@dataclass(frozen=True)
class LateLoan:
    """The caller's own loan on this number is over."""

    request_id: str
    loan_id: str
    ended_at: datetime


@dataclass(frozen=True)
class Stranger:
    """Nothing binds this caller to this number; whether it is lent to others is not told."""


Found = OpenLoan | LateLoan | Stranger


def find_loan(session: Session, *, caller: PhoneNumber, dialled: PhoneNumber) -> Found:
    """Recognise a caller by the pair. A stranger costs the same query: time tells them nothing."""
    number_id = sa.select(VirtualNumber.id).where(VirtualNumber.e164 == dialled).scalar_subquery()
    loan = session.scalar(
        sa.select(Loan)
        .where(
            Loan.phone == caller,
            Loan.number_id == number_id,
            binds_its_pair(session.now),
        )
        .order_by(Loan.opened_at.desc())
        .limit(1)
    )
    if loan is None:
        return Stranger()
    # The moment of expiry counts, not the moment at which a sweep got round to it.
    ended_at = loan.ended_at or loan.expires_at
    if ended_at <= session.now:
        return LateLoan(loan.request_id, loan.id, ended_at)
    return OpenLoan(loan.request_id, loan.id)

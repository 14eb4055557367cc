"""The ledger: what moved, in entries of two lines that sum to zero. Entries are only ever added."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from foundation.clock import kst_day
from foundation.database import Base, Session
from foundation.ids import new_id
from foundation.money import Money


class Account(StrEnum):
    """What the acquirer owes us, and what we owe the merchant."""

    ACQUIRER = "acquirer"
    MERCHANT = "merchant"


class LedgerLine(Base):
    """One line of an entry, in won; the lines of an entry sum to zero."""

    __tablename__ = "ledger_lines"
    __table_args__ = (sa.UniqueConstraint("cause", "account"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    # The attempt that was approved or the refund that succeeded: each is entered once.
    cause: Mapped[str]
    charge_id: Mapped[str] = mapped_column(index=True)
    merchant_id: Mapped[str]
    acquirer: Mapped[str]
    transaction_id: Mapped[str]
    account: Mapped[str]
    won: Mapped[int] = mapped_column(sa.BigInteger)
    kst_day: Mapped[date] = mapped_column(index=True)
    at: Mapped[datetime]


def enter(
    session: Session,
    *,
    cause: str,
    charge_id: str,
    merchant_id: str,
    acquirer: str,
    transaction_id: str,
    amount: Money,
    gives_back: bool = False,
) -> None:
    """Enter an approval, or with `gives_back` a refund. The same cause is never entered twice."""
    signed = -amount.won if gives_back else amount.won
    for account, won in ((Account.ACQUIRER, signed), (Account.MERCHANT, -signed)):
        session.add(
            LedgerLine(
                id=new_id("led", session.now),
                cause=cause,
                charge_id=charge_id,
                merchant_id=merchant_id,
                acquirer=acquirer,
                transaction_id=transaction_id,
                account=account,
                won=won,
                kst_day=kst_day(session.now),
                at=session.now,
            )
        )
    session.flush()


def balance(session: Session, account: Account) -> int:
    """The sum of an account in won."""
    total = sa.select(sa.func.coalesce(sa.func.sum(LedgerLine.won), 0))
    return int(session.scalar(total.where(LedgerLine.account == account)) or 0)

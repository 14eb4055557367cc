"""The sandbox's side that charges: its own books of payments and cancels.

A charge behaves as the test card of its key says. The books know nothing of ours: what is written
here is the truth against which ours are checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.protocol import (
    Approved,
    Canceled,
    ChargeOrder,
    Declined,
    Listed,
    NotFound,
    Unknown,
    Voided,
)
from billing_core.acquirers.sandbox_cards import charge_refusal
from billing_core.acquirers.sandbox_keys import NO_ANSWER, ORDER_ID_USED, SandboxKey, SandboxLine
from billing_core.kst_days import day_bounds
from foundation.database import Base, Session
from foundation.ids import new_id
from foundation.money import Money

VOID_WINDOW = timedelta(hours=1)
NOT_CANCELABLE = Declined(DeclineCode.CANCEL_REFUSED)


class SandboxCharge(Base):
    """An order id under which the sandbox was asked to charge, and what came of it."""

    __tablename__ = "sandbox_charges"

    id: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[str] = mapped_column(index=True)
    amount: Mapped[Money]
    tax_free: Mapped[Money]
    canceled: Mapped[Money]
    tax_free_canceled: Mapped[Money]
    decline_code: Mapped[str | None]
    transaction_id: Mapped[str | None] = mapped_column(unique=True)
    approval_number: Mapped[str | None]
    approved_at: Mapped[datetime | None] = mapped_column(index=True)
    created_at: Mapped[datetime]


class SandboxCancel(Base):
    """A cancel id under which something was given back."""

    __tablename__ = "sandbox_cancels"

    id: Mapped[str] = mapped_column(primary_key=True)
    transaction_id: Mapped[str] = mapped_column(index=True)
    cancel_transaction_id: Mapped[str]
    amount: Mapped[Money]
    tax_free: Mapped[Money]
    created_at: Mapped[datetime]


class SandboxCharger(SandboxLine):
    """Keeps the protocol of chargers with the sandbox's test cards."""

    has_void = True
    voids_first = False

    def charge(self, order: ChargeOrder) -> Approved | Declined | Unknown:
        """Charge as the test card says, and say nothing where it has no answer."""
        try:
            with self._database.transaction() as session:
                outcome, is_silent = _charge(session, order)
        except sa.exc.IntegrityError:
            return ORDER_ID_USED
        if is_silent:
            self._wait_in_vain()
        return NO_ANSWER if is_silent or not self._is_in_time() else outcome

    def find_charge(self, order_id: str) -> Approved | Declined | NotFound | Voided | Unknown:
        """Tell the truth about an order."""
        if not self._is_in_time():
            return NO_ANSWER
        with self._database.reading() as session:
            charge = session.get(SandboxCharge, order_id)
            return _outcome(charge) if charge else NotFound()

    def void_charge(self, order_id: str, amount: Money) -> Voided | Declined | NotFound | Unknown:
        """Undo an approved order within an hour."""
        with self._database.transaction() as session:
            charge = session.get(SandboxCharge, order_id, with_for_update=True)
            outcome = _void(charge, amount, session.now) if charge else NotFound()
        return outcome if self._is_in_time() else NO_ANSWER

    def cancel_charge(
        self,
        transaction_id: str,
        cancel_id: str,
        amount: Money,
        tax_free: Money,
        remaining: Money,
        reason: str,
    ) -> Canceled | Declined | Unknown:
        """Give back what is asked, never more than is left."""
        try:
            with self._database.transaction() as session:
                charge = _paid(session, transaction_id)
                if session.get(SandboxCancel, cancel_id):
                    return ORDER_ID_USED
                if charge is None or not _may_cancel(charge, amount, tax_free, remaining):
                    return NOT_CANCELABLE
                outcome = _cancel(session, charge, cancel_id, amount, tax_free)
        except sa.exc.IntegrityError:
            return ORDER_ID_USED
        return outcome if self._is_in_time() else NO_ANSWER

    def find_cancel(self, transaction_id: str, cancel_id: str) -> Canceled | NotFound | Unknown:
        """Tell the truth about a cancel."""
        if not self._is_in_time():
            return NO_ANSWER
        with self._database.reading() as session:
            cancel = session.get(SandboxCancel, cancel_id)
            if cancel is None or cancel.transaction_id != transaction_id:
                return NotFound()
            return Canceled(cancel.cancel_transaction_id, cancel.created_at)

    def list_day(self, day: date) -> Sequence[Listed] | Unknown:
        """List the payments approved on a day in Korea."""
        first, end = day_bounds(day)
        approved = sa.select(SandboxCharge).where(
            SandboxCharge.approved_at >= first, SandboxCharge.approved_at < end
        )
        with self._database.reading() as session:
            return [_listed(charge) for charge in session.scalars(approved)]


def _charge(session: Session, order: ChargeOrder) -> tuple[Approved | Declined, bool]:
    key_id = order.acquirer_key.reveal()
    # Charges of one key take turns, for a card may fail a certain number of times.
    key = session.get(SandboxKey, key_id, with_for_update=True)
    refusal, is_silent = _answer(session, key, order)
    charge = SandboxCharge(
        id=order.order_id,
        key_id=key_id,
        amount=order.amount,
        tax_free=order.tax_free,
        canceled=Money(0),
        tax_free_canceled=Money(0),
        decline_code=refusal,
        transaction_id=None if refusal else new_id("tid", session.now),
        approval_number=None if refusal else _approval_number(order.order_id),
        approved_at=None if refusal else session.now,
        created_at=session.now,
    )
    session.add(charge)
    # The primary key refuses an order id that was used before, even at the same moment.
    session.flush()
    return (Declined(refusal) if refusal else _approved(charge)), is_silent


def _answer(
    session: Session, key: SandboxKey | None, order: ChargeOrder
) -> tuple[DeclineCode | None, bool]:
    if key is None or key.removed_at:
        return DeclineCode.BILLKEY_INVALID, False
    if order.tax_free > order.amount:
        return DeclineCode.MERCHANT_CONFIG, False
    failed = sa.select(sa.func.count()).where(
        SandboxCharge.key_id == key.id, SandboxCharge.decline_code.is_not(None)
    )
    return charge_refusal(
        key.charge_behaviour,
        owner=key.owner,
        amount=order.amount,
        months=order.months,
        failures=session.scalar(failed) or 0,
    )


def _approval_number(order_id: str) -> str:
    # Eight digits, as real ones have.
    return f"{int.from_bytes(order_id.encode()) % 10**8:08}"


def _outcome(charge: SandboxCharge) -> Approved | Declined | Voided:
    if charge.decline_code:
        return Declined(DeclineCode(charge.decline_code))
    return Voided() if charge.canceled == charge.amount else _approved(charge)


def _approved(charge: SandboxCharge) -> Approved:
    assert charge.transaction_id
    assert charge.approval_number
    assert charge.approved_at
    return Approved(charge.transaction_id, charge.approval_number, charge.approved_at, None)


def _void(charge: SandboxCharge, amount: Money, now: datetime) -> Voided | Declined | NotFound:
    if charge.decline_code:
        return NotFound()
    if charge.canceled == charge.amount:
        return Voided()
    if charge.amount != amount or charge.canceled.won or now > charge.created_at + VOID_WINDOW:
        return NOT_CANCELABLE
    charge.canceled, charge.tax_free_canceled = charge.amount, charge.tax_free
    return Voided()


def _paid(session: Session, transaction_id: str) -> SandboxCharge | None:
    paid = sa.select(SandboxCharge).where(SandboxCharge.transaction_id == transaction_id)
    return session.scalar(paid.with_for_update())


def _may_cancel(charge: SandboxCharge, amount: Money, tax_free: Money, remaining: Money) -> bool:
    left = charge.amount.won - charge.canceled.won
    tax_free_left = charge.tax_free.won - charge.tax_free_canceled.won
    is_within = 0 < amount.won <= left == remaining.won and tax_free.won <= tax_free_left
    return is_within and 0 <= amount.won - tax_free.won <= left - tax_free_left


def _cancel(
    session: Session, charge: SandboxCharge, cancel_id: str, amount: Money, tax_free: Money
) -> Canceled:
    cancel = SandboxCancel(
        id=cancel_id,
        transaction_id=charge.transaction_id,
        cancel_transaction_id=new_id("ctid", session.now),
        amount=amount,
        tax_free=tax_free,
        created_at=session.now,
    )
    session.add(cancel)
    session.flush()
    charge.canceled += amount
    charge.tax_free_canceled += tax_free
    return Canceled(cancel.cancel_transaction_id, cancel.created_at)


def _listed(charge: SandboxCharge) -> Listed:
    approved = _approved(charge)
    return Listed(
        charge.id, approved.transaction_id, charge.amount, charge.canceled, approved.approved_at
    )

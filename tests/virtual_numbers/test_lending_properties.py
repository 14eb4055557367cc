"""Whatever is lent and returned, in whatever order: a pair is never behind two requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from foundation.database import Base, Database
from foundation.errors import Unavailable
from foundation.phone_number import PhoneNumber
from tests.virtual_numbers.pool import START, at, fill, lend, number, phone
from virtual_numbers.actions.find_loan import LateLoan, OpenLoan, Stranger, find_loan
from virtual_numbers.actions.return_number import return_number
from virtual_numbers.loans import PAIR_QUARANTINE, Loan

POOL = 3
PHONES = st.integers(0, 2).map(phone)


@dataclass
class Remembered:
    """A loan as we remember it."""

    request_id: str
    phone: PhoneNumber
    number: PhoneNumber
    expires_at: datetime
    ended_at: datetime | None = None


class Lending(RuleBasedStateMachine):
    """Customers come and go, days pass; a list in memory knows what must be true."""

    def __init__(self) -> None:
        super().__init__()
        self.database = Database("sqlite://")
        Base.metadata.create_all(self.database.engine)
        fill(self.database, POOL)
        self.now = START
        self.loans: list[Remembered] = []
        self.last_lent = {number(position): START for position in range(POOL)}

    def teardown(self) -> None:
        self.database.close()

    @rule(customer=PHONES)
    def a_number_is_lent(self, customer: PhoneNumber) -> None:
        free = [each for each in self.last_lent if self.bound(customer, each) is None]
        request_id = f"reg_{len(self.loans)}"
        self.now += timedelta(seconds=1)
        try:
            with at(self.database, self.now) as session:
                loan = lend(session, customer, request_id)
        except Unavailable:
            assert not free
            return
        assert loan.number in free
        assert self.last_lent[loan.number] == min(self.last_lent[each] for each in free)
        self.last_lent[loan.number] = self.now
        self.loans.append(Remembered(request_id, customer, loan.number, loan.expires_at))

    @rule(position=st.integers(0, 20))
    def a_number_is_returned(self, position: int) -> None:
        with at(self.database, self.now) as session:
            return_number(session, f"reg_{position}")
        for loan in self.loans[position : position + 1]:
            loan.ended_at = loan.ended_at or self.now

    @rule(hours=st.integers(1, 100))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(customer=PHONES, position=st.integers(0, POOL))
    def somebody_calls(self, customer: PhoneNumber, position: int) -> None:
        with self.database.reading() as session:
            session.now = self.now
            found = find_loan(session, caller=customer, dialled=number(position))
        match self.bound(customer, number(position)):
            case None:
                assert found == Stranger()
            case Remembered(request_id, _, _, expires_at, None) if expires_at > self.now:
                assert isinstance(found, OpenLoan)
                assert found.request_id == request_id
            case Remembered(request_id):
                assert isinstance(found, LateLoan)
                assert found.request_id == request_id

    @invariant()
    def no_pair_is_open_twice(self) -> None:
        with self.database.reading() as session:
            pairs = session.execute(
                sa.select(Loan.phone, Loan.number).where(Loan.ended_at.is_(None))
            ).all()
        assert len(pairs) == len(set(pairs))

    def bound(self, customer: PhoneNumber, dialled: PhoneNumber) -> Remembered | None:
        """The newest loan that binds this pair."""
        for loan in reversed(self.loans):
            ended_at = loan.ended_at or self.now
            if (loan.phone, loan.number) == (customer, dialled):
                return loan if ended_at > self.now - PAIR_QUARANTINE else None
        return None


TestLending = Lending.TestCase
TestLending.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)

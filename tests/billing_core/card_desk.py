"""A desk with customers: everything a test needs to register cards and to look what came of it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from billing_core.acquirers.opening import open_acquirer_key
from billing_core.acquirers.protocol import BillKeyIssuer
from billing_core.acquiring_jobs import jobs, remove_due_keys, settle_due_attempts
from billing_core.actions.register_card import register_card
from billing_core.bill_keys import BillKey
from billing_core.bill_keys import Status as BillKeyStatus
from billing_core.card_results import CardResult
from billing_core.desk import Desk
from billing_core.events import Event
from billing_core.issue_attempts import IssueAttempt
from billing_core.merchants import Merchant
from billing_core.orphan_keys import OrphanKey
from billing_core.registrations import Channel, Registration, Status
from billing_core.sealed_answers import CardEntry, SealedAnswer, keep_answer
from foundation.clock import Clock
from foundation.database import Database, Session
from foundation.ids import new_id
from foundation.phone_number import PhoneNumber
from foundation.sealing import Opener, Sealer
from sms.texts import Text
from tests.conftest import SteppedWorker
from virtual_numbers.actions.add_number import add_number
from virtual_numbers.actions.lend_number import lend_number
from virtual_numbers.loans import Loan

GOOD_CARD = "9999000000000004"
PHONE = "010-1234-5678"


class HandClock(Clock):
    """A clock that only a test moves: two in the afternoon in Korea, far from any midnight."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def move(self, by: timedelta) -> None:
        self.moment += by


@dataclass
class CardDesk:
    """The world around one desk."""

    database: Database
    opener: Opener
    stepped: SteppedWorker
    acquirer: BillKeyIssuer
    clock: HandClock = field(default_factory=HandClock)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.database.clock = self.clock
        self.sealer = Sealer(self.database)
        self.desk = Desk(
            self.database, self.opener, {self.acquirer.name: self.acquirer}, self.acquirer.name
        )
        self.stepped.knows(*jobs(self.desk))
        with self.database.transaction() as session:
            self.merchant_id = new_id("mer", session.now)
            merchant = Merchant(
                id=self.merchant_id,
                name="한빛가스",
                spoken_name="한빛가스",
                phone=PhoneNumber.parse("031-123-4567"),
                livemode=False,
                created_at=session.now,
            )
            session.add(merchant)
            for last in range(6):
                add_number(session, f"070-1234-567{last}")

    def registration(
        self, *, phone: str = PHONE, channel: Channel = Channel.ARS, merchant_id: str | None = None
    ) -> str:
        """A registration that waits for its customer; return its id."""
        with self.database.transaction() as session:
            registration = Registration(
                id=new_id("reg", session.now),
                merchant_id=merchant_id or self.merchant_id,
                livemode=False,
                order_id=f"R-{next(self._numbers)}",
                channel=channel,
                status=Status.AWAITING_CUSTOMER,
                customer_ref="cust-77",
                customer_name="홍길동",
                phone=PhoneNumber.parse(phone),
                item="LPG 요금",
                consent="each_charge",
                expires_at=session.now + timedelta(days=1),
                created_at=session.now,
            )
            session.add(registration)
            session.flush()
            return registration.id

    def lend(self, registration_id: str) -> None:
        """Lend a number to the registration, as the API does for calls."""
        with self.database.transaction() as session:
            registration = session.get_one(Registration, registration_id)
            loan = lend_number(
                session,
                phone=registration.phone,
                request_id=registration_id,
                expires_at=registration.expires_at,
            )
            registration.virtual_number = loan.number

    def entry(
        self,
        number: str = GOOD_CARD,
        *,
        expiry: str = "0829",
        holder: str = "900101",
        password: str = "12",
        pieces: int = 1,
    ) -> CardEntry:
        """Card details keyed in a call, sealed at their places."""
        call = f"CA{next(self._numbers)}"
        size = -(-len(number) // pieces)
        parts = [number[start : start + size] for start in range(0, len(number), size)]
        answers = [*parts, expiry, holder, password]
        places = [f"{call}:{position}" for position in range(len(answers))]
        with self.database.transaction() as session:
            for place, digits in zip(places, answers, strict=True):
                keep_answer(session, self.sealer, owner=call, place=place, digits=digits)
        return CardEntry(tuple(places[: len(parts)]), *places[len(parts) :])

    def register(
        self, registration_id: str, entry: CardEntry | None = None, *, cause: str | None = None
    ) -> CardResult:
        """Register a card; each time is work of its own unless a cause is given."""
        return register_card(
            self.desk,
            registration_id=registration_id,
            cause=cause or f"work:{next(self._numbers)}",
            entry=entry or self.entry(),
        )

    def settle(self, after: timedelta = timedelta()) -> int:
        """Let time pass, then inquire about what is due."""
        self.clock.move(after)
        return settle_due_attempts(self.desk)

    def come_to_rest(self, hours: int = 3) -> None:
        """Let hours pass in which sweeps and jobs do all they have to do."""
        end = self.clock.moment + timedelta(hours=hours)
        while self.clock.moment < end:
            self.settle()
            remove_due_keys(self.desk)
            self.clock.move(timedelta(seconds=20) if self._is_busy() else timedelta(minutes=20))

    def known_keys(self) -> set[str]:
        """The acquirer's keys that our database knows and takes for alive."""
        with self.database.reading() as session:
            active = BillKey.status == BillKeyStatus.ACTIVE
            kept = sa.select(BillKey).where(sa.or_(active, BillKey.removed_at.is_(None)))
            orphans = sa.select(OrphanKey).where(OrphanKey.removed_at.is_(None))
            rows = [*session.scalars(kept), *session.scalars(orphans)]
        return {
            open_acquirer_key(
                self.opener, row.acquirer_key, type(row).__table__.c.acquirer_key, row.id
            ).reveal()
            for row in rows
        }

    def row(self, registration_id: str) -> Registration:
        with self.database.reading() as session:
            return session.get_one(Registration, registration_id)

    def attempts(self) -> list[IssueAttempt]:
        return self._all(sa.select(IssueAttempt).order_by(IssueAttempt.sent_at, IssueAttempt.id))

    def bill_keys(self) -> list[BillKey]:
        return self._all(sa.select(BillKey))

    def orphans(self) -> list[OrphanKey]:
        return self._all(sa.select(OrphanKey))

    def texts(self) -> list[Text]:
        return self._all(sa.select(Text))

    def events(self) -> list[str]:
        return [event.type for event in self._all(sa.select(Event))]

    def open_loans(self) -> list[Loan]:
        return self._all(sa.select(Loan).where(Loan.ended_at.is_(None)))

    def answers_kept(self) -> int:
        return len(self._all(sa.select(SealedAnswer)))

    def _all(self, query: sa.Select[Any]) -> list[Any]:
        with self.database.reading() as session:
            return list(session.scalars(query))

    def _is_busy(self) -> bool:
        soon = self.clock.moment + timedelta(minutes=5)
        waiting = IssueAttempt.next_inquiry_at <= soon
        return bool(self._all(sa.select(IssueAttempt).where(waiting)))


def set_status(session: Session, registration_id: str, status: Status) -> None:
    """Move a registration where its life would not take it, as a fault elsewhere might."""
    session.execute(
        sa.update(Registration).where(Registration.id == registration_id).values(status=status)
    )

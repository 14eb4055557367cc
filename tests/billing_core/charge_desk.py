"""A desk with customers whose cards are registered: everything a test needs to charge them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from billing_core.acquirers.sandbox_charges import SandboxCharge
from billing_core.actions.approve_charge import approve_charge
from billing_core.actions.open_charge import NewCharge, open_charge
from billing_core.actions.open_refund import open_refund
from billing_core.actions.record_consent import record_consent
from billing_core.actions.retry_due_charges import retry_due_charges
from billing_core.bill_keys import BillKey
from billing_core.card_results import Registered
from billing_core.charge_attempts import ChargeAttempt
from billing_core.charge_keys import ChargeKey, EnteredKey, RegisteredKey
from billing_core.charge_results import ChargeResult
from billing_core.charges import Charge, Consent
from billing_core.charging_jobs import (
    cancel_due_approvals,
    jobs,
    settle_due_charges,
    settle_due_refunds,
)
from billing_core.entered_cards import EnteredCard
from billing_core.events import Event
from billing_core.late_approvals import LateApproval
from billing_core.ledger import LedgerLine
from billing_core.merchants import Merchant
from billing_core.refunds import Refund
from billing_core.registrations import Registration
from foundation.database import Session
from foundation.jobs import Job
from foundation.money import Money
from tests.billing_core.card_desk import GOOD_CARD, CardDesk

AMOUNT = 60_000


class ChargeDesk(CardDesk):
    """The world around one desk that charges."""

    def __post_init__(self) -> None:
        super().__post_init__()
        # Texts are looked at in their table; nobody needs to receive them here.
        self.stepped.knows(*jobs(self.desk), Job("send_text", lambda _text_id: None))

    def bill_key(self, number: str = GOOD_CARD, *, consent: str = "each_charge") -> str:
        """A registered card; return the id of its bill key."""
        registration_id = self.registration()
        with self.database.transaction() as session:
            session.get_one(Registration, registration_id).consent = consent
        registered = self.register(registration_id, self.entry(number))
        assert isinstance(registered, Registered), registered
        # Days later: what was texted about the registration counts no more.
        self.clock.move(timedelta(days=1))
        return registered.bill_key_id

    def charge(
        self,
        bill_key: str | None = None,
        *,
        amount: int = AMOUNT,
        tax_free: int = 0,
        consent: Consent = Consent.ARS,
        max_months: int = 12,
        interest_free: tuple[int, ...] = (),
    ) -> str:
        """A charge that waits for its customer, or for the worker; return its id."""
        bill_key = bill_key or self.bill_key()
        with self.database.transaction() as session:
            charge = open_charge(
                session,
                merchant=session.get_one(Merchant, self.merchant_id),
                request=NewCharge(
                    order_id=f"C-{next(self._numbers)}",
                    bill_key=bill_key,
                    amount=Money(amount),
                    tax_free_amount=Money(tax_free),
                    item="11월 LPG 요금",
                    consent=consent,
                    max_months=max_months,
                    interest_free=interest_free,
                    expires_in=timedelta(days=1),
                ),
            )
            return charge.id

    def standing(self, number: str = GOOD_CARD, **what: Any) -> str:
        """A charge under standing consent whose first attempt has been made; return its id."""
        charge_id = self.charge(self.bill_key(number, consent="once"), consent=Consent.NONE, **what)
        self.stepped.work()
        return charge_id

    def agreed(self, charge_id: str) -> str:
        """The customer presses 1; return the id of the consent record."""
        with self.database.transaction() as session:
            record = record_consent(
                session,
                merchant_id=self.merchant_id,
                request_id=charge_id,
                subject="charge",
                words="동의하시면 1번을 눌러 주세요.",
                version="C40@0",
                language="ko",
                key="1",
                facts={},
                call_sid="CA1",
                caller="+821012345678",
                dialled="+827012345678",
            )
            return record.id

    def approve(
        self,
        charge_id: str,
        key: ChargeKey | None = None,
        *,
        cause: str | None = None,
        months: int = 0,
        is_interest_free: bool = False,
        consent_record_id: str | None = None,
    ) -> ChargeResult:
        """Have it approved; each time is work of its own unless a cause is given."""
        return approve_charge(
            self.desk,
            charge_id=charge_id,
            cause=cause or f"work:{next(self._numbers)}",
            key=key or RegisteredKey(),
            months=months,
            is_interest_free=is_interest_free,
            consent_record_id=consent_record_id or self.agreed(charge_id),
        )

    def entered(
        self, number: str = GOOD_CARD, *, replaces: bool = False, **keyed: Any
    ) -> EnteredKey:
        return EnteredKey(self.entry(number, **keyed), replaces=replaces)

    def refund(self, charge_id: str, amount: int | None = None, tax_free: int | None = None) -> str:
        """Open a refund; return its id."""
        with self.database.transaction() as session:
            refund = open_refund(
                session,
                session.get_one(Charge, charge_id),
                None if amount is None else Money(amount),
                None if tax_free is None else Money(tax_free),
                "고객 요청",
            )
            return refund.id

    def settle(self, after: timedelta = timedelta()) -> int:
        count = super().settle(after)
        count += settle_due_charges(self.desk) + settle_due_refunds(self.desk)
        return count + cancel_due_approvals(self.desk)

    def retry(self, after: timedelta) -> int:
        """Let time pass, then retry what is due."""
        self.clock.move(after)
        count = retry_due_charges(self.database)
        self.stepped.work()
        return count

    def view(self, charge_id: str) -> Charge:
        with self.database.reading() as session:
            return session.get_one(Charge, charge_id)

    def refunds(self) -> list[Refund]:
        return self._all(sa.select(Refund).order_by(Refund.id))

    def charge_attempts(self) -> list[ChargeAttempt]:
        return self._all(sa.select(ChargeAttempt).order_by(ChargeAttempt.sent_at, ChargeAttempt.id))

    def entered_cards(self) -> list[EnteredCard]:
        return self._all(sa.select(EnteredCard))

    def late_approvals(self) -> list[LateApproval]:
        return self._all(sa.select(LateApproval))

    def ledger(self) -> list[LedgerLine]:
        return self._all(sa.select(LedgerLine))

    def charge_events(self) -> list[str]:
        about = sa.select(Event).where(Event.type.startswith("charge.")).order_by(Event.id)
        return [event.type for event in self._all(about)]

    def templates(self, request_id: str) -> list[str]:
        return [text.template for text in self.texts() if text.request_id == request_id]

    def captured(self) -> int:
        """What the acquirer holds in truth, in won."""
        books = self._all(sa.select(SandboxCharge).where(SandboxCharge.decline_code.is_(None)))
        return sum(book.amount.won - book.canceled.won for book in books)

    def known_keys(self) -> set[str]:
        """With those of cards that are keyed and not settled yet."""
        unsettled = self._all(sa.select(EnteredCard).where(EnteredCard.settled_at.is_(None)))
        assert not unsettled, "looked at only when all has come to rest"
        return super().known_keys()

    def _is_busy(self) -> bool:
        soon = self.clock.moment + timedelta(minutes=5)
        waiting = [
            sa.select(ChargeAttempt).where(ChargeAttempt.next_inquiry_at <= soon),
            sa.select(Refund).where(Refund.next_inquiry_at <= soon),
            sa.select(LateApproval).where(LateApproval.next_try_at <= soon),
        ]
        return super()._is_busy() or any(self._all(query) for query in waiting)


def set_charge(session: Session, charge_id: str, **values: Any) -> None:
    """Change a charge in a way that its life would not, as a fault elsewhere might."""
    session.execute(sa.update(Charge).where(Charge.id == charge_id).values(**values))


def revoked(session: Session, bill_key_id: str) -> None:
    session.execute(sa.update(BillKey).where(BillKey.id == bill_key_id).values(status="revoked"))

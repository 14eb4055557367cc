"""What must hold: at every send, and once everything has come to rest. M1 to M8, M12 and M13."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from billing_core import bill_keys, charges, issue_attempts, refunds, registrations
from billing_core.acquirers.opening import open_acquirer_key
from billing_core.acquirers.protocol import ChargeOrder
from billing_core.bill_keys import BillKey
from billing_core.charge_attempts import LIFE, ChargeAttempt, Status
from billing_core.charges import Charge, Consent
from billing_core.consent_records import ConsentRecord
from billing_core.entered_cards import EnteredCard
from billing_core.events import Event
from billing_core.issue_attempts import IssueAttempt
from billing_core.late_approvals import LateApproval
from billing_core.ledger import LedgerLine
from billing_core.orphan_keys import OrphanKey
from billing_core.reconciliation import Difference
from billing_core.refunds import Refund
from billing_core.registrations import Registration
from foundation.database import Session
from foundation.lifecycle import StateChange
from tests.simulation.books import Payment
from tests.simulation.run import BrokenError, Run

OPEN = (Status.SENDING, Status.UNKNOWN)
# A request that arrived later than this had been given up by then, as it may be.
QUIET = timedelta(seconds=120)
LIVES: tuple[tuple[Any, Any], ...] = (
    (Charge, charges.LIFE),
    (ChargeAttempt, LIFE),
    (Refund, refunds.LIFE),
    (BillKey, bill_keys.LIFE),
    (Registration, registrations.LIFE),
    (IssueAttempt, issue_attempts.LIFE),
)
FIRST = {Charge: {"processing", "awaiting_consent"}, BillKey: {"active"}}


class Invariants:
    """Looks at one run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._given_up: set[str] = set()
        run.before_sending = self.before_sending

    def before_sending(self, order: ChargeOrder) -> None:
        """M2 to M5, at the moment when a charge leaves us."""
        if self._run.database.is_held:
            raise BrokenError("M3", "an acquirer is asked inside a transaction")
        with self._run.database.reading() as session:
            attempt = session.get(ChargeAttempt, order.order_id)
            if attempt is None:
                raise BrokenError("M3", f"{order.order_id} is sent and not committed")
            charge = session.get_one(Charge, attempt.charge_id)
            _hold("M4", order.amount == attempt.amount == charge.amount, order.order_id)
            others = session.scalars(
                sa.select(ChargeAttempt).where(
                    ChargeAttempt.charge_id == charge.id, ChargeAttempt.id != attempt.id
                )
            ).all()
            # Somebody else may have found this attempt dead meanwhile, and paid with the next one.
            earlier = [other for other in others if other.sent_at < attempt.sent_at]
            alive = [other.id for other in earlier if other.status not in ("declined", "voided")]
            _hold("M2", not alive, f"{order.order_id} is sent while {alive} may be alive")
            self._look_at_consent(session, charge, attempt, order)

    def look(self) -> None:
        """M2 and M8 at any time, whoever is at work."""
        live = defaultdict(list)
        with self._run.database.reading() as session:
            attempts = {row.id: row for row in session.scalars(sa.select(ChargeAttempt))}
        for payment in self._run.books.payments.values():
            _hold("M3", payment.order_id in attempts, f"{payment.order_id} is not ours")
            if payment.captured:
                live[attempts[payment.order_id].charge_id].append(payment)
        for charge_id, payments in live.items():
            # Two are live only where one came after the quiet time, until it is given back.
            in_time = [payment for payment in payments if not _is_late(payment)]
            _hold("M2", len(in_time) <= 1, f"{charge_id} is paid {len(in_time)} times")
        for attempt in attempts.values():
            if attempt.status == Status.VOIDED and attempt.id not in self._given_up:
                self._given_up.add(attempt.id)
                is_proven = self._run.books.is_dead(attempt.id) or _was_quiet(attempt)
                _hold("M8", is_proven, f"{attempt.id} was given up without proof")

    def something_differs(self) -> bool:
        """Whether a difference with the acquirer's list is open."""
        with self._run.database.reading() as session:
            open_ones = sa.select(Difference.id).where(Difference.settled_at.is_(None))
            return session.scalar(open_ones.limit(1)) is not None

    def at_rest(self) -> None:
        """Everything, once no fault strikes any more and nothing is due."""
        with self._run.database.reading() as session:
            for look in (
                self._money,
                self._attempts,
                self._lives,
                self._ledger,
                self._refunds,
                self._nothing_open,
                self._keys,
            ):
                look(session)

    def _look_at_consent(
        self, session: Session, charge: Charge, attempt: ChargeAttempt, order: ChargeOrder
    ) -> None:
        if charge.consent == Consent.NONE:
            key = session.get_one(BillKey, attempt.key_id)
            whose = (key.merchant_id, key.customer_ref)
            fits = whose == (charge.merchant_id, charge.customer_ref) and key.consent == "once"
            _hold("M5", fits, f"{charge.id} has no standing consent")
            return
        record = session.get(ConsentRecord, attempt.consent_record_id or "")
        is_for_it = record is not None and record.request_id == charge.id
        _hold("M5", is_for_it, f"{charge.id} is charged without consent")
        facts = {"amount": order.amount.won, "months": order.months}
        _hold("M4", record is not None and record.facts == facts, f"{charge.id}: not what was said")

    def _money(self, session: Session) -> None:
        """M1: what the acquirer holds of a charge is what we say it paid, to the won."""
        held: dict[str, int] = defaultdict(int)
        for attempt in session.scalars(sa.select(ChargeAttempt)):
            payment = self._run.books.payments.get(attempt.id)
            held[attempt.charge_id] += payment.captured if payment else 0
            is_live = payment is not None and payment.captured > 0
            _hold("M1", not is_live or attempt.status == Status.APPROVED, f"{attempt.id} is alive")
            is_approved = attempt.status == Status.APPROVED
            is_theirs = payment is not None and payment.transaction_id == attempt.transaction_id
            _hold("M1", not is_approved or is_theirs, f"{attempt.id} is approved here alone")
        for charge in session.scalars(sa.select(Charge)):
            is_paid = charge.status == charges.Status.APPROVED
            ours = charge.amount.won - charge.amount_refunded.won if is_paid else 0
            _hold(
                "M1", ours == held[charge.id], f"{charge.id}: {ours} here, {held[charge.id]} there"
            )

    def _attempts(self, session: Session) -> None:
        """M2, M3: attempts follow one another, each counted, at most the last one approved."""
        for charge in session.scalars(sa.select(Charge)):
            query = sa.select(ChargeAttempt).where(ChargeAttempt.charge_id == charge.id)
            attempts = session.scalars(query.order_by(ChargeAttempt.sent_at)).all()
            _hold("M2", charge.attempts == len(attempts), f"{charge.id} counts its attempts")
            for earlier, later in pairwise(attempts):
                is_dead = earlier.settled_at and earlier.settled_at <= later.sent_at
                _hold("M2", bool(is_dead), f"{later.id} was sent before {earlier.id} was dead")
                _hold("M2", earlier.status != Status.APPROVED, f"{earlier.id} was paid")
            approved = bool(attempts) and attempts[-1].status == Status.APPROVED
            _hold("M1", approved == (charge.status == "approved"), f"{charge.id} and its attempts")

    def _lives(self, session: Session) -> None:
        """M6: every life follows its table to where it stands, and its events tell of it."""
        steps = defaultdict(list)
        for step in session.scalars(sa.select(StateChange).order_by(StateChange.at)):
            steps[step.object_id].append(step)
        for kind, life in LIVES:
            for row in session.scalars(sa.select(kind)):
                _follow(row, steps[row.id], life)
        told = sa.select(Event).where(Event.type == "charge.approved")
        paid = sorted(event.data["id"] for event in session.scalars(told))
        approved = sa.select(Charge.id).where(Charge.status == charges.Status.APPROVED)
        _hold("M6", paid == sorted(session.scalars(approved)), "each approval is told once")

    def _ledger(self, session: Session) -> None:
        """M7: entries sum to zero, one for each approval and refund, and never below zero."""
        of_cause, of_charge = defaultdict(list), defaultdict(int)
        for line in session.scalars(sa.select(LedgerLine)):
            of_cause[line.cause].append(line.won)
            of_charge[line.charge_id] += line.won if line.account == "acquirer" else 0
        for cause, won in of_cause.items():
            _hold("M7", len(won) == 2 and sum(won) == 0, f"the entry of {cause}")
        moved = (
            sa.select(ChargeAttempt.id).where(ChargeAttempt.status == Status.APPROVED),
            sa.select(Refund.id).where(Refund.status == refunds.Status.SUCCEEDED),
        )
        causes = {cause for query in moved for cause in session.scalars(query)}
        _hold("M7", causes == set(of_cause), "one entry for whatever moved")
        held = sum(payment.captured for payment in self._run.books.payments.values())
        _hold("M7", sum(of_charge.values()) == held, "our ledger and theirs")
        _hold("M7", all(won >= 0 for won in of_charge.values()), "more given back than paid")

    def _refunds(self, session: Session) -> None:
        """M13: a refund has succeeded exactly where the acquirer gave it back."""
        for refund in session.scalars(sa.select(Refund)):
            there = self._run.books.cancels.get(refund.id)
            succeeded = refund.status == refunds.Status.SUCCEEDED
            _hold("M13", succeeded == (there is not None), f"{refund.id} is {refund.status}")
            _hold("M13", there is None or there[1] == refund.amount.won, f"{refund.id} in full")

    def _nothing_open(self, session: Session) -> None:
        """M8: nothing is left in doubt."""
        for what in _open(session):
            _hold("M8", what is None, f"{what} is left open")

    def _keys(self, session: Session) -> None:
        """M12: the acquirer's live keys are our active ones, and no other."""
        rows = session.scalars(sa.select(BillKey).where(BillKey.status == bill_keys.Status.ACTIVE))
        opener, column = self._run.desk.opener, BillKey.__table__.c.acquirer_key
        known = {
            open_acquirer_key(opener, row.acquirer_key, column, row.id).reveal() for row in rows
        }
        _hold("M12", self._run.books.live_keys() == known, "live keys there and active keys here")


def _open(session: Session) -> Iterator[str | None]:
    unfinished: tuple[tuple[Any, sa.ColumnElement[bool]], ...] = (
        (Charge, Charge.status.in_(("processing", "unknown"))),
        (ChargeAttempt, ChargeAttempt.status.in_(OPEN)),
        (IssueAttempt, IssueAttempt.status.in_(OPEN)),
        (Registration, Registration.status == "processing"),
        (Refund, Refund.status.in_(("processing", "unknown"))),
        (LateApproval, LateApproval.canceled_at.is_(None)),
        (OrphanKey, OrphanKey.removed_at.is_(None)),
        (EnteredCard, EnteredCard.settled_at.is_(None)),
        (Difference, Difference.settled_at.is_(None)),
    )
    for kind, which in unfinished:
        yield session.scalar(sa.select(kind.id).where(which).limit(1))


def _follow(row: Any, steps: list[StateChange], life: Any) -> None:
    if not steps:
        return
    at_once = [step for step in steps if step.at == steps[0].at]
    state = next(iter({step.old for step in at_once} - {step.new for step in at_once}), "")
    left = list(steps)
    while left:
        # Several steps of one transaction have the same moment: they follow from one another.
        step = next((step for step in left if step.old == state and step.at == left[0].at), None)
        if step is None or not life.allows(step.old, step.new):
            raise BrokenError("M6", f"{row.id}: {[(one.old, one.new) for one in steps]}")
        left.remove(step)
        state = step.new
    _hold("M6", row.status == state, f"{row.id} is {row.status} and its history ends {state}")


def _was_quiet(attempt: ChargeAttempt) -> bool:
    return attempt.settled_at is not None and attempt.settled_at >= attempt.sent_at + QUIET


def _is_late(payment: Payment) -> bool:
    return payment.arrived_at > payment.sent_at + QUIET


def _hold(invariant: str, holds: bool, what: str) -> None:
    if not holds:
        raise BrokenError(invariant, what)

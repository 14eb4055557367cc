"""What merchants, customers and workers do in a run, one random step at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from billing_core import bill_keys
from billing_core.actions.cancel_charge_request import cancel_charge_request
from billing_core.actions.finish_refusal import finish_refusal
from billing_core.actions.open_charge import NewCharge, open_charge
from billing_core.actions.open_refund import open_refund
from billing_core.actions.open_registration import open_registration
from billing_core.actions.record_charge_outcome import record_charge_outcome
from billing_core.actions.record_consent import record_consent
from billing_core.actions.refuse_charge import refuse_charge
from billing_core.actions.retry_charge import CAN_BE_RETRIED, retry_charge
from billing_core.actions.revoke_bill_key import revoke_bill_key
from billing_core.bill_keys import BillKey
from billing_core.charge_keys import ChargeKey, EnteredKey, RegisteredKey
from billing_core.charge_outcomes import take_entered_in_hand
from billing_core.charges import Charge, Consent, Status
from billing_core.merchants import Merchant
from billing_core.sealed_answers import CardEntry, keep_answer
from foundation.database import Session
from foundation.money import Money
from foundation.sealing import Sealer
from tests.simulation.run import Run
from tests.simulation.workers import Workers
from tests.simulation.world import CARD, PHONES, new_registration

AMOUNTS = (1, 9_900, 60_000, 1_230_000)
# A line that delivers an answer twice does so within the time that a request may take.
ECHO = timedelta(seconds=30)
JUMPS = (
    timedelta(seconds=6),
    timedelta(seconds=6),
    timedelta(seconds=20),
    timedelta(seconds=50),
    timedelta(minutes=3),
    timedelta(minutes=20),
    timedelta(hours=2),
    timedelta(hours=20),
)


class Workload:
    """The steps of one run."""

    def __init__(self, run: Run, workers: Workers) -> None:
        self._run, self._rng, self._workers = run, run.rng, workers
        self._numbers = itertools.count(1)
        self._meanwhile: list[tuple[int, Callable[[], object]]] = [
            (6, self._work),
            (6, self._look_after_one),
            (1, partial(self._merchant, self._cancel)),
            (2, partial(self._merchant, self._retry)),
            (2, partial(self._merchant, self._refund)),
            (2, self._agree),
            (1, self._hear_again),
        ]
        self._alone: list[tuple[int, Callable[[], object]]] = [
            *self._meanwhile,
            (3, partial(self._merchant, self._charge_standing)),
            (3, partial(self._merchant, self._charge_in_call)),
            (5, self._agree),
            (1, partial(self._merchant, self._refuse)),
            (1, partial(self._merchant, self._revoke)),
            (1, partial(self._merchant, self._register)),
            (2, self._sweep),
            (5, self._time),
            (1, self._restart),
        ]
        run.others = partial(self._choose, self._meanwhile)

    def begin(self, rounds: int) -> None:
        """Give the run something to work on: charges of both kinds in each round, or just one."""
        if not rounds and self._rng.random() < 0.5:
            self._merchant(self._charge_standing)
        elif not rounds:
            self._merchant(self._charge_in_call)
            self._agree()
        for _ in range(rounds):
            self._merchant(self._charge_standing)
            self._merchant(self._charge_in_call)
            self._agree()

    def step(self) -> None:
        """One random step."""
        self._choose(self._alone)

    def _choose(self, steps: list[tuple[int, Callable[[], object]]]) -> None:
        (step,) = self._rng.choices([do for _, do in steps], [weight for weight, _ in steps])
        step()

    # Workers and time

    def _work(self) -> None:
        if self._run.waiting:
            self._run.do_work(self._rng.randrange(len(self._run.waiting)))

    def _look_after_one(self) -> None:
        due = self._workers.due()
        if due:
            self._run.do(*self._rng.choice(due))

    def _sweep(self) -> None:
        self._run.do(*self._rng.choice(self._workers.sweeps))

    def _time(self) -> None:
        jump = self._rng.choice(JUMPS)
        self._run.note("time passes", jump)
        self._run.passes(jump)

    def _restart(self) -> None:
        self._run.note("restarts")
        self._run.restarts()

    def _hear_again(self) -> None:
        """An answer that was heard a moment ago is delivered once more."""
        since = self._run.now() - ECHO
        fresh = [heard[1:] for heard in self._run.heard if heard[0] > since]
        if fresh:
            order_id, answer = self._rng.choice(fresh)
            self._run.do(f"hears again of {order_id}", partial(self._record, order_id, answer))

    def _record(self, order_id: str, answer: Any) -> object:
        entered = take_entered_in_hand(self._run.desk, order_id)
        with self._run.database.transaction() as session:
            return record_charge_outcome(session, order_id, answer, entered)

    # Customers

    def _agree(self) -> None:
        payable = Charge.status.in_((Status.AWAITING_CONSENT, Status.DECLINED))
        charge = self._pick(Charge, payable, Charge.consent == Consent.ARS)
        if charge is None:
            return
        months = self._rng.choice((0, 0, 3))
        key = self._keyed() if self._rng.random() < 0.4 else RegisteredKey()
        if key is not None:
            self._run.do("the customer agrees", partial(self._consent, charge, months, key))

    def _keyed(self) -> EnteredKey | None:
        call = f"call-{next(self._numbers)}"
        places = [f"{call}:{name}" for name in ("number", "expiry", "holder", "password")]

        def key_in() -> None:
            with self._run.database.transaction() as session:
                sealer = Sealer(self._run.database)
                digits = (CARD, "0829", "900101", "12")
                for place, answer in zip(places, digits, strict=True):
                    keep_answer(session, sealer, owner=call, place=place, digits=answer)

        if not self._run.do("the customer keys a card", key_in):
            return None
        return EnteredKey(CardEntry((places[0],), *places[1:]), self._rng.random() < 0.5)

    def _consent(self, charge: Charge, months: int, key: ChargeKey) -> None:
        with self._run.database.transaction() as session:
            record = record_consent(
                session,
                merchant_id=charge.merchant_id,
                request_id=charge.id,
                subject="charge",
                words="동의하시면 1번을 눌러 주세요.",
                version="C40@0",
                language="ko",
                key="1",
                facts={"amount": charge.amount.won, "months": months},
                call_sid="CA1",
                caller=charge.phone.e164,
                dialled="+827012345678",
            )
            number = next(self._numbers)
            approve = partial(self._approve, charge.id, f"deed-{number}", key, months, record.id)
            session.info.setdefault("staged", []).append(
                lambda: self._run.work(f"approve {charge.id} deed-{number}", approve)
            )

    def _approve(
        self, charge_id: str, cause: str, key: ChargeKey, months: int, record: str
    ) -> object:
        return self._run.procedures.approve(
            self._run.desk,
            charge_id=charge_id,
            cause=cause,
            key=key,
            months=months,
            is_interest_free=False,
            consent_record_id=record,
        )

    # Merchants

    def _merchant(self, what: Callable[[Session], object]) -> None:
        def ask() -> None:
            with self._run.database.transaction() as session:
                what(session)

        self._run.do(what.__name__.strip("_"), ask)

    def _charge_standing(self, session: Session) -> None:
        self._charge(session, Consent.NONE, BillKey.consent == "once")

    def _charge_in_call(self, session: Session) -> None:
        self._charge(session, Consent.ARS, sa.true())

    def _charge(self, session: Session, consent: Consent, which: sa.ColumnElement[bool]) -> None:
        key = self._pick(BillKey, BillKey.status == bill_keys.Status.ACTIVE, which, session=session)
        if key is None:
            return
        amount = self._rng.choice(AMOUNTS)
        open_charge(
            session,
            merchant=session.get_one(Merchant, key.merchant_id),
            request=NewCharge(
                order_id=f"C-{next(self._numbers)}",
                bill_key=key.id,
                amount=Money(amount),
                tax_free_amount=Money(self._rng.choice((0, amount // 3))),
                item="11월 LPG 요금",
                consent=consent,
                max_months=12,
                expires_in=timedelta(hours=self._rng.choice((1, 24))),
            ),
        )

    def _cancel(self, session: Session) -> None:
        if charge := self._pick(Charge, session=session):
            cancel_charge_request(session, charge)

    def _retry(self, session: Session) -> None:
        if charge := self._pick(Charge, Charge.status.in_(CAN_BE_RETRIED), session=session):
            retry_charge(session, charge)

    def _refuse(self, session: Session) -> None:
        if charge := self._pick(Charge, Charge.consent == Consent.ARS, session=session):
            refuse_charge(session, charge, "wrong_amount")
            finish_refusal(session, charge)

    def _refund(self, session: Session) -> None:
        if charge := self._pick(Charge, Charge.status == Status.APPROVED, session=session):
            share = self._rng.choice((None, None, 2, 3))
            part = Money(max(1, charge.amount.won // share)) if share else None
            open_refund(session, charge, part, reason="고객 요청")

    def _revoke(self, session: Session) -> None:
        if key := self._pick(BillKey, session=session):
            revoke_bill_key(session, key)

    def _register(self, session: Session) -> None:
        merchant = session.scalars(sa.select(Merchant)).one()
        consent = self._rng.choice(("once", "each_charge"))
        request = new_registration(f"N-{next(self._numbers)}", self._rng.choice(PHONES), consent)
        open_registration(
            session, merchant=merchant, request=request, sealer=Sealer(self._run.database)
        )

    def _pick(
        self, kind: Any, *which: sa.ColumnElement[bool], session: Session | None = None
    ) -> Any:
        query = sa.select(kind).where(*which).order_by(kind.created_at)
        if session is not None:
            rows = session.scalars(query).all()
        else:
            with self._run.database.reading() as own:
                rows = own.scalars(query).all()
        return self._rng.choice(rows) if rows else None

"""What happens to a registration besides a card: refused, expired, raced for."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa

from billing_core.actions import expire_registrations as expiring
from billing_core.actions.cancel_registration import cancel_registration
from billing_core.actions.expire_registrations import expire_registrations
from billing_core.actions.open_registration import (
    CardDigits,
    NewRegistration,
    open_registration,
)
from billing_core.actions.refuse_registration import refuse_registration
from billing_core.events import Event
from billing_core.merchants import Merchant
from billing_core.registrations import IN_DOUBT, Channel, Registration, Status, move
from billing_core.sealed_answers import SealedAnswer
from foundation.clock import Clock
from foundation.database import Database, Session
from foundation.errors import Conflict, InvalidRequest, StateChanged
from foundation.ids import new_id
from foundation.lifecycle import StateChange
from foundation.phone_number import PhoneNumber
from foundation.sealing import Sealer, Secret
from tests.conftest import SteppedWorker
from tests.virtual_numbers.pool import statements
from virtual_numbers.actions.add_number import add_number
from virtual_numbers.actions.expire_loans import expire_loans
from virtual_numbers.loans import EndReason, Loan

_numbers = itertools.count(1)


@pytest.fixture
def merchant(database: Database, stepped: SteppedWorker) -> Merchant:
    del stepped  # It is there so that jobs can be staged.
    with database.transaction() as session:
        for number in range(4):
            add_number(session, f"+8270700000{number:02}")
        merchant = Merchant(
            id=new_id("mer", session.now),
            name="한빛LPG",
            spoken_name="한빛엘피지",
            phone=None,
            livemode=False,
            created_at=session.now,
        )
        session.add(merchant)
    return merchant


def wanted(
    channel: Channel = Channel.ARS, expires_in: timedelta = timedelta(days=1)
) -> NewRegistration:
    number = next(_numbers)
    digits = CardDigits(*map(Secret, ("9999000000000004", "1239", "900101", "12")))
    return NewRegistration(
        order_id=f"R-{number}",
        channel=channel,
        customer_ref=f"cust-{number}",
        customer_name="홍길동",
        phone=PhoneNumber(f"+82102000{number:04}"),
        item="LPG 요금",
        consent="each_charge",
        expires_in=expires_in,
        card=digits if channel is Channel.CARD else None,
    )


def opened(
    database: Database, sealer: Sealer, merchant: Merchant, request: NewRegistration | None = None
) -> str:
    with database.transaction() as session:
        registration = open_registration(
            session, merchant=merchant, request=request or wanted(), sealer=sealer
        )
        return registration.id


def statuses(session: Session) -> dict[str, str]:
    return {row.id: row.status for row in session.scalars(sa.select(Registration))}


def test_opening_is_one_transaction(
    database: Database, sealer: Sealer, merchant: Merchant, stepped: SteppedWorker
) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        open_registration(session, merchant=merchant, request=wanted(), sealer=sealer)
        raise ZeroDivisionError

    with database.reading() as session:
        assert session.scalars(sa.select(Registration)).all() == []
        assert session.scalars(sa.select(Loan)).all() == []
    assert stepped.staged == []


def test_a_taken_order_id_leaves_the_rest_of_the_transaction_alone(
    database: Database, sealer: Sealer, merchant: Merchant
) -> None:
    first, second = wanted(), wanted()
    with database.transaction() as session:
        for request in (first, first, second):
            try:
                open_registration(session, merchant=merchant, request=request, sealer=sealer)
            except Conflict as refused:
                assert refused.code == "order_id_taken"

    with database.reading() as session:
        assert sorted(session.scalars(sa.select(Registration.order_id))) == sorted(
            [first.order_id, second.order_id]
        )


def test_a_web_link_is_not_offered(database: Database, sealer: Sealer, merchant: Merchant) -> None:
    with pytest.raises(InvalidRequest, match="card page") as refused:
        opened(database, sealer, merchant, wanted(Channel.WEB_LINK))

    assert refused.value.code == "channel_unavailable"


def test_a_refused_registration_has_ended_and_says_why_in_its_history(
    database: Database, sealer: Sealer, merchant: Merchant
) -> None:
    registration_id = opened(database, sealer, merchant)

    with database.transaction() as session:
        registration = session.get_one(Registration, registration_id)
        refuse_registration(session, registration, "no to automatic payment")

    with database.reading() as session:
        registration = session.get_one(Registration, registration_id)
        loan = session.scalars(sa.select(Loan)).one()
        event = session.scalars(sa.select(Event)).one()
        step = session.scalars(sa.select(StateChange).where(StateChange.new == "refused")).one()
    assert registration.status == "refused"
    assert registration.completed_at is not None
    assert not loan.is_open
    assert (event.type, event.data["status"]) == ("registration.refused", "refused")
    assert step.why == "no to automatic payment"


def test_whoever_did_not_call_in_time_expires_and_nobody_else(
    database: Database, sealer: Sealer, merchant: Merchant
) -> None:
    due = opened(database, sealer, merchant, wanted(expires_in=timedelta(hours=1)))
    due_card = opened(
        database, sealer, merchant, wanted(Channel.CARD, expires_in=timedelta(hours=1))
    )
    under_way = opened(database, sealer, merchant, wanted(expires_in=timedelta(hours=1)))
    not_due = opened(database, sealer, merchant, wanted(expires_in=timedelta(hours=3)))
    with database.transaction() as session:
        row = session.get_one(Registration, under_way)
        move(session, row, Status.PROCESSING, why="a card was entered")
    database.clock = Clock(lambda: timedelta(hours=2))

    with database.transaction() as session:
        count = expire_registrations(session)
    with database.transaction() as session:
        again = expire_registrations(session)

    with database.reading() as session:
        assert statuses(session) == {
            due: "expired",
            due_card: "expired",
            under_way: "processing",
            not_due: "awaiting_customer",
        }
        ended = session.scalars(sa.select(Loan).where(Loan.ended_at.is_not(None))).all()
        answers = session.scalars(sa.select(SealedAnswer)).all()
        events = session.scalars(sa.select(Event.type)).all()
    assert (count, again) == (2, 0)
    assert [(loan.request_id, loan.end_reason) for loan in ended] == [(due, EndReason.EXPIRED)]
    assert answers == []
    assert events == ["registration.expired"] * 2


def test_a_long_list_of_expired_ones_is_worked_off_in_slices(
    database: Database, sealer: Sealer, merchant: Merchant
) -> None:
    with database.transaction() as session:
        for _ in range(expiring.SLICE + 3):
            request = wanted(Channel.CARD)
            open_registration(session, merchant=merchant, request=request, sealer=sealer)
    database.clock = Clock(lambda: timedelta(days=2))

    counts = []
    for _ in range(3):
        with database.transaction() as session:
            counts.append(expire_registrations(session))

    assert counts == [expiring.SLICE, 3, 0]


def test_sweeps_read_who_waits_or_is_under_way_and_not_all_who_ever_were(
    database: Database, sealer: Sealer, merchant: Merchant
) -> None:
    opened(database, sealer, merchant)
    with statements(database) as asked:
        with database.transaction() as session:
            expire_registrations(session)
        expire_loans(database, spared=IN_DOUBT)
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    with database.reading() as session:
        if not database.is_sqlite:
            # A handful of rows is read from end to end, whatever indexes there are.
            session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        plans = [
            str(session.connection().exec_driver_sql(f"{explain} {query}", values).all())  # type: ignore[arg-type]
            for query, values in asked
            if "registrations" in query
        ]

    assert len(plans) == 2
    assert "ix_registrations_awaited" in plans[0]
    assert "ix_registrations_under_way" in plans[1]


def test_of_canceling_refusing_and_a_card_at_once_one_happens(
    database: Database, sealer: Sealer, merchant: Merchant
) -> None:
    for _ in range(8):
        registration_id = opened(database, sealer, merchant)
        start = threading.Barrier(3)
        racers = [
            threading.Thread(target=try_to, args=(do, database, registration_id, start))
            for do in (cancel_registration, refuse, process)
        ]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()

    with database.reading() as session:
        steps = session.scalars(sa.select(StateChange.object_id)).all()
        lent = {loan.request_id: loan.is_open for loan in session.scalars(sa.select(Loan))}
        found = statuses(session)
    assert sorted(steps) == sorted(found)
    assert lent == {name: status == "processing" for name, status in found.items()}


def try_to(
    do: Callable[[Session, Registration], object],
    database: Database,
    registration_id: str,
    start: threading.Barrier,
) -> None:
    """Do it together with the others; whoever comes late is refused."""
    start.wait()
    with suppress(Conflict, StateChanged), database.transaction() as session:
        do(session, session.get_one(Registration, registration_id))


def refuse(session: Session, registration: Registration) -> None:
    refuse_registration(session, registration, "no")


def process(session: Session, registration: Registration) -> None:
    move(session, registration, Status.PROCESSING, why="a card was entered")

"""Retries: by reason, at ten in the morning, with a hard stop."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from billing_core.acquirers.declines import DECLINES, Advice, DeclineCode
from billing_core.acquirers.sandbox import SandboxAcquirer
from billing_core.actions.cancel_charge_request import cancel_charge_request
from billing_core.actions.expire_charges import expire_charges
from billing_core.actions.remind_later import remind_later
from billing_core.actions.retry_charge import retry_charge
from billing_core.actions.revoke_bill_key import revoke_bill_key
from billing_core.bill_keys import BillKey
from billing_core.charges import Charge, Status
from billing_core.retries import ATTEMPTS_A_MONTH_MAX, NEVER, RULES
from foundation.clock import KST
from foundation.database import Database
from foundation.errors import Conflict
from foundation.sealing import Opener
from tests.billing_core.charge_desk import ChargeDesk, revoked, set_charge
from tests.conftest import SteppedWorker
from virtual_numbers.actions.return_number import return_number
from virtual_numbers.numbers import NumberStatus, VirtualNumber

HOUR = timedelta(hours=1)
LIMIT, UNAVAILABLE, LOST = "9999000000610000", "9999000000910004", "9999000000410005"


@pytest.fixture
def desk(database: Database, opener: Opener, stepped: SteppedWorker) -> ChargeDesk:
    return ChargeDesk(database, opener, stepped, SandboxAcquirer(database, read_timeout_s=0.01))


def planned(desk: ChargeDesk, charge_id: str) -> str | None:
    at = desk.view(charge_id).next_retry_at
    return f"{at.astimezone(KST):%m-%d %H:%M}" if at else None


def plans(desk: ChargeDesk, charge_id: str) -> list[str | None]:
    """Every planned moment until none follows."""
    moments = [planned(desk, charge_id)]
    while (at := desk.view(charge_id).next_retry_at) is not None:
        desk.clock.moment = at + timedelta(seconds=30)
        assert desk.retry(timedelta()) == 1
        moments.append(planned(desk, charge_id))
    return moments


def test_every_reason_has_its_rule() -> None:
    assert set(RULES) == set(DeclineCode)


def test_only_what_may_pass_is_tried_again() -> None:
    retried = {code for code, rule in RULES.items() if rule != NEVER}

    assert retried == {code for code, each in DECLINES.items() if each.advice == Advice.RETRY_LATER}


def test_a_limit_is_tried_again_on_the_days_of_the_plan(desk: ChargeDesk) -> None:
    charge_id = desk.standing(LIMIT)

    # It was refused on the 24th of November; the month has its own hard stop, which this passes.
    assert plans(desk, charge_id) == [
        "11-25 10:00",
        "11-27 10:00",
        "11-29 10:00",
        "12-04 10:00",
        "12-08 10:00",
        None,
    ]
    assert desk.view(charge_id).retries == 5
    assert desk.view(charge_id).attempts == 6
    assert desk.view(charge_id).status == Status.DECLINED


def test_an_issuer_that_is_down_is_tried_hourly_six_times_and_texted_at_the_end(
    desk: ChargeDesk,
) -> None:
    charge_id = desk.standing(UNAVAILABLE)
    before = desk.templates(charge_id)

    moments = plans(desk, charge_id)

    hours = [moment[-5:-3] for moment in moments if moment]
    assert hours == ["15", "16", "17", "18", "19", "20"]
    assert moments[-1] is None
    assert before == []
    assert desk.templates(charge_id) == ["T06"]


def test_a_hard_no_is_never_tried_again(desk: ChargeDesk) -> None:
    charge_id = desk.standing(LOST)

    assert planned(desk, charge_id) is None
    assert desk.retry(timedelta(days=30)) == 0


def test_what_works_at_last_is_tried_no_more(desk: ChargeDesk) -> None:
    charge_id = desk.standing("9999000020510008")

    moments = plans(desk, charge_id)

    assert len(moments) == 3
    assert desk.view(charge_id).status == Status.APPROVED
    assert desk.captured() == 60_000


def test_with_consent_in_a_call_the_customer_is_asked_again_by_day(desk: ChargeDesk) -> None:
    charge_id = desk.charge(desk.bill_key(UNAVAILABLE))
    desk.approve(charge_id)
    at = desk.view(charge_id).next_retry_at
    assert at is not None

    desk.clock.moment = at
    desk.retry(timedelta())

    charge = desk.view(charge_id)
    assert at.astimezone(KST).hour == 10
    assert charge.status == Status.AWAITING_CONSENT
    assert charge.virtual_number is not None
    assert desk.templates(charge_id) == ["T02", "T02"]
    assert charge.attempts == 1


def test_a_customer_who_wants_to_pay_later_is_not_texted_twice(
    desk: ChargeDesk, database: Database
) -> None:
    charge_id = desk.charge(desk.bill_key(LIMIT))
    desk.approve(charge_id)
    with database.transaction() as session:
        remind_later(session, session.get_one(Charge, charge_id))

    charge = desk.view(charge_id)
    assert charge.remind_at is not None
    assert charge.next_retry_at == charge.expires_at > charge.remind_at


def test_a_retry_that_somebody_asks_for_uses_up_no_planned_one(
    desk: ChargeDesk, database: Database
) -> None:
    charge_id = desk.standing(LIMIT)
    before = planned(desk, charge_id)
    with database.transaction() as session:
        retry_charge(session, session.get_one(Charge, charge_id))
    desk.stepped.work()

    assert planned(desk, charge_id) == before == "11-25 10:00"
    assert desk.view(charge_id).attempts == 2
    assert desk.view(charge_id).retries == 0


def test_a_month_has_a_hard_stop(desk: ChargeDesk, database: Database) -> None:
    desk.clock.moment = datetime(2026, 11, 1, 5, 0, tzinfo=KST)
    charge_id = desk.standing(LIMIT)
    tries = 1
    while planned(desk, charge_id):
        with database.transaction() as session:
            retry_charge(session, session.get_one(Charge, charge_id))
        desk.stepped.work()
        tries += 1

    assert tries == ATTEMPTS_A_MONTH_MAX


def test_a_revoked_bill_key_ends_the_plan(desk: ChargeDesk, database: Database) -> None:
    charge_id = desk.standing(LIMIT)
    with database.transaction() as session:
        revoked(session, desk.view(charge_id).bill_key_id)

    desk.retry(timedelta(days=2))

    assert desk.view(charge_id).status == Status.DECLINED
    assert planned(desk, charge_id) is None
    assert desk.view(charge_id).attempts == 1


def test_where_no_number_is_free_the_retry_waits(desk: ChargeDesk, database: Database) -> None:
    bill_key = desk.bill_key(LIMIT)
    charge_id = desk.charge(bill_key)
    desk.approve(charge_id)
    at = desk.view(charge_id).next_retry_at
    assert at is not None
    desk.clock.moment = at - HOUR * 2
    with database.transaction() as session:
        return_number(session, charge_id)
        session.execute(sa.update(VirtualNumber).values(status=NumberStatus.RETIRED))

    desk.retry(HOUR * 2)
    postponed = desk.view(charge_id)

    assert postponed.status == Status.DECLINED
    assert postponed.next_retry_at == desk.clock.moment + HOUR
    assert postponed.retries == 0


def test_a_charge_that_no_text_can_name_keeps_no_other_from_its_retry(
    desk: ChargeDesk, database: Database
) -> None:
    first, second = (desk.charge(desk.bill_key(LIMIT)) for _ in range(2))
    for charge_id in (first, second):
        desk.approve(charge_id)
    with database.transaction() as session:
        set_charge(session, first, item="뷁뷁 똠방각하 🍚")

    desk.retry(timedelta(days=2))

    assert (planned(desk, first), desk.view(first).status) == (None, Status.DECLINED)
    assert desk.view(second).status == Status.AWAITING_CONSENT


def test_who_does_not_hear_one_text_is_asked_again_on_the_next_day_of_the_plan(
    desk: ChargeDesk, database: Database
) -> None:
    charge_id = desk.charge(desk.bill_key(LIMIT))
    desk.approve(charge_id)
    moments = [planned(desk, charge_id)]
    for _ in range(5):
        desk.retry(desk.view(charge_id).next_retry_at - desk.clock.moment)  # type: ignore[operator]
        desk.clock.move(timedelta(days=1))
        with database.transaction() as session:
            expire_charges(session)
        moments.append(planned(desk, charge_id))

    days = ("11-25", "11-27", "11-29", "12-04", "12-08")
    assert moments == [*(f"{day} 10:00" for day in days), None]
    assert desk.view(charge_id).status == Status.EXPIRED
    assert desk.templates(charge_id) == ["T02"] * 6


def test_a_plan_that_outlived_one_text_can_be_canceled(
    desk: ChargeDesk, database: Database
) -> None:
    charge_id = desk.charge(desk.bill_key(LIMIT))
    desk.approve(charge_id)
    desk.retry(timedelta(days=2))
    desk.clock.move(timedelta(days=1))
    with database.transaction() as session:
        expire_charges(session)
        cancel_charge_request(session, session.get_one(Charge, charge_id))

    canceled = desk.view(charge_id)
    assert (canceled.status, canceled.next_retry_at) == (Status.CANCELED, None)
    assert desk.retry(timedelta(days=30)) == 0


def test_nobody_makes_us_knock_more_than_eight_times_a_month(
    desk: ChargeDesk, database: Database
) -> None:
    charge_id = desk.standing(LIMIT)

    def retry() -> None:
        with database.transaction() as session:
            retry_charge(session, session.get_one(Charge, charge_id, with_for_update=True))
        desk.stepped.work()

    for _ in range(ATTEMPTS_A_MONTH_MAX - 1):
        retry()
    with pytest.raises(Conflict, match="8 times this month"):
        retry()
    desk.clock.move(timedelta(days=10))
    retry()

    assert desk.view(charge_id).attempts == ATTEMPTS_A_MONTH_MAX + 1


def test_a_card_that_will_never_be_taken_is_not_tried_again_by_request(
    desk: ChargeDesk, database: Database
) -> None:
    charge_id = desk.standing(LOST)

    with pytest.raises(Conflict, match="never take this card"), database.transaction() as session:
        retry_charge(session, session.get_one(Charge, charge_id, with_for_update=True))

    assert desk.view(charge_id).attempts == 1


def test_of_a_revoked_bill_key_nothing_is_planned(desk: ChargeDesk, database: Database) -> None:
    charge_id = desk.standing(LIMIT)
    assert planned(desk, charge_id) is not None

    with database.transaction() as session:
        revoke_bill_key(session, session.get_one(BillKey, desk.view(charge_id).bill_key_id))

    assert planned(desk, charge_id) is None

"""Opening, cancelling, resending, expiring and refusing charges."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from billing_core.acquirers.sandbox import SandboxAcquirer
from billing_core.actions.cancel_charge_request import cancel_charge_request
from billing_core.actions.expire_charges import expire_charges
from billing_core.actions.finish_refusal import finish_refusal
from billing_core.actions.open_charge import NewCharge, open_charge
from billing_core.actions.refuse_charge import refuse_charge
from billing_core.actions.resend_charge import resend_charge
from billing_core.actions.retry_charge import retry_charge
from billing_core.charges import Charge, Consent, Status
from billing_core.charging_jobs import start_forgotten
from billing_core.merchants import Merchant
from foundation.database import Database
from foundation.errors import Conflict, InvalidRequest, NotFound
from foundation.ids import new_id
from foundation.money import Money
from foundation.sealing import Opener
from sms.texts import Text
from tests.billing_core.charge_desk import ChargeDesk, revoked, set_charge
from tests.conftest import SteppedWorker
from virtual_numbers.loans import EndReason, Loan


@pytest.fixture
def desk(database: Database, opener: Opener, stepped: SteppedWorker) -> ChargeDesk:
    return ChargeDesk(database, opener, stepped, SandboxAcquirer(database, read_timeout_s=0.01))


def request(bill_key: str, **values: object) -> NewCharge:
    wanted = {
        "order_id": "C-0",
        "bill_key": bill_key,
        "amount": Money(39_000),
        "item": "11월 LPG 요금",
        "expires_in": timedelta(days=1),
    }
    return NewCharge(**(wanted | values))  # type: ignore[arg-type]


def test_an_opened_charge_lends_a_number_and_texts_it(desk: ChargeDesk) -> None:
    bill_key = desk.bill_key()
    charge_id = desk.charge(bill_key, amount=39_000)

    charge, (loan,), (text,) = desk.view(charge_id), desk.open_loans(), desk.texts()[-1:]
    assert charge.status == Status.AWAITING_CONSENT
    assert (loan.request_id, loan.number) == (charge_id, charge.virtual_number)
    assert (text.template, text.id) == ("T02", charge.text_id)
    for words in ("[한빛가스]", "11월 LPG 요금", "39,000원", loan.number.national, "031-123-4567"):
        assert words in text.body


def test_a_charge_under_standing_consent_lends_nothing_and_stages_its_work(
    desk: ChargeDesk,
) -> None:
    bill_key = desk.bill_key(consent="once")
    desk.stepped.work()

    charge_id = desk.charge(bill_key, consent=Consent.NONE)

    assert desk.view(charge_id).status == Status.PROCESSING
    assert desk.open_loans() == []
    assert desk.stepped.staged == [("urgent_charge_standing", (charge_id, "1"))]


def test_an_order_id_names_one_charge(desk: ChargeDesk, database: Database) -> None:
    bill_key = desk.bill_key()
    with database.transaction() as session:
        merchant = session.get_one(Merchant, desk.merchant_id)
        open_charge(session, merchant=merchant, request=request(bill_key))

        with pytest.raises(Conflict) as taken:
            open_charge(session, merchant=merchant, request=request(bill_key))

    assert taken.value.code == "order_id_taken"


def test_a_bill_key_must_be_theirs_and_active(desk: ChargeDesk, database: Database) -> None:
    bill_key = desk.bill_key()
    with database.transaction() as session:
        other = Merchant(
            id=new_id("mer", session.now),
            name="다른가게",
            spoken_name="다른가게",
            livemode=False,
            created_at=session.now,
        )
        session.add(other)
        session.flush()
        ours = session.get_one(Merchant, desk.merchant_id)

        with pytest.raises(NotFound):
            open_charge(session, merchant=other, request=request(bill_key))
        with pytest.raises(NotFound):
            open_charge(session, merchant=ours, request=request("bk_nonsense"))
        revoked(session, bill_key)
        session.expire_all()
        with pytest.raises(Conflict) as refused:
            open_charge(session, merchant=ours, request=request(bill_key))

    assert refused.value.code == "invalid_state"


@pytest.mark.parametrize(("consent", "days"), [("each_charge", 0), ("once", 91)])
def test_without_standing_consent_a_call_is_required(
    desk: ChargeDesk, database: Database, consent: str, days: int
) -> None:
    bill_key = desk.bill_key(consent=consent)
    desk.clock.move(timedelta(days=days))

    with database.transaction() as session, pytest.raises(Conflict) as refused:
        open_charge(
            session,
            merchant=session.get_one(Merchant, desk.merchant_id),
            request=request(bill_key, consent=Consent.NONE),
        )

    assert refused.value.code == "consent_required"


def test_the_tax_free_part_is_a_part(desk: ChargeDesk, database: Database) -> None:
    bill_key = desk.bill_key()

    with database.transaction() as session, pytest.raises(InvalidRequest) as refused:
        open_charge(
            session,
            merchant=session.get_one(Merchant, desk.merchant_id),
            request=request(bill_key, tax_free_amount=Money(39_001)),
        )

    assert refused.value.faults[0].param == "/tax_free_amount"


@pytest.mark.parametrize(
    ("status", "may_be_canceled"),
    [
        (Status.AWAITING_CONSENT, True),
        (Status.DECLINED, True),
        (Status.PROCESSING, False),
        (Status.UNKNOWN, False),
        (Status.APPROVED, False),
        (Status.REFUSED, False),
        (Status.EXPIRED, False),
        (Status.CANCELED, False),
    ],
)
def test_a_charge_is_canceled_only_where_no_money_may_have_moved(
    desk: ChargeDesk, database: Database, status: Status, may_be_canceled: bool
) -> None:
    charge_id = desk.charge()
    with database.transaction() as session:
        set_charge(session, charge_id, status=status)

    with database.transaction() as session:
        charge = session.get_one(Charge, charge_id)
        if may_be_canceled:
            cancel_charge_request(session, charge)
        else:
            with pytest.raises(Conflict):
                cancel_charge_request(session, charge)

    assert desk.view(charge_id).status == (Status.CANCELED if may_be_canceled else status)
    assert (desk.open_loans() == []) == may_be_canceled


def test_the_text_is_sent_again_in_the_same_words(desk: ChargeDesk, database: Database) -> None:
    charge_id = desk.charge()
    with database.transaction() as session:
        resend_charge(session, session.get_one(Charge, charge_id))

    bodies = [text.body for text in desk.texts() if text.template == "T02"]
    assert len(bodies) == 2
    assert len(set(bodies)) == 1
    assert desk.view(charge_id).text_id == desk.texts()[-1].id


@pytest.mark.parametrize("status", [Status.DECLINED, Status.APPROVED, Status.EXPIRED])
def test_the_text_is_sent_again_only_while_the_customer_is_awaited(
    desk: ChargeDesk, database: Database, status: Status
) -> None:
    charge_id = desk.charge()
    with database.transaction() as session:
        set_charge(session, charge_id, status=status)

    with database.transaction() as session, pytest.raises(Conflict):
        resend_charge(session, session.get_one(Charge, charge_id))


def test_a_charge_nobody_called_about_expires_and_gives_its_number_back(
    desk: ChargeDesk, database: Database
) -> None:
    bill_key = desk.bill_key()
    charge_id, other = desk.charge(bill_key), desk.charge(bill_key)
    with database.transaction() as session:
        set_charge(session, other, status=Status.PROCESSING)
    desk.clock.move(timedelta(days=1))
    with database.transaction() as session:
        count = expire_charges(session)

    assert count == 1
    assert desk.view(charge_id).status == Status.EXPIRED
    assert desk.view(other).status == Status.PROCESSING
    assert desk.charge_events() == ["charge.expired"]
    assert [loan.request_id for loan in desk.open_loans()] == [other]


def test_a_declined_charge_keeps_its_number_until_its_time_is_over(
    desk: ChargeDesk, database: Database
) -> None:
    charge_id = desk.charge(desk.bill_key("9999000000610000"))
    desk.approve(charge_id)
    kept = len(desk.open_loans())
    desk.clock.move(timedelta(days=1))
    with database.transaction() as session:
        expire_charges(session)

    (reason,) = desk._all(sa.select(Loan.end_reason).where(Loan.request_id == charge_id))
    assert kept == 1
    assert reason == EndReason.EXPIRED
    assert desk.view(charge_id).status == Status.DECLINED


@pytest.mark.parametrize("reason", ["", "wrong_amount", "stopping"])
def test_a_no_ends_the_charge_and_says_why(
    desk: ChargeDesk, database: Database, reason: str
) -> None:
    charge_id = desk.charge()
    with database.transaction() as session:
        refuse_charge(session, session.get_one(Charge, charge_id), reason)
    before = desk.charge_events()
    with database.transaction() as session:
        finish_refusal(session, session.get_one(Charge, charge_id))

    assert before == []
    charge = desk.view(charge_id)
    assert (charge.status, charge.refusal_reason) == (Status.REFUSED, reason or None)
    assert desk.charge_events() == ["charge.refused"]
    assert desk.open_loans() == []


def test_a_no_after_a_declined_card_freezes_the_retries(
    desk: ChargeDesk, database: Database
) -> None:
    charge_id = desk.charge(desk.bill_key("9999000000610000"))
    desk.approve(charge_id)
    planned = desk.view(charge_id).next_retry_at
    with database.transaction() as session:
        refuse_charge(session, session.get_one(Charge, charge_id), "stopping")

    assert planned is not None
    assert desk.view(charge_id).next_retry_at is None
    assert desk.retry(timedelta(days=20)) == 0


@pytest.mark.parametrize("status", [Status.DECLINED, Status.EXPIRED, Status.REFUSED])
def test_a_charge_that_came_to_nothing_is_asked_for_again(
    desk: ChargeDesk, database: Database, status: Status
) -> None:
    charge_id = desk.charge()
    with database.transaction() as session:
        set_charge(session, charge_id, status=status, refusal_reason="wrong_amount")
    desk.clock.move(timedelta(days=2))
    with database.transaction() as session:
        retry_charge(session, session.get_one(Charge, charge_id))

    charge = desk.view(charge_id)
    assert charge.status == Status.AWAITING_CONSENT
    assert charge.refusal_reason is None
    assert charge.expires_at == desk.clock.moment + timedelta(days=1)
    assert desk.templates(charge_id) == ["T02", "T02"]


@pytest.mark.parametrize(
    "status",
    [Status.AWAITING_CONSENT, Status.PROCESSING, Status.UNKNOWN, Status.APPROVED, Status.CANCELED],
)
def test_nothing_else_is_tried_again(desk: ChargeDesk, database: Database, status: Status) -> None:
    charge_id = desk.charge()
    with database.transaction() as session:
        set_charge(session, charge_id, status=status)

    with database.transaction() as session, pytest.raises(Conflict):
        retry_charge(session, session.get_one(Charge, charge_id))


def test_a_retry_needs_its_bill_key(desk: ChargeDesk, database: Database) -> None:
    charge_id = desk.charge()
    with database.transaction() as session:
        set_charge(session, charge_id, status=Status.DECLINED)
        revoked(session, desk.view(charge_id).bill_key_id)

    with database.transaction() as session, pytest.raises(Conflict):
        retry_charge(session, session.get_one(Charge, charge_id))


def test_standing_work_that_was_lost_is_found(desk: ChargeDesk) -> None:
    charge_id = desk.charge(desk.bill_key(consent="once"), consent=Consent.NONE)
    desk.stepped.staged.clear()
    at_once = start_forgotten(desk.desk)
    desk.clock.move(timedelta(minutes=11))

    found = start_forgotten(desk.desk)

    assert (at_once, found) == (0, 1)
    assert desk.view(charge_id).status == Status.APPROVED


def test_no_text_of_a_charge_shows_more_of_a_card_than_four_digits(desk: ChargeDesk) -> None:
    charge_id = desk.charge(desk.bill_key("9999000000610000"))
    desk.approve(charge_id)
    desk.approve(charge_id, desk.entered("378282246310005"))

    bodies = desk._all(sa.select(Text.body).where(Text.request_id == charge_id))
    assert len(bodies) == 2
    assert "****0005" in bodies[-1]
    assert not [body for body in bodies if "378282" in body]

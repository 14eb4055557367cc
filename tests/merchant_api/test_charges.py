"""A merchant charges bill keys, sees the charges, cancels and retries them, sends texts again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from billing_core import bill_keys
from billing_core.bill_keys import BillKey
from billing_core.charges import Charge, Status, move
from foundation.database import Database
from foundation.sealing import Sealer
from sms.texts import Text
from tests.conftest import SteppedWorker
from tests.merchant_api.conftest import Program, charge, later
from tests.merchant_api.objects import add_bill_key, approve
from virtual_numbers.loans import Loan

NewKey = Callable[..., str]
CHARGES = "/v1/charges"


@pytest.fixture
def new_key(program: Program, database: Database, sealer: Sealer) -> NewKey:
    """Register a card of the merchant and return its bill key."""

    def new(**changes: Any) -> str:
        with database.transaction() as session:
            return add_bill_key(session, sealer, program.merchant, **changes).id

    return new


def moved(database: Database, charge_id: str, *way: Status) -> None:
    with database.transaction() as session:
        row = session.get_one(Charge, charge_id)
        for status in way:
            move(session, row, status, why="test")


def test_a_charge_with_consent_lends_a_number_and_texts_it(
    program: Program, database: Database, new_key: NewKey
) -> None:
    bill_key = new_key()

    opened = program.charges(bill_key, order_id="2026-11-0001", metadata={"branch": "수원"})

    assert opened["object"] == "charge"
    assert opened["status"] == "awaiting_consent"
    assert opened["bill_key"] == bill_key
    assert (opened["amount"], opened["tax_free_amount"], opened["amount_refunded"]) == (39000, 0, 0)
    assert opened["installment"] == {"months": 0, "interest_free": False}
    assert opened["card"]["last4"] == "0004"
    assert opened["customer"]["ref"] == "cust-77"
    assert opened["metadata"] == {"branch": "수원"}
    assert opened["acquirer"] is opened["failure"] is opened["consent_record"] is None
    assert opened["text"]["status"] == "queued"
    assert program.get(f"{CHARGES}/{opened['id']}").json == opened
    with database.reading() as session:
        row = session.get_one(Charge, opened["id"])
        text = session.get_one(Text, opened["text"]["id"])
        loan = session.scalars(sa.select(Loan)).one()
    assert loan.number.e164 == opened["virtual_number"]
    assert "39,000원" in text.body
    assert (row.max_months, row.interest_free) == (6, [2, 3])


def test_a_charge_under_standing_consent_is_staged_at_once(
    program: Program, stepped: SteppedWorker, new_key: NewKey
) -> None:
    opened = program.charges(new_key(), consent="none")

    assert opened["status"] == "processing"
    assert opened["virtual_number"] is opened["text"] is None
    assert [(name, args[0]) for name, args in stepped.staged] == [
        ("urgent_charge_standing", opened["id"])
    ]


def test_what_is_left_out_of_a_charge_has_sensible_values(
    program: Program, database: Database, new_key: NewKey
) -> None:
    body = charge(new_key(), tax_free_amount=None, consent=None, installments=None)

    opened = program.post(CHARGES, body | {"expires_in": 300}).json

    assert (opened["consent"], opened["tax_free_amount"]) == ("ars", 0)
    with database.reading() as session:
        row = session.get_one(Charge, opened["id"])
    assert (row.max_months, row.interest_free, row.expires_in_s) == (0, [], 300)


@pytest.mark.parametrize("standing", ["each_charge", "too_old"])
def test_without_standing_consent_nothing_is_charged_at_once(
    program: Program, database: Database, new_key: NewKey, standing: str
) -> None:
    bill_key = new_key(consent="each_charge" if standing == "each_charge" else "once")
    if standing == "too_old":
        later(database, timedelta(days=90, minutes=1))

    refused = program.post(CHARGES, charge(bill_key, consent="none"))

    assert (refused.status_code, refused.json["code"]) == (409, "consent_required")
    assert "ars" in refused.json["detail"]
    assert program.get(CHARGES).json["data"] == []
    assert program.charges(bill_key)["status"] == "awaiting_consent"


def test_nothing_is_charged_with_a_bill_key_of_somebody_else(
    program: Program, new_program: Callable[[str], Program], new_key: NewKey
) -> None:
    theirs = new_key()

    refused = [
        new_program("다른 상점").post(CHARGES, charge(bill_key))
        for bill_key in (theirs, "bk_0", "bk_nonsense", "카드")
    ]

    assert {(answer.status_code, answer.json["code"]) for answer in refused} == {(404, "not_found")}
    assert len({answer.json["detail"] for answer in refused}) == 1


REVOKED, EXPIRED = bill_keys.Status.REVOKED, bill_keys.Status.EXPIRED


@pytest.mark.parametrize(
    ("consent", "end"), [("ars", REVOKED), ("none", REVOKED), ("none", EXPIRED)]
)
def test_a_bill_key_that_has_ended_says_what_to_do(
    program: Program, database: Database, new_key: NewKey, end: bill_keys.Status, consent: str
) -> None:
    bill_key = new_key()
    with database.transaction() as session:
        bill_keys.move(session, session.get_one(BillKey, bill_key), end, why="test")

    refused = program.post(CHARGES, charge(bill_key, consent=consent))

    assert (refused.status_code, refused.json["code"]) == (409, "invalid_state")
    assert end in refused.json["detail"]
    assert "card again" in refused.json["detail"] or "registered again" in refused.json["detail"]


def test_a_customer_whose_card_has_expired_can_still_be_called(
    program: Program, database: Database, new_key: NewKey
) -> None:
    bill_key = new_key()
    with database.transaction() as session:
        bill_keys.move(session, session.get_one(BillKey, bill_key), EXPIRED, why="test")

    assert program.post(CHARGES, charge(bill_key, consent="ars")).status_code == 201


def test_an_order_id_is_taken_once_and_registrations_have_their_own(
    program: Program, database: Database, new_key: NewKey
) -> None:
    program.opens(order_id="O-1")
    bill_key = new_key()
    program.charges(bill_key, order_id="O-1")

    again = [
        program.post(CHARGES, charge(bill_key, order_id="O-1", consent=consent))
        for consent in ("ars", "none")
    ]

    assert {(answer.status_code, answer.json["code"]) for answer in again} == {
        (409, "order_id_taken")
    }
    assert "order_id" in again[0].json["detail"]
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Charge)) == 1


def test_a_charge_is_opened_once_however_often_it_is_asked(
    program: Program, database: Database, stepped: SteppedWorker, new_key: NewKey
) -> None:
    body = charge(new_key(), consent="none")

    first, second = (program.post(CHARGES, body, key="k") for _ in range(2))
    other = program.post(CHARGES, body | {"amount": 39001}, key="k")

    assert second.data == first.data
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert len(stepped.staged) == 1
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Charge)) == 1


def test_an_empty_pool_leaves_no_charge_behind(
    program: Program, database: Database, new_key: NewKey
) -> None:
    body = charge(new_key())
    with database.transaction() as session:
        session.execute(sa.text("UPDATE virtual_numbers SET status = 'retired'"))

    refused = program.post(CHARGES, body)

    assert (refused.status_code, refused.json["code"]) == (503, "number_pool_exhausted")
    assert program.get(CHARGES).json["data"] == []


def test_a_canceled_charge_gives_its_number_back(
    program: Program, database: Database, new_key: NewKey
) -> None:
    opened = program.charges(new_key())

    canceled = program.post(f"{CHARGES}/{opened['id']}/cancel")

    assert (canceled.status_code, canceled.json["status"]) == (200, "canceled")
    with database.reading() as session:
        assert not session.scalars(sa.select(Loan)).one().is_open


REFUSED = {
    "cancel": {
        "processing": "Wait for the result",
        "unknown": "Wait for the result",
        "approved": "/refunds",
        "canceled": "has ended",
        "refused": "has ended",
        "expired": "has ended",
    },
    "retry": {
        "awaiting_consent": "/resend",
        "processing": "resolves by itself",
        "unknown": "resolves by itself",
        "approved": "cannot be tried again",
        "canceled": "cannot be tried again",
    },
    "resend": {
        "processing": "awaited",
        "unknown": "awaited",
        "approved": "awaited",
        "declined": "awaited",
        "canceled": "awaited",
        "refused": "awaited",
        "expired": "awaited",
    },
    "refunds": {
        "awaiting_consent": "approved",
        "processing": "approved",
        "unknown": "approved",
        "declined": "approved",
        "canceled": "approved",
        "refused": "approved",
        "expired": "approved",
    },
}
WAYS = {
    "awaiting_consent": (),
    "processing": (Status.PROCESSING,),
    "unknown": (Status.PROCESSING, Status.UNKNOWN),
    "approved": (Status.PROCESSING, Status.APPROVED),
    "declined": (Status.PROCESSING, Status.DECLINED),
    "refused": (Status.REFUSED,),
    "expired": (Status.EXPIRED,),
    "canceled": (Status.CANCELED,),
}


@pytest.mark.parametrize("verb", REFUSED)
def test_what_a_state_does_not_allow_is_refused_with_advice(
    program: Program, database: Database, new_key: NewKey, verb: str
) -> None:
    bill_key = new_key()
    body = {"reason": "test"} if verb == "refunds" else None
    for status, advice in REFUSED[verb].items():
        opened = program.charges(bill_key, consent="none")
        with database.transaction() as session:
            session.execute(
                sa.update(Charge)
                .where(Charge.id == opened["id"])
                .values(status=status, consent="ars")
            )

        refused = program.post(f"{CHARGES}/{opened['id']}/{verb}", body)

        assert (refused.status_code, refused.json["code"]) == (409, "invalid_state"), status
        assert advice in refused.json["detail"], (status, refused.json["detail"])
        assert program.get(f"{CHARGES}/{opened['id']}").json["status"] == status


@pytest.mark.parametrize("status", ["declined", "expired", "refused"])
def test_a_charge_that_needs_consent_asks_for_it_again(
    program: Program, database: Database, new_key: NewKey, status: str
) -> None:
    opened = program.charges(new_key())
    moved(database, opened["id"], *WAYS[status])

    retried = program.post(f"{CHARGES}/{opened['id']}/retry")

    assert (retried.status_code, retried.json["status"]) == (200, "awaiting_consent")
    assert retried.json["id"] == opened["id"]
    assert retried.json["text"]["id"] != opened["text"]["id"]


def test_a_declined_charge_under_standing_consent_is_tried_again_at_once(
    program: Program, database: Database, stepped: SteppedWorker, new_key: NewKey
) -> None:
    opened = program.charges(new_key(), consent="none")
    moved(database, opened["id"], Status.DECLINED)
    stepped.staged.clear()

    retried = program.post(f"{CHARGES}/{opened['id']}/retry")
    repeated = program.post(f"{CHARGES}/{opened['id']}/retry")

    assert retried.json["status"] == "processing"
    assert [name for name, _ in stepped.staged] == ["urgent_charge_standing"]
    assert repeated.status_code == 409


def test_a_text_sent_again_has_the_same_number_and_words(
    program: Program, database: Database, new_key: NewKey
) -> None:
    opened = program.charges(new_key())

    resent = program.post(f"{CHARGES}/{opened['id']}/resend")

    assert resent.json["virtual_number"] == opened["virtual_number"]
    assert resent.json["text"]["id"] != opened["text"]["id"]
    with database.reading() as session:
        first, second = session.scalars(sa.select(Text).order_by(Text.id))
    assert (first.body, first.to) == (second.body, second.to)


def test_a_charge_without_a_call_has_no_text_to_send_again(
    program: Program, new_key: NewKey
) -> None:
    opened = program.charges(new_key(), consent="none")

    refused = program.post(f"{CHARGES}/{opened['id']}/resend")

    assert (refused.status_code, refused.json["code"]) == (409, "invalid_state")
    assert "consent in a call" in refused.json["detail"]


def test_charges_are_found_by_what_merchants_know(
    program: Program, database: Database, new_key: NewKey
) -> None:
    first_key, second_key = new_key(), new_key(ref="다른 고객")
    first = program.charges(first_key, order_id="A 1", consent="none")
    second = program.charges(second_key, consent="none")
    with database.transaction() as session:
        approve(session, first["id"])

    def found(**query: str) -> list[str]:
        return [row["id"] for row in program.get(CHARGES, **query).json["data"]]

    both = sorted([first["id"], second["id"]], reverse=True)
    assert found() == both
    assert found(status="approved") == [first["id"]]
    assert found(status="declined") == []
    assert found(order_id="A 1") == [first["id"]]
    assert found(customer_ref="다른 고객") == [second["id"]]
    assert found(bill_key=first_key) == [first["id"]]
    assert found(bill_key=second_key, status="approved") == []
    assert found(created_after="2000-01-01T00:00:00Z") == both
    assert found(created_after="2100-01-01T00:00:00+09:00") == []
    assert found(created_before="2000-01-01T00:00:00Z") == []


def test_a_bill_key_of_somebody_else_finds_no_charge(
    program: Program, new_program: Callable[[str], Program], new_key: NewKey
) -> None:
    bill_key = new_key()
    program.charges(bill_key, consent="none")

    found = new_program("다른 상점").get(CHARGES, bill_key=bill_key)

    assert found.json["data"] == []

"""A merchant gives approved charges back, whole or in part, and never more than was paid."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from billing_core import refunds
from billing_core.refunds import Refund
from foundation.database import Database
from foundation.sealing import Sealer
from tests.conftest import SteppedWorker
from tests.merchant_api.conftest import Program
from tests.merchant_api.objects import add_bill_key, approve


@pytest.fixture
def charge_id(program: Program, database: Database, sealer: Sealer, stepped: SteppedWorker) -> str:
    """An approved charge of 39,000 won, of which 9,000 are free of tax."""
    with database.transaction() as session:
        bill_key = add_bill_key(session, sealer, program.merchant).id
    opened = program.charges(bill_key, consent="none", tax_free_amount=9000)
    with database.transaction() as session:
        approve(session, opened["id"])
    stepped.staged.clear()
    return str(opened["id"])


def address(charge_id: str) -> str:
    return f"/v1/charges/{charge_id}/refunds"


def test_a_refund_without_an_amount_gives_everything_back(
    program: Program, charge_id: str, stepped: SteppedWorker
) -> None:
    opened = program.post(address(charge_id), {"reason": "반품"})

    refund = opened.json
    assert opened.status_code == 201
    assert (refund["object"], refund["status"]) == ("refund", "processing")
    assert (refund["charge"], refund["reason"]) == (charge_id, "반품")
    assert (refund["amount"], refund["tax_free_amount"]) == (39000, 9000)
    assert refund["failure"] is refund["completed_at"] is None
    assert stepped.staged == [("refund_charge", (refund["id"],))]
    assert program.get(f"/v1/refunds/{refund['id']}").json == refund
    assert program.get(f"/v1/charges/{charge_id}").json["amount_refunded"] == 0


def test_the_refunds_of_a_charge_are_listed_newest_first(program: Program, charge_id: str) -> None:
    body = {"amount": 1000, "reason": "하나", "metadata": {"branch": "수원"}}

    made = [program.post(address(charge_id), body).json["id"] for _ in range(3)]

    listed = program.get(address(charge_id)).json
    page = program.get(address(charge_id), limit=2).json
    assert [refund["id"] for refund in listed["data"]] == sorted(made, reverse=True)
    assert listed["data"][0]["metadata"] == {"branch": "수원"}
    assert (len(page["data"]), page["has_more"]) == (2, True)


def test_never_more_is_given_back_than_is_left(program: Program, charge_id: str) -> None:
    program.post(address(charge_id), {"amount": 30000, "reason": "부분"})

    too_much = program.post(address(charge_id), {"amount": 9001, "reason": "부분"})
    rest = program.post(address(charge_id), {"reason": "나머지"})
    nothing = program.post(address(charge_id), {"reason": "또"})

    assert (too_much.status_code, too_much.json["param"]) == (422, "/amount")
    assert "9,000" in too_much.json["detail"]
    assert rest.json["amount"] == 9000
    assert (nothing.status_code, nothing.json["code"]) == (409, "invalid_state")


def test_more_free_of_tax_than_is_left_is_refused(program: Program, charge_id: str) -> None:
    refused = program.post(
        address(charge_id), {"amount": 20000, "tax_free_amount": 9001, "reason": "부분"}
    )

    assert (refused.status_code, refused.json["param"]) == (422, "/tax_free_amount")
    assert "9,000" in refused.json["detail"]


def test_a_refund_is_made_once_however_often_it_is_asked(
    program: Program, charge_id: str, stepped: SteppedWorker
) -> None:
    body = {"amount": 1000, "reason": "부분"}

    first, second = (program.post(address(charge_id), body, key="k") for _ in range(2))

    assert second.data == first.data
    assert len(stepped.staged) == 1
    assert len(program.get(address(charge_id)).json["data"]) == 1


def test_a_refund_that_failed_leaves_its_amount_to_another(
    program: Program, charge_id: str, database: Database
) -> None:
    failed = program.post(address(charge_id), {"reason": "반품"}).json
    with database.transaction() as session:
        row = session.get_one(Refund, failed["id"])
        refunds.LIFE.move(session, row, refunds.Status.FAILED, why="test")

    again = program.post(address(charge_id), {"reason": "반품"})

    assert (again.status_code, again.json["amount"]) == (201, 39000)


def test_refunds_of_others_are_not_found(
    program: Program, new_program: Callable[[str], Program], charge_id: str
) -> None:
    refund = program.post(address(charge_id), {"reason": "반품"}).json["id"]
    other = new_program("다른 상점")

    answers = [
        other.get(f"/v1/refunds/{refund}"),
        other.get(address(charge_id)),
        other.post(address(charge_id), {"reason": "반품"}),
        program.get("/v1/refunds/rf_0"),
        program.get(f"/v1/refunds/{charge_id}"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5

"""Everything a charge or a refund can have wrong is refused with a pointer and a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from foundation.database import Database
from foundation.sealing import Sealer
from merchant_api.examples import CHARGE_REQUEST, REFUND_REQUEST
from tests.merchant_api.conftest import Program, charge
from tests.merchant_api.objects import add_bill_key, approve
from tests.merchant_api.test_inputs import ABSENT, with_value

CHARGES = "/v1/charges"
BAD_CHARGES = [
    ("/bill_key", ABSENT, "missing"),
    ("/bill_key", None, "wrong_type"),
    ("/bill_key", 7, "wrong_type"),
    ("/bill_key", "", "too_short"),
    ("/bill_key", "bk_" + "0" * 64, "too_long"),
    ("/bill_key", "bk_\x00", "invisible_character"),
    ("/order_id", ABSENT, "missing"),
    ("/order_id", "", "too_short"),
    ("/order_id", "x" * 65, "too_long"),
    ("/order_id", "주문", "invalid_format"),
    ("/order_id", "x\n", "invalid_format"),
    ("/amount", ABSENT, "missing"),
    ("/amount", None, "wrong_type"),
    ("/amount", 99, "out_of_range"),
    ("/amount", 0, "out_of_range"),
    ("/amount", -39000, "out_of_range"),
    ("/amount", 1_000_000_000, "out_of_range"),
    ("/amount", 10**400, "out_of_range"),
    ("/amount", 39000.0, "wrong_type"),
    ("/amount", "39000", "wrong_type"),
    ("/amount", True, "wrong_type"),
    ("/tax_free_amount", -1, "out_of_range"),
    ("/tax_free_amount", 39001, "out_of_range"),
    ("/tax_free_amount", 10**400, "out_of_range"),
    ("/tax_free_amount", "0", "wrong_type"),
    ("/tax_free_amount", None, "wrong_type"),
    ("/item", ABSENT, "missing"),
    ("/item", "", "too_short"),
    ("/item", "가" * 41, "too_long"),
    ("/item", "2026", "not_sayable"),
    ("/item", "요금 20260101", "not_sayable"),
    ("/item", "ㅋㅋㅋ", "not_sayable"),
    ("/item", "요금 💳", "not_writable"),
    ("/item", "www.shop.kr/a", "link_not_allowed"),
    ("/note", "", "too_short"),
    ("/note", "가" * 81, "too_long"),
    ("/note", "계좌 110123456789", "not_sayable"),
    ("/note", "料金입니다", "not_sayable"),
    ("/note", "(주)", "not_sayable"),
    ("/note", "요금 💳", "not_writable"),
    ("/note", ["요금"], "wrong_type"),
    ("/item", "요금 9999 0000 0000 0004", "card_number_not_allowed"),
    ("/note", "카드는 9999-0000-0000-0004 입니다", "card_number_not_allowed"),
    ("/metadata/card", "9999000000000004", "card_number_not_allowed"),
    ("/consent", "each_charge", "unknown_value"),
    ("/consent", None, "unknown_value"),
    ("/installments", 6, "wrong_type"),
    ("/installments", [], "wrong_type"),
    ("/installments/max_months", ABSENT, "missing"),
    ("/installments/max_months", 1, "out_of_range"),
    ("/installments/max_months", -2, "out_of_range"),
    ("/installments/max_months", 13, "out_of_range"),
    ("/installments/max_months", "6", "wrong_type"),
    ("/installments/max_months", None, "wrong_type"),
    ("/installments/interest_free", None, "wrong_type"),
    ("/installments/interest_free", 3, "wrong_type"),
    ("/installments/interest_free", [2, 7], "out_of_range"),
    ("/installments/interest_free", [2] * 13, "too_long"),
    ("/installments/months", 3, "unknown_field"),
    ("/expires_in", 299, "out_of_range"),
    ("/expires_in", 2_419_201, "out_of_range"),
    ("/metadata", ["a"], "wrong_type"),
    ("/metadata/a", 1, "wrong_type"),
    ("/card", {"number": "9999000000000004"}, "unknown_field"),
    ("/installment", {"months": 3}, "unknown_field"),
]
BAD_REFUNDS = [
    ("/reason", ABSENT, "missing"),
    ("/reason", None, "wrong_type"),
    ("/reason", "", "too_short"),
    ("/reason", " \t", "too_short"),
    ("/reason", "가" * 101, "too_long"),
    ("/reason", "a\x00b", "invisible_character"),
    ("/reason", "9999000000000004 반품", "card_number_not_allowed"),
    ("/amount", 0, "out_of_range"),
    ("/amount", -1, "out_of_range"),
    ("/amount", 1_000_000_000, "out_of_range"),
    ("/amount", 1.5, "wrong_type"),
    ("/amount", "1000", "wrong_type"),
    ("/tax_free_amount", -1, "out_of_range"),
    ("/tax_free_amount", 1001, "out_of_range"),
    ("/tax_free_amount", "0", "wrong_type"),
    ("/charge", "chg_0", "unknown_field"),
    ("/metadata/a", 1, "wrong_type"),
    ("/metadata/a", "9999 0000 0000 0004", "card_number_not_allowed"),
]


@pytest.fixture
def kind() -> str:
    """Checks of fields never reach a database; one kind is enough."""
    return "sqlite"


@pytest.fixture
def bill_key(program: Program, database: Database, sealer: Sealer) -> str:
    with database.transaction() as session:
        return add_bill_key(session, sealer, program.merchant).id


@pytest.fixture
def approved(program: Program, database: Database, bill_key: str) -> str:
    opened = program.charges(bill_key, consent="none", tax_free_amount=9000)
    with database.transaction() as session:
        approve(session, opened["id"])
    return str(opened["id"])


def test_every_bad_field_of_a_charge_is_named_with_a_sentence(
    program: Program, bill_key: str
) -> None:
    for pointer, value, code in BAD_CHARGES:
        refused = program.post(CHARGES, with_value(pointer, value, charge(bill_key)))

        assert (refused.status_code, refused.json["code"]) == (422, "invalid_request"), pointer
        faults = {(fault["param"], fault["code"]) for fault in refused.json["errors"]}
        assert (pointer, code) in faults, (pointer, value, refused.json)
        assert all(fault["detail"].endswith((".", "…")) for fault in refused.json["errors"])
    assert program.get(CHARGES).json["data"] == []


@pytest.mark.parametrize(
    ("months", "pointer", "code"),
    [([1], "/0", "out_of_range"), ([2, "3"], "/1", "wrong_type"), ([2, 13], "/1", "out_of_range")],
)
def test_a_month_that_cannot_be_is_named_by_its_place(
    program: Program, bill_key: str, months: list[Any], pointer: str, code: str
) -> None:
    plan = {"max_months": 12, "interest_free": months}

    refused = program.post(CHARGES, charge(bill_key, installments=plan))

    assert refused.json["param"] == f"/installments/interest_free{pointer}"
    assert refused.json["errors"][0]["code"] == code


def test_every_bad_field_of_a_refund_is_named_with_a_sentence(
    program: Program, approved: str
) -> None:
    address = f"{CHARGES}/{approved}/refunds"
    good = {"amount": 1000, "tax_free_amount": 0, "reason": "반품", "metadata": {}}
    for pointer, value, code in BAD_REFUNDS:
        refused = program.post(address, with_value(pointer, value, good))

        assert (refused.status_code, refused.json["param"]) == (422, pointer), (pointer, value)
        assert refused.json["errors"][0]["code"] == code, (pointer, value, refused.json)
    assert program.get(address).json["data"] == []


def test_all_faults_of_a_charge_are_named_at_once(program: Program) -> None:
    plan = {"max_months": 1, "interest_free": [1]}
    body = charge("", amount=50, tax_free_amount=51, installments=plan, item="1")

    refused = program.post(CHARGES, body)

    assert {fault["param"] for fault in refused.json["errors"]} == {
        "/bill_key",
        "/amount",
        "/tax_free_amount",
        "/item",
        "/installments/max_months",
        "/installments/interest_free/0",
    }


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"amount": 100}, {"amount": 100}),
        ({"amount": 999_999_999}, {"amount": 999_999_999}),
        ({"tax_free_amount": 39000}, {"tax_free_amount": 39000}),
        ({"installments": {"max_months": 0}}, {"amount": 39000}),
        ({"installments": {"max_months": 2, "interest_free": [2]}}, {"amount": 39000}),
        ({"installments": {"max_months": 12, "interest_free": [3, 2, 3]}}, {"amount": 39000}),
        ({"expires_in": 300}, {"consent": "ars"}),
        ({"expires_in": 2_419_200}, {"consent": "ars"}),
        ({"item": "  LPG \u00a0 요금 "}, {"item": "LPG 요금"}),
    ],
)
def test_what_is_just_right_is_taken(
    program: Program, bill_key: str, changes: dict[str, Any], shown: dict[str, Any]
) -> None:
    opened = program.charges(bill_key, **changes)

    assert {name: opened[name] for name in shown} == shown


def test_the_examples_of_the_documentation_are_accepted(
    program: Program, bill_key: str, approved: str
) -> None:
    opened = program.post(CHARGES, CHARGE_REQUEST | {"bill_key": bill_key})
    refund = program.post(f"{CHARGES}/{approved}/refunds", REFUND_REQUEST)

    assert (opened.status_code, refund.status_code) == (201, 201)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("status=done", "/status"),
        ("status=awaiting_customer", "/status"),
        ("bill_key=%00", "/bill_key"),
        ("bill_key=", "/bill_key"),
        ("customer_ref=%00", "/customer_ref"),
        ("order_id=%00", "/order_id"),
        ("created_after=yesterday", "/created_after"),
        ("created_before=2026-01-01", "/created_before"),
        ("starting_after=chg_0", "/starting_after"),
        ("amount=100", "/amount"),
        ("status=approved&status=declined", "/status"),
    ],
)
def test_bad_parameters_are_named(program: Program, query: str, pointer: str) -> None:
    refused = program.send("GET", f"{CHARGES}?{query}")

    assert (refused.status_code, refused.json["param"]) == (422, pointer)

"""What issuers offer without interest, entered by an operator, is spoken to the callers it is for."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import Result

from foundation.clock import kst_day
from tests.stories.caller import Caller
from tests.stories.operator import types
from tests.stories.service import Service
from tests.stories.test_instalment_policy import bill_key

SHINHAN = "06"


def days(service: Service, first: int = 0, last: int = 9) -> tuple[str, ...]:
    today = kst_day(service.parts.database.clock.now())
    from_day, to_day = (today + timedelta(days=days) for days in (first, last))
    return ("--from", from_day.isoformat(), "--to", to_day.isoformat())


def add(service: Service, months: str, *words: str, issuer: str = SHINHAN) -> Result:
    plan = ("--acquirer", "sandbox", "--issuer", issuer, "--months", months)
    within = () if "--from" in words else days(service)
    return types(service.parts, "issuer-plans", "add", *plan, *within, *words)


def asks_for_months(service: Service, key: Any, *, amount: int = 120_000) -> Any:
    body = {
        "bill_key": key,
        "order_id": f"C-{next(service.numbers)}",
        "amount": amount,
        "item": "보일러 점검",
        "installments": {"max_months": 10, "interest_free": [2]},
    }
    status, charge = service.asks("POST", "/v1/charges", body)
    assert status == 201, charge
    return charge


def question(service: Service, key: Any, *, amount: int = 120_000) -> Caller:
    charge = asks_for_months(service, key, amount=amount)
    return Caller(service).dials(charge["virtual_number"]).presses("1")


def test_free_and_partly_free_months_are_told_apart_in_one_sentence(service: Service) -> None:
    key = bill_key(service)
    add(service, "3", issuer="신한")
    add(service, "2,9,10,12", "--partly")

    # The merchant bears two months, so that they are wholly free; twelve are more than it allows.
    question(service, key).hears(
        "이 개월부터 십 개월까지 되고, 이 개월, 삼 개월은 무이자, 구 개월, 십 개월은 부분 무이자입니다"
    )


def test_a_partly_free_plan_is_named_so_until_the_end_and_sent_as_an_ordinary_one(
    service: Service,
) -> None:
    key = bill_key(service)
    add(service, "9", "--partly")
    charge = asks_for_months(service, key)

    caller = Caller(service).dials(charge["virtual_number"]).presses("1")
    caller.presses("09").hears("구 개월 부분 무이자 할부, 처음 몇 달 수수료 별도")
    caller.hears("구 개월 부분 무이자 할부로 결제합니다").presses("1").holds()
    caller.hears("구 개월 부분 무이자 할부로 결제되었습니다")

    _, found = service.asks("GET", f"/v1/charges/{charge['id']}")
    assert found["installment"] == {"months": 9, "interest_free": False}
    _, record = service.asks("GET", f"/v1/consent_records/{found['consent_record']}")
    assert record["facts"]["partly_interest_free"] is True
    assert "부분 무이자" in record["text"]


@pytest.mark.parametrize(
    "words",
    [
        ("--partly", "--min", "120001"),
        ("--partly", "--max", "119999"),
        ("--acquirer", "nicepay"),
        ("--issuer", "02"),
    ],
)
def test_plans_for_others_are_not_offered(service: Service, words: tuple[str, ...]) -> None:
    key = bill_key(service)
    assert add(service, "9", *words).exit_code == 0

    question(service, key).hears("십 개월까지 되고, 이 개월은 무이자입니다")


def test_a_plan_holds_from_its_first_day_to_its_last(service: Service) -> None:
    key = bill_key(service)
    add(service, "9", *days(service, 1, 2))

    question(service, key).hears("이 개월은 무이자입니다")
    service.passes(days=2)
    question(service, key).hears("이 개월, 구 개월은 무이자입니다")
    service.passes(days=1)
    question(service, key).hears("이 개월은 무이자입니다")


def test_another_card_is_offered_what_its_issuer_offers(service: Service) -> None:
    key = bill_key(service)
    add(service, "9", "--partly", issuer="01")

    charge = asks_for_months(service, key)
    caller = Caller(service).dials(charge["virtual_number"]).presses("2", "1")
    caller.presses("4906251234123459", "0829", "1", "900101", "12", "2")
    caller.hears("이 개월은 무이자, 구 개월은 부분 무이자입니다")


def test_operators_see_what_holds_and_take_back_what_they_entered(service: Service) -> None:
    assert "No plans" in types(service.parts, "issuer-plans", "list").stdout
    made = json.loads(add(service, "3,2", "--max", "500000", "--json").stdout.splitlines()[-1])

    assert [plan["months"] for plan in made] == [2, 3]
    listed = types(service.parts, "issuer-plans", "list").stdout
    assert f"{made[0]['id']}  sandbox  신한  2 months free  from 50,000 to 500,000 won" in listed
    removed = types(service.parts, "issuer-plans", "remove", made[0]["id"], "--json")
    assert json.loads(removed.stdout.splitlines()[-1]) == {"id": made[0]["id"], "removed": True}
    again = types(service.parts, "issuer-plans", "remove", made[0]["id"])
    assert (again.exit_code, "issuer-plans list" in again.stderr) == (1, True)
    left = json.loads(
        types(service.parts, "issuer-plans", "list", "--json").stdout.splitlines()[-1]
    )
    assert left == [made[1]]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--months", ""), "each 2 to 12"),
        (("--from", "2020-01-01", "--to", "2020-01-31"), "is over"),
        (("--min", "49999"), "50,000"),
        (("--min", "90000", "--max", "80000"), "below the lowest"),
        (("--from", "2026-12-02", "--to", "2026-12-01"), "before the first"),
        (("--issuer", "99"), "06 SHINHAN"),
        (("--issuer", "해외"), "25 VISA"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_the_remedy(
    service: Service, words: tuple[str, ...], told: str
) -> None:
    said = add(service, "3", *words)

    assert said.exit_code == 1
    assert told in said.stderr
    assert service.rows("issuer_plans") == []


@pytest.mark.parametrize("months", ["1", "13", "two", "2-6", "2,3,99"])
def test_months_that_no_plan_has_are_wrong_usage(service: Service, months: str) -> None:
    said = add(service, months)

    assert said.exit_code == 2
    assert "write months from 2 to 12 as 2,3,6" in said.stderr


def test_a_month_has_one_price_at_an_issuer_on_a_day(service: Service) -> None:
    made = json.loads(add(service, "3,4", "--max", "200000", "--json").stdout.splitlines()[-1])
    again = add(service, "4,5", "--partly")
    elsewhere = [
        add(service, "3", "--partly", "--min", "200001"),
        add(service, "3", "--partly", issuer="02"),
        add(service, "3", "--partly", *days(service, 10, 20)),
        add(service, "5", "--partly"),
    ]

    assert again.exit_code == 1
    assert made[1]["id"] in again.stderr
    assert [said.exit_code for said in elsewhere] == [0, 0, 0, 0]

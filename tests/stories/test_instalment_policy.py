"""What a charge allows that says nothing of instalments is its merchant's policy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import Result

from tests.stories.caller import Caller
from tests.stories.operator import types
from tests.stories.service import Service


def set_policy(service: Service, *words: str) -> Result:
    merchant = service.rows("merchants")[0]["id"]
    return types(service.parts, "merchant", "instalments", merchant, *words)


def bill_key(service: Service) -> Any:
    made = service.registers()
    Caller(service).dials(made["virtual_number"]).presses("1", "1", "1").gives_card().holds()
    service.passes(days=1)
    return service.registration(made)["bill_key"]


def call_about(service: Service, key: Any, **changes: Any) -> Caller:
    body = {
        "bill_key": key,
        "order_id": f"C-{next(service.numbers)}",
        "amount": 120_000,
        "item": "보일러 점검",
        **changes,
    }
    status, charge = service.asks("POST", "/v1/charges", body)
    assert status == 201, charge
    return Caller(service).dials(charge["virtual_number"]).presses("1")


def test_a_charge_that_says_nothing_offers_what_the_merchant_allows(service: Service) -> None:
    key = bill_key(service)
    said = set_policy(service, "--max-months", "6", "--interest-free", "2,3", "--json")
    assert json.loads(said.stdout.splitlines()[0])["interest_free"] == [2, 3]

    call_about(service, key).presses("03").hears("삼 개월 무이자 할부")

    assert service.rows("charges")[0]["max_months"] == 6


def test_a_charge_that_says_something_is_not_changed_by_the_policy(service: Service) -> None:
    key = bill_key(service)
    set_policy(service, "--max-months", "6")

    call_about(service, key, installments={"max_months": 0}).holds().hears("결제되었습니다")

    assert service.rows("charges")[0]["max_months"] == 0


def test_without_a_policy_it_is_one_payment(service: Service) -> None:
    call_about(service, bill_key(service)).holds().hears("결제되었습니다")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--max-months", "1"), "longest plan"),
        (("--max-months", "3", "--interest-free", "6"), "free of interest"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_with_the_remedy(
    service: Service, words: tuple[str, ...], told: str
) -> None:
    said = set_policy(service, *words)

    assert said.exit_code == 1
    assert told in said.stderr
    assert service.rows("merchants")[0]["max_months"] == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--max-months", "13"),
        ("--max-months", "-3"),
        ("--max-months", "3", "--interest-free", "two"),
    ],
)
def test_a_policy_that_nobody_could_mean_is_wrong_usage(
    service: Service, words: tuple[str, ...]
) -> None:
    assert set_policy(service, *words).exit_code == 2
    assert service.rows("merchants")[0]["max_months"] == 0

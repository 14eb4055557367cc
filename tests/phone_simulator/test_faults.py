"""What a script can make go wrong, and what it then demands of the product."""

from itertools import count
from typing import Any

import pytest
from flask import Response, request
from twilio.request_validator import RequestValidator

from phone_simulator.options import AUTH_TOKEN
from tests.phone_simulator.conftest import RunningSimulator
from tests.phone_simulator.product import Product, Received, say, twiml
from tests.phone_simulator.registering import CARD, serve_registration, with_steps

PRESS_ONE = ("expect: R03", "press: 1", "expect: R20")


@pytest.fixture(autouse=True)
def _registration(product: Product) -> None:
    serve_registration(product)


def failures(result: dict[str, Any]) -> str:
    return " | ".join(failure for call in result["calls"] for failure in call["failures"])


def after_fault(fault: str, *steps: str) -> str:
    return with_steps("expect: R03", f"fault: {fault}", "press: 1", "expect: R20", *steps)


def tokens(received: list[Received]) -> set[str]:
    return {one.headers["I-Twilio-Idempotency-Token"] for one in received}


@pytest.mark.parametrize(
    ("fault", "deliveries"), [("duplicate", 2), ("lost", 2), ("concurrent", 8)]
)
def test_a_repeated_webhook_has_one_token_and_the_same_digits(
    simulator: RunningSimulator, product: Product, fault: str, deliveries: int
) -> None:
    result = simulator.play(after_fault(fault))

    received = product.at("/consent")
    assert failures(result) == ""
    assert len(received) == deliveries
    assert len(tokens(received)) == 1
    assert {one.form["Digits"] for one in received} == {"1"}


@pytest.mark.parametrize("fault", ["duplicate", "concurrent", "{webhook: duplicate, times: 1}"])
def test_a_product_that_answers_a_repeat_differently_fails(
    simulator: RunningSimulator, product: Product, fault: str
) -> None:
    counter = count()
    product.on(
        "/consent",
        lambda: say("카드번호 열여섯 자리를 눌러 주세요.") + f"<!-- {next(counter)} --><Hangup/>",
    )

    result = simulator.play(after_fault(fault))

    assert "different answers" in failures(result)


def test_different_answers_can_be_allowed(simulator: RunningSimulator, product: Product) -> None:
    counter = count()
    product.on(
        "/consent",
        lambda: say("카드번호 열여섯 자리를 눌러 주세요.") + f"<!-- {next(counter)} --><Hangup/>",
    )

    assert simulator.play(after_fault("{webhook: duplicate, same_answer: false}"))["ok"]


def test_a_late_copy_comes_after_the_next_webhook(
    simulator: RunningSimulator, product: Product
) -> None:
    result = simulator.play(after_fault("late", f"press: {CARD}", "expect: R70"))

    paths = [received.path for received in product.received]
    assert failures(result) == ""
    assert paths[:4] == ["/voice", "/consent", "/card", "/consent"]


def test_a_delayed_webhook_arrives_all_the_same(
    simulator: RunningSimulator, product: Product
) -> None:
    assert simulator.play(after_fault("{webhook: delayed, seconds: 50ms}"))["ok"]


def test_an_unknown_signed_parameter_has_to_be_accepted(
    simulator: RunningSimulator, product: Product
) -> None:
    assert simulator.play(after_fault("extra_parameter"))["ok"]
    assert product.at("/consent")[0].form["NewParameter"] == "1"
    assert product.at("/consent")[0].is_signed


def guarded(product: Product) -> Any:
    """Answer as a careful product does: 403 to what is not signed."""

    def answer() -> Response:
        url = product.url + str(request.environ["REQUEST_URI"])
        signature = request.headers.get("X-Twilio-Signature", "")
        if not RequestValidator(AUTH_TOKEN).validate(url, request.form, signature):
            return Response("", 403)
        return twiml(say("카드번호 열여섯 자리를 눌러 주세요.") + "<Hangup/>")

    return answer


@pytest.mark.parametrize("fault", ["unsigned", "wrong_token", "tampered", "wrong_scheme"])
def test_a_forged_request_comes_besides_the_real_one(
    simulator: RunningSimulator, product: Product, fault: str
) -> None:
    product.on("/consent", guarded(product))

    result = simulator.play(after_fault(fault))

    assert failures(result) == ""
    assert [received.is_signed for received in product.at("/consent")] == [False, True]


@pytest.mark.parametrize("fault", ["unsigned", "wrong_token", "tampered", "wrong_scheme"])
def test_a_product_that_believes_a_forged_request_fails(
    simulator: RunningSimulator, product: Product, fault: str
) -> None:
    assert "got [200], not 403" in failures(simulator.play(after_fault(fault)))


def test_a_forged_request_can_take_the_place_of_the_real_one(
    simulator: RunningSimulator, product: Product
) -> None:
    product.on("/voice", guarded(product))

    script = with_steps(
        "fault: {webhook: unsigned, instead: true}", "expect_end: error", allow="['11217']"
    )

    assert failures(simulator.play(script)) == ""


def test_a_fault_can_wait_for_its_webhook(simulator: RunningSimulator, product: Product) -> None:
    fault = "fault: {webhook: duplicate, after: 2}"

    assert simulator.play(with_steps(fault, *PRESS_ONE, f"press: {CARD}", "expect: R70"))["ok"]
    assert [len(product.at(path)) for path in ("/voice", "/consent", "/card")] == [1, 1, 2]


def test_a_bad_line_loses_every_fifth_key(simulator: RunningSimulator, product: Product) -> None:
    script = with_steps(
        "fault: {drop_every: 5}", "press: 1", "expect: R20", "press: '12345678'", "expect: 잠시만"
    )

    simulator.play(script)

    assert product.at("/card")[0].form["Digits"] == "1235678"


def test_the_provider_refuses_texts_for_a_while(simulator: RunningSimulator) -> None:
    simulator.play(with_steps("fault: {provider: 429, times: 2}", "hangup"))

    assert [simulator.board.provider_fault("Messages") for _ in range(3)] == ["429", "429", None]


def test_the_merchant_refuses_an_event_once(simulator: RunningSimulator) -> None:
    simulator.play(with_steps("fault: {merchant: 500}", "hangup"))

    statuses = [
        simulator.control.post(
            "/simulator/merchant/webhooks", json={"id": "evt_1", "type": "x"}
        ).status_code
        for _ in range(2)
    ]
    assert statuses == [500, 204]


def test_a_fault_can_be_meant_for_one_purpose(
    simulator: RunningSimulator, product: Product
) -> None:
    fault = "fault: {webhook: duplicate, purpose: status}"

    assert failures(simulator.play(with_steps(fault, *PRESS_ONE))) == ""
    assert [len(product.at(path)) for path in ("/voice", "/consent", "/status")] == [1, 1, 2]

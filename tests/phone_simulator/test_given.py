"""What scripts stand on: things made through the product's API, and events to the merchant."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request
from standardwebhooks import Webhook

from phone_simulator.options import ACCOUNT_SID, AUTH_TOKEN
from tests.phone_simulator.conftest import NUMBER, RunningSimulator
from tests.phone_simulator.product import Product, serving
from tests.phone_simulator.registering import CARD, serve_registration, with_steps

SECRET = "whsec_" + base64.b64encode(b"a secret of the merchant").decode()


MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"


class Api:
    """A pretend merchant API that texts a number for every registration."""

    def __init__(self, simulator: RunningSimulator) -> None:
        self.simulator = simulator
        self.url = ""
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[Any] = []
        self.things: dict[str, dict[str, Any]] = {}

    def app(self) -> Flask:
        app = Flask("api")
        app.add_url_rule("/v1/<kind>", "create", self.create, methods=["POST"])
        app.add_url_rule(
            "/v1/<kind>/<thing>", "fetch", lambda kind, thing: jsonify(self.things[thing])
        )
        app.add_url_rule("/v1/<kind>/<thing>/cancel", "cancel", self.cancel, methods=["POST"])
        return app

    def create(self, kind: str) -> tuple[Response, int]:
        body = request.get_json()
        self.bodies.append(body)
        self.headers.append(request.headers)
        if body.get("item") == "refuse":
            return jsonify({"code": "invalid_request", "detail": "item: too short"}), 422
        thing = {
            "id": f"{kind[:3]}_{len(self.things)}",
            "status": "awaiting_customer",
            "virtual_number": NUMBER,
            **body,
        }
        self.things[thing["id"]] = thing
        if "customer" in body:
            self.text(body["customer"]["phone"])
        return jsonify(thing), 201

    def text(self, phone: str, number: str = "070-1234-5678") -> None:
        to = "+82" + phone.replace("-", "")[1:]
        form = {"To": to, "From": "+8215441234", "Body": f"[서울가스] 전화해 주세요\n{number}"}
        self.simulator.control.post(MESSAGES, data=form, auth=(ACCOUNT_SID, AUTH_TOKEN))

    def cancel(self, kind: str, thing: str) -> Response:
        self.things[thing]["status"] = "canceled"
        return jsonify(self.things[thing])


@pytest.fixture
def api(simulator: RunningSimulator, product: Product) -> Any:
    serve_registration(product)
    pretended = Api(simulator)
    with serving(pretended.app()) as url:
        pretended.url = url
        yield pretended


def failures(result: dict[str, Any]) -> str:
    return " | ".join(failure for call in result["calls"] for failure in call["failures"])


def play(simulator: RunningSimulator, api: Api, script: str) -> dict[str, Any]:
    return dict(simulator.play(script, api_url=api.url, api_key="sk_test_1"))


GIVEN = """
call: register
given: {customer: 010-1234-5678, item: 11월 요금, trust_phrase: 끝 네 자리 3512, registration: {metadata: {a: b}}}
dial: "{ars_number}"
steps:
"""


def test_a_registration_is_made_before_the_call(
    simulator: RunningSimulator, api: Api, product: Product
) -> None:
    result = play(simulator, api, GIVEN + "  - expect: R00\n")

    body = api.bodies[0]
    assert failures(result) == ""
    assert body["customer"]["phone"] == "010-1234-5678"
    assert (body["item"], body["trust_phrase"], body["metadata"]) == (
        "11월 요금",
        "끝 네 자리 3512",
        {"a": "b"},
    )
    assert (body["channel"], body["terms"], body["expires_in"]) == (
        "ars",
        {"consent": "each_charge"},
        86400,
    )
    assert api.headers[0]["Authorization"] == "Bearer sk_test_1"
    assert api.headers[0]["Idempotency-Key"]
    assert product.at("/voice")[0].form["To"] == NUMBER
    assert product.at("/voice")[0].form["From"] == "+821012345678"


def test_a_script_can_be_played_again_because_order_ids_are_new(
    simulator: RunningSimulator, api: Api
) -> None:
    play(simulator, api, GIVEN + "  - hangup\n")
    play(simulator, api, GIVEN + "  - hangup\n")

    assert len({body["order_id"] for body in api.bodies}) == 2


def test_a_refused_registration_fails_the_script_with_the_reason(
    simulator: RunningSimulator, api: Api
) -> None:
    result = play(
        simulator, api, "given: {item: refuse}\ndial: '{ars_number}'\nsteps: [expect: R00]"
    )

    assert "POST /v1/registrations answered 422: invalid_request item: too short" in failures(
        result
    )


def test_without_an_api_given_says_what_is_missing(simulator: RunningSimulator) -> None:
    result = simulator.play("given: {}\ndial: '{ars_number}'\nsteps: [expect: R00]")

    assert "start with --api-url and --api-key" in failures(result)


def test_a_stranger_dials_the_number_that_another_was_texted(
    simulator: RunningSimulator, api: Api, product: Product
) -> None:
    script = "given: {customer: 010-1234-5678}\nas: 010-7777-7777\ndial: '{ars_number}'\nsteps: [expect: R00]"

    assert failures(play(simulator, api, script)) == ""
    assert product.at("/voice")[0].form["From"] == "+821077777777"


def test_a_charge_stands_on_the_registrations_bill_key(
    simulator: RunningSimulator, api: Api
) -> None:
    script = """
given: {customer: 010-1234-5678, registration: {bill_key: bk_1}, charge: {amount: 39000}}
dial: "{ars_number}"
steps: [hangup]
"""
    assert failures(play(simulator, api, script)) == ""

    assert (api.bodies[1]["bill_key"], api.bodies[1]["amount"]) == ("bk_1", 39000)


def test_a_later_call_of_the_file_charges_what_the_first_registered(
    simulator: RunningSimulator, api: Api, product: Product
) -> None:
    script = """
- given: {customer: 010-1234-5678, registration: {bill_key: bk_1}}
  dial: "{ars_number}"
  steps: [hangup]
- given: {charge: {amount: 39000, customer: {phone: 010-1234-5678}}}
  dial: "{ars_number}"
  steps: [hangup]
"""
    assert failures(play(simulator, api, script)) == ""

    assert [body.get("bill_key") for body in api.bodies] == ["bk_1", "bk_1"]
    assert [received.form["From"] for received in product.at("/voice")] == ["+821012345678"] * 2


def test_the_merchants_own_telephone_in_a_text_is_not_dialled(
    simulator: RunningSimulator, api: Api, product: Product
) -> None:
    form = {
        "To": "+821012345678",
        "From": "+8215441234",
        "Body": "등록 완료\n변경·해지 031-123-4567",
    }
    simulator.control.post(MESSAGES, data=form, auth=(ACCOUNT_SID, AUTH_TOKEN))

    result = simulator.play(
        "dial: '{ars_number}'\nas: 010-1234-5678\nsteps: [hangup]", patience_s=0.05
    )

    assert "no text with a number to call" in failures(result)


@pytest.fixture
def other_number(simulator: RunningSimulator, api: Api) -> str:
    """A second number of the pool, as people write it."""
    board = simulator.board
    board.options = replace(board.options, numbers=(NUMBER, "+827087654321"))
    board.reset()
    return "070-8765-4321"


def test_texts_about_another_request_to_the_same_phone_are_neither_dialled_nor_expected(
    simulator: RunningSimulator, api: Api, product: Product, other_number: str
) -> None:
    def tell() -> str:
        api.text("010-1234-5678", other_number)
        return "<Hangup/>"

    product.on("/voice", tell)
    steps = (
        "  - expect_end: hangup_by_us\n"
        "  - dial\n"
        "  - expect_end: hangup_by_us\n"
        f"  - expect_text: {{contains: {other_number}, absent: true}}\n"
        "  - expect_text: {contains: 070-1234-5678}\n"
    )

    assert failures(play(simulator, api, GIVEN + steps)) == ""
    assert [received.form["To"] for received in product.at("/voice")] == [NUMBER] * 2


def test_a_request_that_is_lent_another_number_is_called_there(
    simulator: RunningSimulator, api: Api, product: Product, other_number: str
) -> None:
    def lend() -> str:
        next(iter(api.things.values()))["virtual_number"] = "+827087654321"
        api.text("010-1234-5678", other_number)
        return "<Hangup/>"

    product.on("/voice", lend, "<Hangup/>")
    steps = (
        "  - expect_end: hangup_by_us\n"
        f"  - expect_text: {{contains: {other_number}}}\n"
        "  - dial\n"
        "  - expect_end: hangup_by_us\n"
    )

    assert failures(play(simulator, api, GIVEN + steps)) == ""
    assert [received.form["To"] for received in product.at("/voice")] == [NUMBER, "+827087654321"]


def test_the_api_can_be_used_in_the_middle_of_a_call(simulator: RunningSimulator, api: Api) -> None:
    steps = (
        "  - expect: R03\n"
        "  - api: {method: POST, path: '/v1/registrations/{registration.id}/cancel', expect_status: 200}\n"
        "  - expect_status: canceled\n"
        "  - press: 1\n"
        "  - expect: R20\n"
    )

    assert failures(play(simulator, api, GIVEN + steps)) == ""


def test_a_state_that_does_not_come_is_told(simulator: RunningSimulator, api: Api) -> None:
    result = play(
        simulator,
        api,
        GIVEN + "  - hangup\n  - expect_status: {status: registered, within: 100ms}\n",
    )

    assert "the registration is awaiting_customer, not registered" in failures(result)


def test_placeholders_tell_equal_callers_apart(simulator: RunningSimulator, api: Api) -> None:
    script = "given: {customer: '010-5555-{caller}'}\nas: '010-5555-{caller}'\ndial: '{ars_number}'\nsteps: [hangup]"

    result = simulator.play(script, api_url=api.url, api_key="x", caller=7)

    assert failures(result) == ""
    assert api.bodies[0]["customer"]["phone"] == "010-5555-0007"


def deliver(
    simulator: RunningSimulator,
    thing: str,
    *,
    secret: str | None = SECRET,
    kind: str = "registration.registered",
) -> None:
    body = json.dumps({"id": "evt_1", "type": kind, "data": {"id": thing, "status": "registered"}})
    headers = {"webhook-id": "evt_1"}
    if secret:
        now = datetime.now(UTC)
        signature = Webhook(secret).sign("evt_1", now, body)
        headers |= {"webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    simulator.control.post("/simulator/merchant/webhooks", content=body, headers=headers)


def events(simulator: RunningSimulator) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = simulator.control.get("/simulator/merchant/events").json()[
        "events"
    ]
    return found


@pytest.mark.parametrize(
    ("known", "used", "verdict"),
    [
        (None, SECRET, "unchecked"),
        (SECRET, SECRET, "valid"),
        (SECRET, "whsec_" + base64.b64encode(b"another").decode(), "invalid"),
        (SECRET, None, "missing"),
    ],
)
def test_events_are_kept_with_a_verdict_on_their_signature(
    simulator: RunningSimulator, known: str | None, used: str | None, verdict: str
) -> None:
    if known:
        simulator.control.put("/simulator/merchant/webhook-secret", json={"secret": known})

    deliver(simulator, "reg_0", secret=used)

    assert [event["signature"] for event in events(simulator)] == [verdict]


def test_an_event_about_the_scripts_own_registration_is_awaited(
    simulator: RunningSimulator, api: Api, product: Product
) -> None:
    def tell() -> str:
        deliver(simulator, "reg_other")
        deliver(simulator, next(iter(api.things)))
        return "<Hangup/>"

    product.on("/consent", tell)
    simulator.control.put("/simulator/merchant/webhook-secret", json={"secrets": [SECRET]})
    steps = (
        "  - press: 1\n"
        "  - expect_event: {type: registration.registered, signature: valid, data: {status: registered}}\n"
        "  - expect_event: {type: registration.failed, absent: true}\n"
    )

    assert failures(play(simulator, api, GIVEN + steps)) == ""


def test_an_event_that_does_not_come_says_which_came(
    simulator: RunningSimulator, product: Product
) -> None:
    serve_registration(product)
    result = simulator.play(
        with_steps("hangup", "expect_event: {type: charge.approved, within: 50ms}")
    )

    assert "no event charge.approved reached the merchant; there was none" in failures(result)


def test_a_wrong_signature_fails_even_if_nobody_asked(
    simulator: RunningSimulator, product: Product
) -> None:
    def tell() -> str:
        deliver(simulator, "reg_1", secret="whsec_" + base64.b64encode(b"another").decode())
        return "<Hangup/>"

    product.on("/voice", tell)
    simulator.control.put("/simulator/merchant/webhook-secret", json={"secret": SECRET})

    result = simulator.play(
        with_steps("expect_end: hangup_by_us", "expect_event: registration.registered")
    )

    assert "its signature is wrong" in failures(result)


def test_card_digits_do_not_reach_the_api(simulator: RunningSimulator, api: Api) -> None:
    play(simulator, api, GIVEN + f"  - press: 1\n  - press: {CARD}\n  - expect: R70\n")

    assert CARD not in json.dumps(api.bodies)

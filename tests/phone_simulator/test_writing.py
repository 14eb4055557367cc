"""A call by hand becomes a script that plays again: the request it stands on, its keys, and what came of it."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from flask import Flask, Response, jsonify

from phone_simulator.hints import Hints
from phone_simulator.options import SimulatorOptions
from tests.phone_simulator.conftest import NUMBER, RunningSimulator
from tests.phone_simulator.product import Product, ask, say, serving
from tests.phone_simulator.registering import CARD, serve_registration
from tests.phone_simulator.test_control import show, wait_for
from tests.phone_simulator.test_given import Api
from tests.phone_simulator.test_hand_calls import doing

OWN_CARD = "4111111111111111"


class ListingApi(Api):
    """Shows what was asked for as the product does: with ids, times, and telephones in E.164."""

    def app(self) -> Flask:
        app = super().app()
        app.add_url_rule("/v1/<kind>", "list", self.list)
        return app

    def create(self, kind: str) -> tuple[Response, int]:
        answer, status = super().create(kind)
        thing = list(self.things.values())[-1]
        thing["created_at"] = f"2026-11-26T00:00:{len(self.things):02d}Z"
        if kind == "charges":
            registration = self.things[self.things[thing["bill_key"]]["registration"]]
            thing["customer"] = registration["customer"]
            self.text("0" + thing["customer"]["phone"].removeprefix("+82"))
        else:
            phone = thing["customer"]["phone"]
            thing["customer"] = {**thing["customer"], "phone": "+82" + phone.replace("-", "")[1:]}
        return jsonify(thing) if status == 201 else answer, status

    def list(self, kind: str) -> Response:
        found = [thing for name, thing in self.things.items() if name.startswith(kind[:3])]
        return jsonify({"data": found[::-1]})

    def register(self, thing: str) -> None:
        """What happens at the end of a registration call."""
        self.things[thing]["status"] = "registered"
        self.things[thing]["bill_key"] = "bil_1"
        self.things["bil_1"] = {"id": "bil_1", "registration": thing}
        event = {"type": "registration.registered", "data": {"id": thing, "status": "registered"}}
        self.simulator.control.post("/simulator/merchant/webhooks", json={"id": "evt_1", **event})


@pytest.fixture
def api(simulator: RunningSimulator, product: Product) -> Iterator[ListingApi]:
    serve_registration(product)
    pretended = ListingApi(simulator)
    with serving(pretended.app()) as url:
        pretended.url = url
        simulator.board.options = SimulatorOptions(
            voice_url=product.url + "/voice", status_url=product.url + "/status",
            numbers=(NUMBER,), api_url=url, api_key="sk_test_1", hints=Hints(("9999",)),
        )  # fmt: skip
        simulator.board.reset()
        yield pretended


def asks_for(simulator: RunningSimulator, kind: str, **fields: Any) -> dict[str, Any]:
    """As the page does it."""
    customer = {"ref": "c", "name": "홍길동", "phone": "010-1234-5678"}
    body = {"order_id": "R-1", "customer": customer, "terms": {"consent": "each_charge"}}
    wanted = fields if kind == "charges" else {**body, "item": "LPG 요금", **fields}
    reply = simulator.control.post(f"/simulator/merchant/api/v1/{kind}", json=wanted)
    assert reply.status_code == 201
    return dict(reply.json())


def calls(simulator: RunningSimulator, *entries: str, as_: str = "010-1234-5678") -> str:
    """Call and key one entry per question; without any left, hang up."""
    fields = {"from": as_, "to": NUMBER, "pace": 10}
    sid = str(simulator.control.post("/simulator/calls", json=fields).json()["sid"])
    for number, keys in enumerate(entries, start=1):
        wait_for(lambda n=number: asked(simulator, sid) == n)
        simulator.control.post(f"/simulator/calls/{sid}/keys", json={"keys": keys})
    wait_for(lambda: show(simulator, sid)["ended_by"] or asked(simulator, sid) > len(entries))
    simulator.control.post(f"/simulator/calls/{sid}/hangup")
    wait_for(lambda: doing(simulator, sid)["what"] == "over")
    return sid


def asked(simulator: RunningSimulator, sid: str) -> int:
    return [entry["kind"] for entry in show(simulator, sid)["timeline"]].count("asked")


def script(simulator: RunningSimulator, sid: str) -> str:
    reply = simulator.control.get(f"/simulator/calls/{sid}/script")
    assert reply.status_code == 200, reply.text
    return reply.text


def failures(result: dict[str, Any]) -> list[str]:
    return [failure for call in result["calls"] for failure in call["failures"]]


def test_a_registration_by_hand_is_written_with_everything_it_stands_on(
    simulator: RunningSimulator, api: ListingApi
) -> None:
    made = asks_for(simulator, "registrations", trust_phrase="끝 네 자리 3512", metadata={"a": "b"})
    sid = calls(simulator, "1", CARD)
    api.register(made["id"])

    (call,) = yaml.safe_load(script(simulator, sid))

    assert call["given"] == {
        "customer": "{phone}", "request": "register", "name": "홍길동", "item": "LPG 요금",
        "trust_phrase": "끝 네 자리 3512", "consent": "each_charge", "registration": {"metadata": {"a": "b"}},
    }  # fmt: skip
    assert (call["dial"], call["as"]) == ("{ars_number}", "{phone}")
    assert call["steps"] == [
        {"expect": "R00"}, {"expect": "R03"}, {"press": "1"}, {"expect": "R20"}, {"press": CARD},
        {"expect": "잠시만 기다려 주세요."}, {"expect": "R70"}, {"expect": "G40"}, {"expect_end": "hangup_by_us"},
        {"expect_status": {"status": "registered", "of": "registration"}}, {"expect_event": "registration.registered"},
    ]  # fmt: skip


def test_what_was_written_plays_again(simulator: RunningSimulator, api: ListingApi) -> None:
    asks_for(simulator, "registrations")
    sid = calls(simulator, "1", CARD)

    assert failures(simulator.play(script(simulator, sid))) == []
    assert len(api.bodies) == 2


def test_a_charge_is_written_after_the_calls_that_registered_its_card(
    simulator: RunningSimulator, api: ListingApi, product: Product
) -> None:
    made = asks_for(simulator, "registrations")
    calls(simulator, "1", CARD)
    api.register(made["id"])
    product.on("/voice", ask("동의하시면 1번을 눌러 주세요.", "/consent", numDigits="1"))
    product.on("/consent", say("결제되었습니다.") + "<Hangup/>")
    asks_for(
        simulator, "charges", bill_key="bil_1", order_id="C-1", amount=50000, item="점검",
        installments={"max_months": 3},
    )  # fmt: skip
    sid = calls(simulator, "1")

    registering, charging = yaml.safe_load(script(simulator, sid))

    assert registering["given"]["request"] == "register"
    assert charging["given"] == {
        "charge": {"amount": 50000, "item": "점검", "installments": {"max_months": 3}}
    }


def test_a_charge_on_a_card_nobody_saw_being_registered_names_its_bill_key(
    simulator: RunningSimulator, api: ListingApi
) -> None:
    made = asks_for(simulator, "registrations")
    api.register(made["id"])
    asks_for(simulator, "charges", bill_key="bil_1", order_id="C-1", amount=900, item="요금")
    sid = calls(simulator)

    (call,) = yaml.safe_load(script(simulator, sid))

    assert call["given"]["charge"]["bill_key"] == "bil_1"
    assert call["steps"][-2:] == ["hangup", {"expect_end": "hangup_by_caller"}]


def test_two_calls_on_one_request_are_two_calls_of_the_script(
    simulator: RunningSimulator, api: ListingApi
) -> None:
    asks_for(simulator, "registrations")
    calls(simulator, "1")
    sid = calls(simulator, "1", CARD)

    first, second = yaml.safe_load(script(simulator, sid))

    assert first["steps"][-1] == {"expect_end": "hangup_by_caller"}
    assert "given" in first
    assert "given" not in second


def test_a_hidden_caller_stays_hidden(simulator: RunningSimulator, api: ListingApi) -> None:
    asks_for(simulator, "registrations")
    sid = calls(simulator, as_="hidden")

    (call,) = yaml.safe_load(script(simulator, sid))

    assert (call["as"], call["given"]["customer"]) == ("anonymous", "{phone}")


def test_moves_of_the_clock_between_request_and_call_are_written(
    simulator: RunningSimulator, api: ListingApi, product: Product
) -> None:
    asks_for(simulator, "registrations")
    told = {"voice_url": product.url + "/voice", "status_url": product.url + "/status"}
    simulator.board.options = SimulatorOptions(
        **told, clock_command=("echo",), api_url=api.url, api_key="sk_test_1"
    )
    moved = simulator.control.post("/simulator/product-clock", json={"by": "1d"})
    assert moved.json() == {"said": "1d"}
    sid = calls(simulator)

    (call,) = yaml.safe_load(script(simulator, sid))

    assert call["steps"][0] == {"clock": "1d"}


def test_a_call_to_a_number_of_nobodys_request_is_written_as_it_was_dialled(
    simulator: RunningSimulator, api: ListingApi
) -> None:
    sid = calls(simulator)

    (call,) = yaml.safe_load(script(simulator, sid))

    assert (call["dial"], call["as"]) == ("07012345678", "010-1234-5678")


def test_a_call_with_somebodys_own_card_is_not_written(
    simulator: RunningSimulator, api: ListingApi
) -> None:
    asks_for(simulator, "registrations")
    sid = calls(simulator, "1", OWN_CARD)

    refused = simulator.control.get(f"/simulator/calls/{sid}/script")

    assert refused.status_code == 409
    assert "no test card" in refused.text
    assert not show(simulator, sid)["can_be_saved"]


def test_a_call_of_a_script_or_one_that_goes_on_is_not_written(
    simulator: RunningSimulator, api: ListingApi
) -> None:
    simulator.play(f"dial: '{NUMBER}'\nsteps: [hangup]")
    fields = {"to": NUMBER, "from": "010"}
    going_on = simulator.control.post("/simulator/calls", json=fields).json()["sid"]
    scripted = next(sid for sid, call in simulator.board.calls.items() if call.made_by != "hand")

    reasons = [
        simulator.control.get(f"/simulator/calls/{sid}/script").text for sid in (scripted, going_on)
    ]

    assert "made by a script" in reasons[0]
    assert "hang up first" in reasons[1]
    simulator.control.post(f"/simulator/calls/{going_on}/hangup")


def test_without_an_api_the_reason_is_told(simulator: RunningSimulator, product: Product) -> None:
    serve_registration(product)
    sid = calls(simulator)

    refused = simulator.control.get(f"/simulator/calls/{sid}/script")

    assert refused.status_code == 409
    assert "--api-url" in refused.text

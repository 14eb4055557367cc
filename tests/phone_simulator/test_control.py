"""The control API: calls steered by hand, inboxes, faults, who may use it."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from phone_simulator.options import ACCOUNT_SID, AUTH_TOKEN
from tests.phone_simulator.conftest import NUMBER, RunningSimulator
from tests.phone_simulator.product import Product, say
from tests.phone_simulator.registering import CARD, serve_registration


def dial(simulator: RunningSimulator, **fields: Any) -> str:
    reply = simulator.control.post(
        "/simulator/calls", json={"from": "010-1234-5678", "to": NUMBER, **fields}
    )
    assert reply.status_code == 201
    return str(reply.json()["sid"])


def show(simulator: RunningSimulator, sid: str) -> dict[str, Any]:
    found: dict[str, Any] = simulator.control.get(f"/simulator/calls/{sid}").json()
    return found


def wait_for(is_true: Callable[[], object]) -> None:
    # Only a failure waits so long; a busy machine may need some of it.
    deadline = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def count(simulator: RunningSimulator, sid: str, kind: str) -> int:
    return [entry["kind"] for entry in show(simulator, sid)["timeline"]].count(kind)


def questions(simulator: RunningSimulator, sid: str) -> int:
    return count(simulator, sid, "asked")


def prompts(simulator: RunningSimulator, sid: str) -> int:
    return count(simulator, sid, "prompt")


def test_a_call_is_steered_key_by_key(simulator: RunningSimulator, product: Product) -> None:
    serve_registration(product)
    product.on("/voice", '<Gather action="/consent" numDigits="1" timeout="20"/><Hangup/>')

    sid = dial(simulator)
    wait_for(lambda: questions(simulator, sid) == 1)
    simulator.control.post(f"/simulator/calls/{sid}/keys", json={"keys": "1"})
    wait_for(lambda: prompts(simulator, sid) == 1)
    for key in CARD:
        simulator.control.post(f"/simulator/calls/{sid}/keys", json={"keys": key})
    assert product.wait_for("/card", 1)[0].form["Digits"] == CARD
    simulator.control.post(f"/simulator/calls/{sid}/hangup")
    wait_for(lambda: show(simulator, sid)["status"] == "completed")

    shown = show(simulator, sid)
    assert shown["ended_by"] == "caller"
    assert CARD not in json.dumps(shown)
    assert [entry["keys"] for entry in shown["timeline"] if entry["kind"] == "keys"] == [
        "1",
        "••••••••••••  16 digits",
    ]


def test_speech_takes_real_time_for_a_handset(
    simulator: RunningSimulator, product: Product
) -> None:
    product.on("/voice", say("네.") + "<Hangup/>")

    started = time.monotonic()
    sid = dial(simulator)
    wait_for(lambda: show(simulator, sid)["status"] == "completed")

    assert time.monotonic() - started >= 0.5


def test_a_call_that_is_over_cannot_be_steered(
    simulator: RunningSimulator, product: Product
) -> None:
    product.on("/voice", "<Hangup/>")
    sid = dial(simulator)
    wait_for(lambda: show(simulator, sid)["status"] == "completed")

    assert (
        simulator.control.post(f"/simulator/calls/{sid}/keys", json={"keys": "1"}).status_code
        == 409
    )
    assert simulator.control.post("/simulator/calls/CA0/hangup").status_code == 404


@pytest.mark.parametrize("body", [{"keys": "A"}, {"keys": ""}, {}])
def test_only_keys_of_a_telephone_can_be_pressed(
    simulator: RunningSimulator, product: Product, body: dict[str, str]
) -> None:
    product.on("/voice", '<Pause length="60"/>')
    sid = dial(simulator)

    assert simulator.control.post(f"/simulator/calls/{sid}/keys", json=body).status_code == 422
    simulator.control.post(f"/simulator/calls/{sid}/hangup")


def test_a_number_nobody_has_is_not_answered(
    start_simulator: Callable[..., RunningSimulator],
) -> None:
    simulator = start_simulator()
    sid = dial(simulator, to="070-9999-9999")
    wait_for(lambda: show(simulator, sid)["ended_by"])

    assert (show(simulator, sid)["status"], show(simulator, sid)["webhooks"]) == ("failed", [])


def test_reset_forgets_everything_and_lets_the_numbers_stand(simulator: RunningSimulator) -> None:
    form = {"To": "+821012345678", "From": "+8215441234", "Body": "x"}
    simulator.control.post(
        f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        data=form,
        auth=(ACCOUNT_SID, AUTH_TOKEN),
    )

    simulator.control.post("/simulator/reset")

    assert simulator.control.get("/simulator/health").json() == {
        "ok": True,
        "numbers": 1,
        "calls": 0,
        "texts": 0,
    }


def test_faults_can_be_switched_off_again(simulator: RunningSimulator) -> None:
    simulator.control.post("/simulator/faults", json={"provider": "500", "times": 99})
    simulator.control.delete("/simulator/faults")

    assert simulator.board.provider_fault("Messages") is None


@pytest.mark.parametrize("body", [{}, {"provider": "rain"}, {"text": "eaten"}])
def test_a_fault_that_makes_no_sense_is_refused(
    simulator: RunningSimulator, body: dict[str, str]
) -> None:
    assert simulator.control.post("/simulator/faults", json=body).status_code == 422


def test_prompt_ids_and_groups_are_listed(simulator: RunningSimulator) -> None:
    prompts = simulator.control.get("/simulator/prompts").json()["prompts"]

    assert {"id": "RX01", "group": "RX"} in prompts


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Host": "simulator.example"},
    ],
)
def test_pages_of_strangers_cannot_steer_the_simulator(
    simulator: RunningSimulator, headers: dict[str, str]
) -> None:
    assert httpx.post(f"{simulator.url}/simulator/reset", headers=headers).status_code == 403
    assert (
        httpx.post(f"{simulator.url}/simulator/runs", headers=headers, content=b"").status_code
        == 403
    )


def test_a_malformed_script_is_refused_with_its_place(simulator: RunningSimulator) -> None:
    reply = simulator.control.post(
        "/simulator/runs", json={"script": "steps: [wink: 1]", "name": "bad.yaml"}
    )

    assert reply.status_code == 422
    assert reply.json()["error"].startswith(
        "bad.yaml, call 1 (call 1), step 1: unknown step 'wink'"
    )


@pytest.mark.parametrize("pace", [0, -1, 101, "fast", True])
def test_a_run_at_a_pace_that_makes_no_sense_is_refused(
    simulator: RunningSimulator, pace: object
) -> None:
    wish = {"script": "dial: '1'\nsteps: [hangup]", "realtime": True, "pace": pace}

    reply = simulator.control.post("/simulator/runs", json=wish)

    assert reply.status_code == 422
    assert "options.pace" in reply.json()["error"]

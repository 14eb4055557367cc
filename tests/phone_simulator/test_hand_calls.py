"""How a person telephones: skips sentences, keys slowly, hangs up at a sentence, and meets a bad provider."""

import time
from typing import Any

import pytest

from phone_simulator.line.hand_caller import KEYS_MAX, HandCaller
from tests.phone_simulator.conftest import RunningSimulator
from tests.phone_simulator.product import Product, ask, say
from tests.phone_simulator.test_control import count, dial, show, wait_for

LONG = "이 문장은 아주 길어서 끝까지 들으려면 시간이 많이 걸립니다. " * 8


def is_over(simulator: RunningSimulator, sid: str) -> bool:
    return bool(show(simulator, sid)["ended_by"])


def doing(simulator: RunningSimulator, sid: str) -> dict[str, Any]:
    found: dict[str, Any] = show(simulator, sid)["summary"]["doing"]
    return found


def test_a_sentence_that_is_skipped_need_not_be_heard_out(
    simulator: RunningSimulator, product: Product
) -> None:
    product.on("/voice", say(LONG) + "<Hangup/>")
    product.on("/status", "")
    started = time.monotonic()
    sid = dial(simulator)
    wait_for(lambda: doing(simulator, sid)["what"] == "speaking")

    simulator.control.post(f"/simulator/calls/{sid}/skip")
    wait_for(lambda: is_over(simulator, sid))

    assert show(simulator, sid)["seconds"] > 30
    assert time.monotonic() - started < 30


def test_skipping_never_lets_a_question_time_out(
    simulator: RunningSimulator, product: Product
) -> None:
    product.on("/voice", '<Gather action="/next" numDigits="1" timeout="60"/>')
    sid = dial(simulator)
    wait_for(lambda: doing(simulator, sid)["what"] == "asking")

    simulator.control.post(f"/simulator/calls/{sid}/skip")
    simulator.control.post(f"/simulator/calls/{sid}/hangup")
    wait_for(lambda: is_over(simulator, sid))

    assert (show(simulator, sid)["ended_by"], count(simulator, sid, "silence")) == ("caller", 0)


def test_at_a_quicker_pace_speech_passes_sooner(
    simulator: RunningSimulator, product: Product
) -> None:
    product.on("/voice", say(LONG) + "<Hangup/>")
    product.on("/status", "")
    started = time.monotonic()
    sid = dial(simulator)

    assert simulator.control.post(f"/simulator/calls/{sid}/pace", json={"pace": 10}).is_success
    wait_for(lambda: is_over(simulator, sid) or time.monotonic() - started > 30)

    assert show(simulator, sid)["ended_by"] == "us"
    assert show(simulator, sid)["seconds"] > 30


def test_slow_fingers_rest_between_keys(simulator: RunningSimulator, product: Product) -> None:
    product.on("/voice", '<Gather action="/next" numDigits="3" timeout="60"/>')
    product.on("/next", "<Hangup/>")
    product.on("/status", "")
    sid = dial(simulator, fingers_s=0.4)
    wait_for(lambda: doing(simulator, sid)["what"] == "asking")

    started = time.monotonic()
    simulator.control.post(f"/simulator/calls/{sid}/keys", json={"keys": "123"})
    assert product.wait_for("/next", 1)[0].form["Digits"] == "123"

    assert time.monotonic() - started >= 0.8


def test_how_many_keys_were_pressed_is_told_and_never_which(
    simulator: RunningSimulator, product: Product
) -> None:
    product.on("/voice", '<Gather action="/next" numDigits="16" timeout="60"/>')
    sid = dial(simulator)
    wait_for(lambda: doing(simulator, sid)["what"] == "asking")

    simulator.control.post(f"/simulator/calls/{sid}/keys", json={"keys": "99990000"})
    wait_for(lambda: doing(simulator, sid)["typed"] == 8)

    assert doing(simulator, sid)["digits_max"] == 16
    assert "99990000" not in simulator.control.get(f"/simulator/calls/{sid}").text
    simulator.control.post(f"/simulator/calls/{sid}/hangup")


def test_a_caller_hangs_up_at_a_chosen_sentence(
    simulator: RunningSimulator, product: Product
) -> None:
    product.on("/voice", say("카드번호 열여섯 자리를 눌러 주세요.") + say(LONG) + "<Hangup/>")
    product.on("/status", "")

    sid = dial(simulator, hang_up_at="R20")
    wait_for(lambda: is_over(simulator, sid))

    assert show(simulator, sid)["ended_by"] == "caller"
    assert count(simulator, sid, "prompt") == 1


def test_a_provider_misbehaves_in_the_middle_of_a_call(
    simulator: RunningSimulator, product: Product
) -> None:
    product.on("/voice", ask("1번을 눌러 주세요.", "/next", numDigits="1", timeout="60"))
    product.on("/next", "<Hangup/>")
    product.on("/status", "")
    sid = dial(simulator, pace=10)
    wait_for(lambda: doing(simulator, sid)["what"] == "asking")

    fault = {"webhook": "duplicate"}
    assert simulator.control.post(f"/simulator/calls/{sid}/faults", json=fault).is_success
    simulator.control.post(f"/simulator/calls/{sid}/keys", json={"keys": "1"})
    wait_for(lambda: is_over(simulator, sid))

    assert len(product.at("/next")) == 2
    assert count(simulator, sid, "fault") == 1


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"pace": 0}, "pace"),
        ({"pace": 11}, "pace"),
        ({"fingers_s": -1}, "fingers_s"),
        ({"fingers_s": 31}, "fingers_s"),
        ({"drop_every": 101}, "drop_every"),
        ({"drop_every": "five"}, "drop_every"),
        ({"faults": [{"webhook": "rain"}]}, "rain"),
        ({"faults": [{"webhook": "delayed", "seconds": 15}]}, "seconds"),
        ({"faults": [{"webhook": "lost", "times": 101}]}, "times"),
        ({"faults": [{"webhook": "lost", "hours": 1}]}, "webhook"),
    ],
)
def test_a_manner_that_makes_no_sense_is_refused_by_name(
    simulator: RunningSimulator, fields: dict[str, Any], named: str
) -> None:
    reply = simulator.control.post("/simulator/calls", json={"to": "070-1234-5678", **fields})

    assert reply.status_code == 422
    assert named in reply.json()["error"]


@pytest.mark.parametrize("pace", [None, True, "fast", 0.5, 100])
def test_a_pace_that_makes_no_sense_is_refused(
    simulator: RunningSimulator, product: Product, pace: object
) -> None:
    product.on("/voice", '<Pause length="60"/>')
    sid = dial(simulator)

    reply = simulator.control.post(f"/simulator/calls/{sid}/pace", json={"pace": pace})

    assert reply.status_code == 422
    simulator.control.post(f"/simulator/calls/{sid}/hangup")


def test_nobody_has_more_than_so_many_keys_in_hand(
    simulator: RunningSimulator, product: Product
) -> None:
    product.on("/voice", '<Pause length="60"/>')
    sid = dial(simulator, fingers_s=30)

    keys = {"keys": "1" * (KEYS_MAX + 1)}
    assert simulator.control.post(f"/simulator/calls/{sid}/keys", json=keys).status_code == 429
    simulator.control.post(f"/simulator/calls/{sid}/hangup")


def test_a_person_who_has_hung_up_says_so(simulator: RunningSimulator, product: Product) -> None:
    product.on("/voice", '<Pause length="60"/>')
    product.on("/status", "")
    sid = dial(simulator)
    hand: HandCaller = simulator.board.hands[sid]

    hand.hang_up()
    wait_for(lambda: hand.is_over)

    assert simulator.control.post(f"/simulator/calls/{sid}/skip").status_code == 409

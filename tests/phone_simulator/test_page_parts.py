"""What a page is served: its parts and nothing from elsewhere, what it may ask, voices, and a product to play the merchant for."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from phone_simulator import voices
from phone_simulator.control.page import FOLDER
from phone_simulator.hints import read_hints
from phone_simulator.options import SimulatorOptions
from tests.phone_simulator.conftest import RunningSimulator
from tests.phone_simulator.product import Product, twiml
from tests.phone_simulator.registering import SCRIPT, serve_registration

LINES_MAX = 250
OURS = [path for path in sorted(FOLDER.rglob("*")) if path.is_file() and "vendor" not in path.parts]
# An address that names a kind of drawing, and is never asked for.
NAMESPACE = "http://www.w3.org/2000/svg"


@pytest.fixture
def with_product(simulator: RunningSimulator, product: Product) -> RunningSimulator:
    simulator.board.options = SimulatorOptions(
        api_url=product.url,
        api_key="sk_test_1",
        clock_command=(sys.executable, "-c", "print('moved')"),
    )
    return simulator


@pytest.fixture
def espeak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A pretended program that writes down what it should speak."""
    program = tmp_path / "espeak-ng"
    program.write_text('#!/bin/sh\nprintf "%s " "$@"; cat\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    voices._program.cache_clear()
    yield program
    voices._program.cache_clear()
    voices.spoken.cache_clear()


def test_the_page_may_load_nothing_but_its_own_parts(simulator: RunningSimulator) -> None:
    page = simulator.control.get("/")

    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text) == [
        link for link in re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text) if link[0] in "/#"
    ]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_part_names_an_address_elsewhere(path: Path) -> None:
    found = re.findall(r"https?://[\w.]+[^\s\"'`<)]*", path.read_text(encoding="utf-8"))

    assert [address for address in found if address != NAMESPACE] == []


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_every_part_is_small_enough_to_be_read_at_one_go(path: Path) -> None:
    is_style = path.suffix == ".css"

    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES_MAX * (3 if is_style else 1)


def test_every_part_that_another_names_is_served(simulator: RunningSimulator) -> None:
    named = {
        (path.parent / name).resolve().relative_to(FOLDER)
        for path in FOLDER.rglob("*.js")
        for name in re.findall(
            r"(?:from|import)\s*\"(\.[^\"]+)\"", path.read_text(encoding="utf-8")
        )
    }

    assert named
    assert {simulator.control.get(f"/page/{name}").status_code for name in named} == {200}


@pytest.mark.parametrize("name", ["../app.py", "%2e%2e/app.py", "nothing.js"])
def test_nothing_beside_the_page_is_served(simulator: RunningSimulator, name: str) -> None:
    assert simulator.control.get(f"/page/{name}").status_code == 404


def test_a_page_of_a_stranger_gets_none_of_it(simulator: RunningSimulator) -> None:
    for path in ("/", "/page/js/main.js", "/simulator/setup", "/simulator/feed"):
        reply = httpx.get(simulator.url + path, headers={"Host": "handset.example"})
        assert reply.status_code == 403


def test_a_request_to_the_product_carries_the_key_and_comes_back_as_it_is(
    with_product: RunningSimulator, product: Product
) -> None:
    product.on("/v1/charges", twiml("", 422))

    reply = with_product.control.post("/simulator/merchant/api/v1/charges", json={"amount": 1})

    asked = product.at("/v1/charges")[0]
    assert (asked.headers["Authorization"], reply.status_code) == ("Bearer sk_test_1", 422)
    assert asked.headers["Idempotency-Key"].startswith("page-")


def test_a_query_reaches_the_product(with_product: RunningSimulator, product: Product) -> None:
    product.on("/v1/bill_keys", "")

    with_product.control.get("/simulator/merchant/api/v1/bill_keys?limit=20")

    assert product.at("/v1/bill_keys")[0].args["limit"] == "20"


@pytest.mark.parametrize("path", ["healthz", "v2/charges", "twilio/voice"])
def test_only_the_api_of_merchants_can_be_asked(
    with_product: RunningSimulator, product: Product, path: str
) -> None:
    reply = with_product.control.get(f"/simulator/merchant/api/{path}")

    assert (reply.status_code, product.received) == (404, [])


def test_card_data_in_a_request_is_not_remembered(
    with_product: RunningSimulator, product: Product
) -> None:
    made = twiml("", 201)
    made.data, made.mimetype = b'{"id": "reg_1"}', "application/json"
    product.on("/v1/registrations", made)

    for body in ({"item": "a"}, {"item": "b", "card": {"number": "9999000000000004"}}):
        with_product.control.post("/simulator/merchant/api/v1/registrations", json=body)

    assert with_product.board.asked_for == {"reg_1": {"item": "a"}}


def test_a_product_that_is_away_is_said_to_be(start_simulator: Any) -> None:
    running = start_simulator(api_url="http://127.0.0.1:9")

    reply = running.control.get("/simulator/merchant/api/v1/charges")

    assert reply.status_code == 502
    assert "does not answer" in reply.text


def test_without_a_product_the_page_is_told_what_is_missing(start_simulator: Any) -> None:
    reply = start_simulator().control.get("/simulator/merchant/api/v1/charges")

    assert reply.status_code == 409
    assert "--api-url" in reply.json()["error"]


@pytest.mark.parametrize("by", [None, 3, "", "1d; reboot", "--help", "1" * 30])
def test_a_move_of_the_clock_that_makes_no_sense_is_refused(
    with_product: RunningSimulator, by: object
) -> None:
    reply = with_product.control.post("/simulator/product-clock", json={"by": by})

    assert reply.status_code == 422


def test_a_clock_that_does_not_move_says_why(start_simulator: Any) -> None:
    running = start_simulator(clock_command=("sh", "-c", "echo live keys exist >&2; exit 1"))

    reply = running.control.post("/simulator/product-clock", json={"by": "1d"})

    assert reply.status_code == 409
    assert "live keys exist" in reply.json()["error"]


def test_a_sentence_is_spoken_by_the_machine_that_can(
    simulator: RunningSimulator, product: Product, espeak: Path
) -> None:
    serve_registration(product)
    simulator.play(SCRIPT)
    sid = next(iter(simulator.board.calls))
    said = next(
        n for n, one in enumerate(simulator.board.calls[sid].entries) if one.kind == "prompt"
    )

    wave = simulator.control.get(f"/simulator/calls/{sid}/prompts/{said}.wav")
    silent = simulator.control.get(f"/simulator/calls/{sid}/prompts/0.wav")

    assert simulator.control.get("/simulator/setup").json()["voices"] == ["ko", "en"]
    assert wave.headers["Content-Type"] == "audio/wav"
    assert wave.text.startswith("-v ko --stdin --stdout 안녕하세요")
    assert silent.status_code == 404


def test_a_machine_without_a_voice_says_so(
    simulator: RunningSimulator,
    product: Product,
    espeak: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    espeak.unlink()
    monkeypatch.setenv("PATH", str(espeak.parent))
    serve_registration(product)
    simulator.play(SCRIPT)
    sid = next(iter(simulator.board.calls))

    replies = {
        simulator.control.get(f"/simulator/calls/{sid}/prompts/{n}.wav").status_code
        for n in range(9)
    }

    assert replies == {404}


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[]", "wanted"),
        ("test_cards: ['41']", "test_cards"),
        ("test_cards: [visa]", "test_cards"),
        ("cards: [{does: works}]", "number"),
        ("keys: {R20: {keys: one}}", "R20"),
        ("keys: {R20: 1}", "keys"),
    ],
)
def test_hints_that_make_no_sense_are_refused_by_field(
    tmp_path: Path, text: str, field: str
) -> None:
    file = tmp_path / "hints.yaml"
    file.write_text(text)

    with pytest.raises((TypeError, ValueError), match=field):
        read_hints(file)


def test_the_setup_of_a_page_has_what_the_product_suggests(tmp_path: Path) -> None:
    file = tmp_path / "hints.yaml"
    file.write_text("test_cards: ['9999']\nkeys: {R20: {keys: '12', says: two}}\n")

    hints = read_hints(file)

    assert hints.test_cards == ("9999",)
    assert hints.as_json()["keys"] == {"R20": {"keys": "12", "says": "two"}}

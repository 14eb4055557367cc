"""What a page hears while it is open: everything first, then each change once."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from phone_simulator.news import THINGS_MAX, News
from phone_simulator.options import ACCOUNT_SID, AUTH_TOKEN
from phone_simulator.switchboard import STREAMS_MAX
from tests.phone_simulator.conftest import RunningSimulator
from tests.phone_simulator.product import Product
from tests.phone_simulator.registering import SCRIPT, serve_registration
from tests.phone_simulator.test_control import wait_for

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"


def send_text(simulator: RunningSimulator, body: str) -> str:
    form = {"To": "+821012345678", "From": "+8215441234", "Body": body}
    reply = simulator.control.post(MESSAGES, data=form, auth=(ACCOUNT_SID, AUTH_TOKEN))
    return str(reply.json()["sid"])


def news(simulator: RunningSimulator, since: str = "") -> dict[str, Any]:
    found: dict[str, Any] = simulator.control.get("/simulator/news", params={"since": since}).json()
    return found


def messages(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    return (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))


def test_each_thing_is_named_once_by_its_newest_change() -> None:
    told = News()
    for thing in ("call a", "text b", "call a", "event c"):
        told.tell(*thing.split())

    assert told.since(0) == [("text", "b"), ("call", "a"), ("event", "c")]
    assert told.since(3) == [("event", "c")]
    assert told.since(4) == []


def test_old_news_is_forgotten() -> None:
    told = News()
    for number in range(THINGS_MAX + 10):
        told.tell("call", str(number))

    assert len(told.since(0)) == THINGS_MAX


def test_a_page_that_opens_is_told_everything(
    simulator: RunningSimulator, product: Product
) -> None:
    serve_registration(product)
    simulator.play(SCRIPT)
    sid = send_text(simulator, "안녕하세요")

    first = news(simulator)

    assert first["is_all"]
    assert [text["sid"] for text in first["texts"]] == [sid]
    call = first["calls"][0]
    assert call["pace"] == 1
    assert (call["made_by"], call["ended_by"], call["prompt"]) == ("test.yaml", "us", ["G40"])


def test_a_page_that_asks_again_hears_only_what_is_new(
    simulator: RunningSimulator, product: Product
) -> None:
    serve_registration(product)
    simulator.play(SCRIPT)
    place = news(simulator)["place"]

    assert news(simulator, place)["calls"] == []
    sid = send_text(simulator, "또 왔습니다")
    changed = news(simulator, place)
    assert not changed["is_all"]
    assert ([text["sid"] for text in changed["texts"]], changed["calls"]) == ([sid], [])


def test_after_a_reset_everything_is_told_anew(simulator: RunningSimulator) -> None:
    place = news(simulator)["place"]

    simulator.board.reset()

    assert news(simulator, place)["is_all"]


def test_a_stream_goes_on_where_it_broke_off(simulator: RunningSimulator) -> None:
    send_text(simulator, "하나")
    place = news(simulator)["place"]

    headers = {"Last-Event-ID": place}
    with simulator.control.stream("GET", "/simulator/feed", headers=headers) as stream:
        heard = messages(stream.iter_lines())
        # The first text may still be on its way, so news of it may come; everything anew may not.
        assert not next(heard)["is_all"]
        sid = send_text(simulator, "둘")
        assert any(sid in {text["sid"] for text in told["texts"]} for told in heard)

    assert stream.headers["Content-Type"].startswith("text/event-stream")


def test_there_is_room_for_so_many_pages_and_no_more(
    start_simulator: Callable[..., RunningSimulator],
) -> None:
    simulator = start_simulator()
    for _ in range(STREAMS_MAX):
        simulator.board.streams.acquire()

    refused = simulator.control.get("/simulator/feed")

    assert (refused.status_code, refused.json()["error"]) == (
        503,
        f"{STREAMS_MAX} pages are open already: close one of them",
    )


def test_a_page_that_goes_away_makes_room(
    start_simulator: Callable[..., RunningSimulator],
) -> None:
    simulator = start_simulator()
    streams = simulator.board.streams
    with simulator.control.stream("GET", "/simulator/feed") as stream:
        next(messages(stream.iter_lines()))
        assert streams._value == STREAMS_MAX - 1

    def has_room() -> bool:
        # That it is gone is noticed when there is something to tell.
        send_text(simulator, "누구 있나요")
        return streams._value == STREAMS_MAX

    wait_for(has_room)


def test_an_opened_call_shows_what_is_new_of_it(
    simulator: RunningSimulator, product: Product
) -> None:
    serve_registration(product)
    simulator.play(SCRIPT)
    sid = news(simulator)["calls"][0]["sid"]

    whole = simulator.control.get(f"/simulator/calls/{sid}").json()
    rest = simulator.control.get(
        f"/simulator/calls/{sid}", params={"entries_from": 5, "webhooks_from": 2}
    ).json()

    assert rest["timeline"] == whole["timeline"][5:]
    assert [webhook["n"] for webhook in rest["webhooks"]] == [2, 3, 4]
    assert "<Gather" in whole["webhooks"][0]["document"]


def test_a_document_is_shown_without_what_was_keyed(
    simulator: RunningSimulator, product: Product
) -> None:
    serve_registration(product)
    card = "9999000000000004"
    product.on("/card", f"<Say>{card}</Say><Hangup/>")
    simulator.play(f"dial: '+827012345678'\nsteps: [press: 1, expect: R20, press: '{card}']")
    sid = news(simulator)["calls"][0]["sid"]

    shown = simulator.control.get(f"/simulator/calls/{sid}").text

    assert card not in shown
    assert "••••" in shown

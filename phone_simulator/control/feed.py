"""What happens, as it happens: server-sent events that an open page listens to.

A stream keeps one thread of the server, which sleeps until something has changed. Changes that come together are sent
together, so that a page stays readable while fifty callers talk.
"""

import json
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, abort, request

from phone_simulator.clock import sleep_s
from phone_simulator.control.guard import keep_strangers_out
from phone_simulator.control.view import summary_of
from phone_simulator.rest.answers import switchboard
from phone_simulator.switchboard import STREAMS_MAX, Switchboard

blueprint = Blueprint("feed", __name__, url_prefix="/simulator")
blueprint.before_request(keep_strangers_out)

# A page that has gone away is noticed when something is written to it.
HEARTBEAT_S = 10.0
# Faster than eyes, slow enough for a page to draw three hundred calls.
TOGETHER_S = 0.1
# A page that opens sees so many of each kind.
TEXTS_MAX = 200
EVENTS_MAX = 200
AGAIN_MS = 1000


@blueprint.get("/feed")
def feed() -> Response:
    """Stream `news`: everything first, then what has changed. `Last-Event-ID` goes on where a stream broke off."""
    board = switchboard()
    if not board.streams.acquire(blocking=False):
        abort(503, f"{STREAMS_MAX} pages are open already: close one of them")
    era, version = _place(request.headers.get("Last-Event-ID") or request.args.get("since", ""))
    stream = Response(_stream(board, era, version), mimetype="text/event-stream")
    stream.headers["Cache-Control"] = "no-store"
    stream.call_on_close(board.streams.release)
    return stream


@blueprint.get("/news")
def news() -> dict[str, Any]:
    """The same for those who ask again and again: `since` is the `place` of the last answer."""
    return _news(switchboard(), *_place(request.args.get("since", "")))


def _place(written: str) -> tuple[str, int]:
    era, _, version = written.partition(".")
    return era, int(version) if version.isdigit() else 0


def _stream(board: Switchboard, era: str, version: int) -> Iterator[str]:
    yield f"retry: {AGAIN_MS}\n\n"
    while True:
        found = _news(board, era, version)
        era, version = _place(found["place"])
        yield f"id: {found['place']}\nevent: news\ndata: {json.dumps(found, ensure_ascii=False)}\n\n"
        sleep_s(TOGETHER_S)
        while not board.news.wait(era, version, HEARTBEAT_S):
            yield ": nothing new\n\n"


def _news(board: Switchboard, era: str, version: int) -> dict[str, Any]:
    place = f"{board.news.era}.{board.news.version}"
    if era != board.news.era or version > board.news.version:
        return {"place": place, "is_all": True, **_everything(board)}
    changed = board.news.since(version)
    return {"place": place, "is_all": False, **_changed(board, changed)}


def _everything(board: Switchboard) -> dict[str, Any]:
    now = board.clock.now()
    return {
        "calls": [summary_of(call) for call in list(board.calls.values())],
        "texts": [text.as_json(now) for text in board.texts_to(None)[:TEXTS_MAX]][::-1],
        "events": [event.as_json() for event in board.merchant.events[-EVENTS_MAX:]],
    }


def _changed(board: Switchboard, changed: list[tuple[str, str]]) -> dict[str, Any]:
    now, events = board.clock.now(), {event.token: event for event in list(board.merchant.events)}
    names = [name for _, name in changed]
    return {
        "calls": [summary_of(board.calls[name]) for name in names if name in board.calls],
        "texts": [board.texts[name].as_json(now) for name in names if name in board.texts],
        "events": [events[name].as_json() for name in names if name in events],
    }

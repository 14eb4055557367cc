"""A pretend product on a real socket: answers with prepared TwiML and remembers what it was sent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Any

from flask import Flask, Response, request
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import Headers, MultiDict

from phone_simulator.app import open_server
from phone_simulator.options import AUTH_TOKEN

KOREAN = 'voice="Polly.Seoyeon-Neural" language="ko-KR"'
Reply = str | Response | Callable[[], "str | Response"]


def twiml(inside: str, status: int = 200) -> Response:
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>',
        status,
        mimetype="text/xml",
    )


def say(words: str) -> str:
    return f"<Say {KOREAN}>{words}</Say>"


def ask(words: str, action: str, **attributes: str) -> str:
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<Gather action="{action}" method="POST"{written}>{say(words)}</Gather>'


@dataclass
class Received:
    path: str
    method: str
    form: MultiDict[str, str]
    args: MultiDict[str, str]
    headers: Headers
    is_signed: bool


@dataclass
class Product:
    """Answers each path's replies in turn and repeats the last one."""

    url: str = ""
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    auth_token: str = AUTH_TOKEN
    _arrived: Condition = field(default_factory=Condition)

    def on(self, path: str, *replies: Reply) -> None:
        self.replies[path] = [
            twiml(reply) if isinstance(reply, str) else reply for reply in replies
        ]

    def at(self, path: str) -> list[Received]:
        return [received for received in self.received if received.path == path]

    def wait_for(self, path: str, count: int) -> list[Received]:
        """Wait until so many requests have come to a path; give up after a while."""
        with self._arrived:
            self._arrived.wait_for(lambda: len(self.at(path)) >= count, 60)
        return self.at(path)

    def answer(self) -> Any:
        with self._arrived:
            self.received.append(self._note())
            self._arrived.notify_all()
            replies = self.replies.get(request.path)
            if replies is None:
                return Response("no such page", 404)
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
        answer = reply() if callable(reply) and not isinstance(reply, Response) else reply
        if isinstance(answer, str):
            return twiml(answer)
        return Response(answer.get_data(), answer.status_code, answer.headers)

    def _note(self) -> Received:
        raw = self.url + str(request.environ["REQUEST_URI"])
        form = request.form if request.method == "POST" else MultiDict()
        signature = request.headers.get("X-Twilio-Signature", "")
        signed = RequestValidator(self.auth_token).validate(raw, form, signature)
        return Received(
            request.path,
            request.method,
            request.form.copy(),
            request.args.copy(),
            Headers(request.headers),
            signed,
        )


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    server = open_server(app, "127.0.0.1", 0)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def a_product() -> Iterator[Product]:
    app, product = Flask("product"), Product()
    app.add_url_rule("/", "root", product.answer, methods=["GET", "POST"])
    app.add_url_rule("/<path:path>", "any", lambda path: product.answer(), methods=["GET", "POST"])
    with serving(app) as url:
        product.url = url
        yield product

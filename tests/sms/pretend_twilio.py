"""Twilio's Messages resource on a real socket: as strict as published, and bad when told so."""

from __future__ import annotations

import base64
import json
import re
import secrets
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from tests.sms.fakes import ACCOUNT, TAKEN, TOKEN, Situation


class PretendTwilio(ThreadingHTTPServer):
    """Answers the Messages resource as the published description says, or misbehaves as told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.situation = Situation.ACCEPTED
        self.requests: list[dict[str, str]] = []
        # What it has taken, the newest first, whatever it answered.
        self.messages: list[dict[str, Any]] = []
        self.accepted = threading.Event()
        self.closing = threading.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever is reset or made to wait goes away; that is what the tests are about."""


@contextmanager
def pretend_twilio() -> Iterator[PretendTwilio]:
    server = PretendTwilio()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def closed_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class _Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def twilio(self) -> PretendTwilio:
        return cast("PretendTwilio", self.server)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        refused = self._refused_at_the_door()
        if refused:
            self._error(*refused)
            return
        form = {
            key: value
            for key, [value] in parse_qs(
                raw.decode(), keep_blank_values=True, strict_parsing=True
            ).items()
        }
        fault = _fault(form)
        if fault:
            self._error(400, fault)
            return
        self.twilio.requests.append(form)
        self.twilio.accepted.set()
        message = _message(form)
        if self.twilio.situation in TAKEN:
            self.twilio.messages.insert(0, message)
        self._behave(json.dumps(message).encode(), 201)

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self.path = address.path
        asked = {key: value for key, [value] in parse_qs(address.query).items()}
        refused = self._refused_at_the_door()
        if refused:
            self._error(*refused)
            return
        assert set(asked) == {"To", "PageSize"}, asked
        found = [each for each in self.twilio.messages if each["to"] == asked["To"]]
        page = {"messages": found[: int(asked["PageSize"])], "next_page_uri": None, "page": 0}
        self._behave(json.dumps(page).encode(), 200)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        pass

    def _refused_at_the_door(self) -> tuple[int, int] | None:
        wanted = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if self.headers["Authorization"] != f"Basic {wanted}":
            return 401, 20003
        if self.path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
            return 404, 20404
        is_form = self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        return None if is_form or self.command == "GET" else (415, 20415)

    def _behave(self, body: bytes, status: int) -> None:
        misbehave = {
            Situation.SILENT: self._silent,
            Situation.DRIPS_HEADERS: self._drip_headers,
            Situation.DRIPS_BODY: self._drip_body,
            Situation.RESETS: self._reset,
            Situation.ENDLESS: self._endless,
        }.get(self.twilio.situation)
        if misbehave:
            misbehave()
        elif self.twilio.situation in _ERRORS:
            self._error(*_ERRORS[self.twilio.situation])
        else:
            self._answer(*_PLAIN.get(self.twilio.situation, (status, body)))

    def _error(self, status: int, code: int, retry_after: str | None = None) -> None:
        body = {
            "code": code,
            "message": "…",
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }
        self._answer(status, json.dumps(body).encode(), retry_after)

    def _answer(self, status: int, body: bytes, retry_after: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        if status in range(300, 400):
            self.send_header("Location", self.path)
        self.end_headers()
        self.wfile.write(body)

    def _silent(self) -> None:
        self.twilio.closing.wait()
        self.close_connection = True

    def _drip_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 201 Created\r\n")
        self._drip(b"X-Drop: 1\r\n")

    def _drip_body(self) -> None:
        self.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 60000\r\n\r\n{")
        self._drip(b" ")

    def _drip(self, drop: bytes) -> None:
        self.close_connection = True
        while not self.twilio.closing.wait(0.02):
            self.wfile.write(drop)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _endless(self) -> None:
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n")
        while not self.twilio.closing.is_set():
            self.wfile.write(b"[" * 10_000)


_ERRORS: dict[Situation, Any] = {
    Situation.INVALID_NUMBER: (400, 21211),
    Situation.LANDLINE: (400, 21614),
    Situation.OPTED_OUT: (400, 21610),
    Situation.REGION_OFF: (400, 21408),
    Situation.WRONG_SENDER: (400, 21606),
    Situation.WRONG_CREDENTIALS: (401, 20003),
    Situation.WRONG_ACCOUNT: (404, 20404),
    Situation.NO_TO_NOBODY_KNOWS: (400, 29999),
    Situation.BUSY: (429, 20429),
    Situation.BUSY_SAYS_WHEN: (429, 20429, "7"),
    Situation.QUEUE_FULL: (400, 21611),
    Situation.BROKEN: (500, 20500),
    Situation.AWAY: (503, 20503),
}
_PLAIN = {
    Situation.REDIRECTS: (307, b"{}"),
    Situation.GARBAGE: (201, b"<html>\xff\xfe"),
    Situation.JSON_OF_ANOTHER_SHAPE: (201, b'{"sid": ["SM"], "status": {}, "code": []}'),
}
_KNOWN = {"To", "Body", "From", "MessagingServiceSid", "StatusCallback"}


def _fault(form: dict[str, str]) -> int | None:
    callback = urlsplit(form.get("StatusCallback", ""))
    if not re.fullmatch(r"\+8210\d{8}", form.get("To", "")):
        return 21211
    if ("From" in form) == ("MessagingServiceSid" in form):
        return 21603
    if not form.get("Body"):
        return 21602
    if len(form["Body"]) > 1600:
        return 21617
    if not callback.hostname or "_" in callback.hostname or set(form) - _KNOWN:
        return 21609
    return None


def _message(form: dict[str, str]) -> dict[str, Any]:
    sid = f"SM{secrets.token_hex(16)}"
    uri = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}"
    service = form.get("MessagingServiceSid")
    return {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": form["Body"],
        "date_created": "Fri, 20 Aug 2010 01:13:42 +0000",
        "date_sent": None,
        "date_updated": "Fri, 20 Aug 2010 01:13:42 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": form.get("From"),
        "messaging_service_sid": service,
        "num_media": "0",
        "num_segments": "2",
        "price": None,
        "price_unit": None,
        "sid": sid,
        "status": "accepted" if service else "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": form["To"],
        "uri": f"{uri}.json",
    }

"""A small Twilio on this machine: just IncomingPhoneNumbers, and the ways in which it can fail."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "a-token-nobody-may-see"
PAGE_SIZE = 2
COLLECTION = f"/2010-04-01/Accounts/{ACCOUNT_SID}/IncomingPhoneNumbers"
SNAKE = {
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "VoiceApplicationSid": "voice_application_sid",
    "TrunkSid": "trunk_sid",
}


class TwilioDouble(ThreadingHTTPServer):
    """Keeps numbers as Twilio does; `failures` are answered first, one a request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.numbers: dict[str, dict[str, Any]] = {}
        self.failures: list[tuple[int, bytes]] = []
        self.requests: list[str] = []
        self.is_dripping = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def rents(self, sid: str, phone_number: str, **fields: str | None) -> None:
        """Have a number; what is not given is null, as for a number nobody has set up."""
        unset: dict[str, str | None] = dict.fromkeys(SNAKE.values())
        self.numbers[sid] = unset | {"sid": sid, "phone_number": phone_number} | fields


@contextmanager
def running_twilio() -> Iterator[TwilioDouble]:
    """A Twilio that answers until the end of the block."""
    with TwilioDouble() as twilio:
        thread = threading.Thread(target=twilio.serve_forever, args=(0.01,))
        thread.start()
        yield twilio
        twilio.shutdown()
        thread.join()


class _Exchange(BaseHTTPRequestHandler):
    server: TwilioDouble
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self._is_welcome():
            self._list(int(parse_qs(urlsplit(self.path).query).get("Page", ["0"])[0]))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self._is_welcome():
            self._update(self.path.rpartition("/")[2].removesuffix(".json"), body)

    def log_message(self, *_args: object) -> None:
        """Say nothing on stderr."""

    def _is_welcome(self) -> bool:
        self.server.requests.append(f"{self.command} {self.path}")
        if self.server.failures:
            self._answer(*self.server.failures.pop(0))
        elif self.server.is_dripping:
            self._drip()
        elif self.headers["Authorization"] != _basic(ACCOUNT_SID, AUTH_TOKEN):
            self._refuse(401, 20003, "Authenticate")
        else:
            return True
        return False

    def _list(self, page: int) -> None:
        everything = list(self.server.numbers.values())
        end = (page + 1) * PAGE_SIZE
        following = f"{COLLECTION}.json?PageSize={PAGE_SIZE}&Page={page + 1}"
        content = {
            "incoming_phone_numbers": everything[end - PAGE_SIZE : end],
            "next_page_uri": following if end < len(everything) else None,
        }
        self._answer(200, json.dumps(content).encode())

    def _update(self, sid: str, body: str) -> None:
        if sid not in self.server.numbers:
            self._refuse(404, 20404, "The requested resource was not found")
            return
        form = parse_qs(body, keep_blank_values=True)
        changes = {SNAKE[name]: values[0] or None for name, values in form.items()}
        self.server.numbers[sid] |= changes
        self._answer(200, json.dumps(self.server.numbers[sid]).encode())

    def _refuse(self, status: int, code: int, message: str) -> None:
        self._answer(status, json.dumps({"code": code, "message": message}).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self.close_connection = True
        try:
            while not threading.Event().wait(0.01):
                self.wfile.write(b" ")
                self.wfile.flush()
        except OSError:
            return


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"

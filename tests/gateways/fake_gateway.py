"""The ground of every fake gateway: a real HTTP server, a plan of faults, and a truth of its own.

A fake checks every request strictly and keeps what really happened apart from what it answered. Its
truth must agree with our state when all has come to rest; that is what the contract tests compare.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from billing_core.acquirers.gateway import Wire
from foundation.clock import Clock
from tests.billing_core.faulty_line import Fault

# Longer than a client waits in all that is tried with dripping answers.
DRIP_EVERY_S = 0.05
DRIPS_MAX = 400
# So long a client waits that is tried with anything else: no machine is that busy.
PATIENCE_S = 30.0
IMPATIENCE_S = 0.5


def wire(clock: Clock, patience_s: float = PATIENCE_S) -> Wire:
    """The terms on which an adapter speaks to a fake."""
    return Wire(clock, connect_timeout_s=patience_s, read_timeout_s=patience_s)


@dataclass(frozen=True)
class Asked:
    """A request as the gateway gets it."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in small letters
    body: bytes

    def words(self) -> dict[str, Any]:
        said = json.loads(self.body.decode("utf-8")) if self.body else {}
        assert isinstance(said, dict)
        return said


@dataclass(frozen=True)
class Reply:
    """What the gateway says."""

    words: Mapping[str, Any] | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self, charset: str = "utf-8") -> bytes:
        if self.words is None:
            return b""
        words = dict(self.words)
        if charset != "utf-8":
            words["resultMsg"] = "정상 처리되었습니다."
        return json.dumps(words, ensure_ascii=False).encode(charset)


class FakeGateway:
    """Serves one gateway on a free port of this machine. Subclasses say what a request does."""

    # What the Date of its answers is told by; the machine's clock where it has none.
    clock: Clock | None = None

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.inquiry_is_down = False
        self._faults: dict[str, list[Fault]] = defaultdict(list)
        self._stuck: dict[str, Fault] = {}
        self._late: list[Callable[[], object]] = []
        # One gateway is one machine here: it does one thing at a time.
        self._lock = threading.RLock()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        thread = threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True)
        thread.start()

    def verb_of(self, asked: Asked) -> str:
        """One of issue, remove, charge, void, cancel, inquire: the key in the plan of faults."""
        raise NotImplementedError  # every fake says its own

    def answer(self, asked: Asked) -> Reply:
        """Do what is asked and say what came of it."""
        raise NotImplementedError  # every fake says its own

    def next(self, verb: str, fault: Fault) -> None:
        """Have this befall the next request of this kind, and every repeat of it by its key."""
        self._faults[verb].append(fault)

    def let_late_ones_arrive(self) -> None:
        """What was on its way arrives now."""
        while self._late:
            self._late.pop(0)()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def fault_of(self, asked: Asked) -> Fault | None:
        """What befalls this request; a repeat under one idempotency key meets the same."""
        verb = self.verb_of(asked)
        if verb == "inquire":
            return Fault.BROKEN_BEFORE if self.inquiry_is_down else None
        key = asked.headers.get("idempotency-key")
        if key and key in self._stuck:
            return self._stuck[key]
        if not self._faults[verb]:
            return None
        fault = self._faults[verb].pop(0)
        if key:
            self._stuck[key] = fault
        return fault

    def take(self, asked: Asked) -> tuple[Reply | None, Fault | None]:
        """What the gateway does with a request; a reply of None means that it never answers."""
        with self._lock:
            self.asked.append(asked)
            fault = self.fault_of(asked)
            if fault is Fault.LATE:
                self._late.append(lambda: self.answer(asked))
            if fault in (Fault.REQUEST_LOST, Fault.LATE):
                return None, fault
            if fault is Fault.BROKEN_BEFORE:
                return Reply(status=503), fault
            reply = self.answer(asked)
            if fault is Fault.TWICE:
                reply = self.answer(asked)
            return reply, fault


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, gateway: FakeGateway) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.gateway = gateway


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # A body goes out behind its headers without waiting until those have been acknowledged.
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        url = urlsplit(self.path)
        asked = Asked(
            self.command,
            url.path,
            dict(parse_qsl(url.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length", "0"))),
        )
        reply, fault = self.server.gateway.take(asked)
        with suppress(OSError):
            self._say(reply, fault)

    do_GET = do_POST = do_DELETE = do_PUT = _serve  # noqa: N815 (the library's names)

    def _say(self, reply: Reply | None, fault: Fault | None) -> None:
        if reply is None or fault is Fault.ANSWER_LOST:
            self.close_connection = True
        elif fault is Fault.RESET:
            self._reset()
        elif fault in (Fault.BROKEN_BEFORE, Fault.BROKEN_AFTER):
            status = 503 if fault is Fault.BROKEN_BEFORE else 502
            self._send(status, {"Content-Type": "text/html"}, b"<html>Bad Gateway</html>")
        elif fault is Fault.HALF_JSON:
            body = reply.body()
            self._send(reply.status, reply.headers, body[: len(body) // 2])
        elif fault is Fault.WRONG_CHARSET:
            self._send(reply.status, reply.headers, reply.body("euc-kr"))
        elif fault is Fault.DRIPPING:
            self._drip(reply)
        else:
            self._send(reply.status, reply.headers, reply.body())

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Length", str(DRIPS_MAX))
        self.end_headers()
        for _ in range(DRIPS_MAX):
            self.wfile.write(b" ")
            self.wfile.flush()
            threading.Event().wait(DRIP_EVERY_S)

    def _reset(self) -> None:
        # No time to linger: the peer gets a reset instead of an end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def date_time_string(self, timestamp: float | None = None) -> str:
        clock = self.server.gateway.clock
        return super().date_time_string(clock.now().timestamp() if clock else timestamp)

    def log_message(self, *_: Any) -> None:
        pass

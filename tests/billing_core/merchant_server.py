"""A merchant's server on a real socket, which behaves as badly as it is told to."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from standardwebhooks import Webhook

Behaviour = Callable[[socket.socket], None]
DRIP_S = 0.02


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class MerchantServer:
    """Answers 200, or what was asked of it first."""

    port: int
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    # A deaf server accepts and then neither reads a request nor writes an answer.
    is_deaf: bool = False
    always: Behaviour | None = None
    next_answers: deque[Behaviour] = field(default_factory=deque)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    def behaviour(self) -> Behaviour:
        if self.next_answers:
            return self.next_answers.popleft()
        return self.always or answer(200)


@contextmanager
def merchant_server(tls: ssl.SSLContext | None = None) -> Iterator[MerchantServer]:
    """Run a server for as long as the test needs it."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    server = MerchantServer(listening.getsockname()[1])
    accepting = threading.Thread(target=_accept, args=(listening, server, tls), daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        # A port that somebody still accepts on is not closed by closing alone.
        listening.shutdown(socket.SHUT_RDWR)
        accepting.join()
        listening.close()


def verified(request: Received, secret: str) -> object:
    """What a merchant's own library makes of it; raises if it is not from us."""
    return Webhook(secret).verify(request.body, request.headers)


def answer(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """A complete answer."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    whole = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    return lambda line: line.sendall(whole)


def silence(line: socket.socket) -> None:
    """Say nothing until the other side goes away."""
    line.recv(1)


def drip_headers(line: socket.socket) -> None:
    """Begin an answer whose headers never end."""
    line.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    _drip(line)


def drip_body(line: socket.socket) -> None:
    """Begin an answer whose body never ends."""
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
    _drip(line)


def drip_informational(line: socket.socket) -> None:
    """Promise an answer again and again."""
    while True:
        line.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")
        threading.Event().wait(DRIP_S)


def hang_up(line: socket.socket) -> None:
    """Close without a word."""


def reset(line: socket.socket) -> None:
    """Break the connection off."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def cut_off(line: socket.socket) -> None:
    """Break off in the middle of the body."""
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


def flood(line: socket.socket) -> None:
    """Send a body without end, as fast as it goes."""
    line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        line.sendall(b"x" * 65536)


def gibberish(line: socket.socket) -> None:
    """Speak another protocol."""
    line.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


def _drip(line: socket.socket) -> None:
    while True:
        line.sendall(b"x")
        threading.Event().wait(DRIP_S)


def _accept(listening: socket.socket, server: MerchantServer, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            line, _ = listening.accept()
        except OSError:
            return
        server.connections += 1
        threading.Thread(target=_serve, args=(line, server, tls), daemon=True).start()


def _serve(line: socket.socket, server: MerchantServer, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError), line:
        if server.is_deaf:
            _ignore(line)
        elif tls is None:
            _answer_one(line, server)
        else:
            with tls.wrap_socket(line, server_side=True) as private:
                _answer_one(private, server)


def _ignore(line: socket.socket) -> None:
    while line.recv(65536):
        pass


def _answer_one(line: socket.socket, server: MerchantServer) -> None:
    # Chosen before the request is listed: a test that sees it may change what comes next.
    request = _request(line)
    behaviour = server.behaviour()
    server.received.append(request)
    behaviour(line)


def _request(line: socket.socket) -> Received:
    with line.makefile("rb") as heard:
        first = heard.readline().decode().strip()
        headers: dict[str, str] = {}
        while text := heard.readline().decode().strip():
            name, _, value = text.partition(": ")
            headers[name.lower()] = value
        return Received(first, headers, heard.read(int(headers["content-length"])))

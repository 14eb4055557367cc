"""One HTTP request over a raw connection, with the exact bytes of the URL and separate time limits.

A ready-made client would normalise URLs, which breaks signatures, and hides at which stage a request failed.
"""

import http.client
import socket
import ssl
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from phone_simulator.clock import monotonic_s

BODY_MAX = 1_000_000


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class NoReply(Exception):
    """No complete answer; `stage` says where it broke: url, connect, tls, read, total or protocol."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(reason)
        self.stage = stage


@dataclass(frozen=True)
class Limits:
    connect_s: float = 5.0
    read_s: float = 15.0
    total_s: float = 15.0


def wire_url(url: str) -> str:
    """Drop the fragment and percent-encode only what may not travel; everything else stays byte for byte."""
    return "".join(sign if "!" <= sign <= "~" else quote(sign) for sign in url.partition("#")[0])


def send(
    method: str, url: str, headers: dict[str, str], body: bytes | None, limits: Limits
) -> Reply:
    deadline = monotonic_s() + limits.total_s
    connection = _connection(url, limits)
    try:
        _connect(connection)
        connection.sock.settimeout(min(limits.read_s, limits.total_s))
        connection.request(method, _target(url), body=body, headers=headers)
        answer = connection.getresponse()
        return Reply(
            answer.status, _read(connection, answer, deadline, limits), answer.getheaders()
        )
    except TimeoutError as error:
        raise NoReply(
            "total" if monotonic_s() >= deadline else "read", "no answer in time"
        ) from error
    except (http.client.HTTPException, OSError) as error:
        raise NoReply("protocol", f"connection broke: {error or type(error).__name__}") from error
    finally:
        connection.close()


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _connection(url: str, limits: Limits) -> http.client.HTTPConnection:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise NoReply("url", f"not a URL: {url}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise NoReply("url", f"not an http(s) URL: {url}")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(host, port, timeout=limits.connect_s)


def _connect(connection: http.client.HTTPConnection) -> None:
    try:
        connection.connect()
    except ssl.SSLError as error:
        raise NoReply("tls", f"TLS handshake failed: {error.reason}") from error
    except socket.gaierror as error:
        raise NoReply("host", f"host not found: {connection.host}") from error
    except OSError as error:
        raise NoReply(
            "connect", f"cannot connect to {connection.host}:{connection.port}"
        ) from error


def _read(
    connection: http.client.HTTPConnection,
    answer: http.client.HTTPResponse,
    deadline: float,
    limits: Limits,
) -> bytes:
    chunks, size = [], 0
    while chunk := answer.read1(65536):
        chunks.append(chunk)
        size += len(chunk)
        left = deadline - monotonic_s()
        if left <= 0:
            raise NoReply("total", "the answer took longer than the total limit")
        if size > BODY_MAX:
            break
        if connection.sock is not None:
            connection.sock.settimeout(min(limits.read_s, left))
    return b"".join(chunks)

"""A small load generator: raw sockets that stay open, in several processes, requests made beforehand."""

from __future__ import annotations

import multiprocessing
import socket
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

CONNECTIONS = 16
# The generator shares the machine with what it measures: few processes, little work in each.
PROCESSES = 2
SILENCE_MAX_S = 30.0
OK = b"HTTP/1.1 200"


@dataclass(frozen=True)
class Load:
    """What came of it: how long it took in all, and each request."""

    took_s: float
    seconds: tuple[float, ...]
    refused: int

    @property
    def per_s(self) -> float:
        return len(self.seconds) / self.took_s

    def percentile(self, percent: int) -> float:
        """Milliseconds within which so many of a hundred requests were answered."""
        return statistics.quantiles(self.seconds, n=100)[percent - 1] * 1e3


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """One request as it goes over the wire."""
    lines = {
        "Host": "ars.test",
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def fire(port: int, requests: Sequence[bytes], connections: int = CONNECTIONS) -> Load:
    """Send all requests over this many connections, each connection one after the other."""
    processes = min(PROCESSES, connections)
    shares = [requests[number::processes] for number in range(processes)]
    forked = multiprocessing.get_context("fork")
    with forked.Pool(processes) as pool:
        began = time.perf_counter()
        jobs = [(port, share, connections // processes) for share in shares]
        results = pool.starmap(_fire_share, jobs)
        took_s = time.perf_counter() - began
    seconds = tuple(second for share, _refused in results for second in share)
    return Load(took_s, seconds, sum(refused for _share, refused in results))


def _fire_share(port: int, requests: Sequence[bytes], threads: int) -> tuple[list[float], int]:
    with ThreadPoolExecutor(threads) as crowd:
        shares = [requests[number::threads] for number in range(threads)]
        results = list(crowd.map(lambda share: _one_after_the_other(port, share), shares))
    return [second for share, _ in results for second in share], sum(n for _, n in results)


def _one_after_the_other(port: int, requests: Sequence[bytes]) -> tuple[list[float], int]:
    seconds, refused = [], 0
    with socket.create_connection(("127.0.0.1", port), SILENCE_MAX_S) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            began = time.perf_counter()
            connection.sendall(request)
            refused += not _answer(connection).startswith(OK)
            seconds.append(time.perf_counter() - began)
    return seconds, refused


def _answer(connection: Any) -> bytes:
    """Head and body of one answer."""
    got = b""
    while b"\r\n\r\n" not in got:
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionError("the server hung up")
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head

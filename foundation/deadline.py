"""A total deadline over one HTTP exchange, which a dripping peer cannot stretch.

httpx limits each single read, so that a peer that sends one byte a second is never late. Here no
wait on the socket is longer than what is left of the whole exchange, headers and body alike.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import httpcore
import httpx

from foundation.clock import stopwatch

CONNECTIONS_MAX = 20
# Shorter than what peers and balancers in between keep, so that a reused connection is alive.
KEEP_ALIVE_S = 4.0

_ends: ContextVar[float | None] = ContextVar("ends", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Whatever is exchanged inside ends within so many seconds, or raises a httpx time-out.

    Inside another deadline the earlier of the two holds.
    """
    outer = _ends.get()
    ends = stopwatch() + seconds
    token = _ends.set(ends if outer is None else min(ends, outer))
    try:
        yield
    finally:
        _ends.reset(token)


@cache
def trusted() -> ssl.SSLContext:
    """The authorities that vouch for servers; reading them takes longer than most exchanges."""
    return httpx.create_ssl_context(trust_env=False)


class DeadlineTransport(httpx.HTTPTransport):
    """A pooled transport that knows the deadline; it reads no environment and follows no proxy."""

    def __init__(self) -> None:
        super().__init__(verify=trusted(), trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=trusted(),
            max_connections=CONNECTIONS_MAX,
            max_keepalive_connections=CONNECTIONS_MAX,
            keepalive_expiry=KEEP_ALIVE_S,
            network_backend=_Network(),
        )


class _Network(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        wait = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._network.connect_tcp(host, port, wait, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        wait = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, wait))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, late: type[httpcore.TimeoutException]) -> float | None:
    ends = _ends.get()
    if ends is None:
        return timeout
    left = ends - stopwatch()
    if left <= 0:
        raise late("the deadline of the whole exchange has passed")
    return left if timeout is None else min(timeout, left)

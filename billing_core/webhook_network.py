"""The network as a merchant's server may see it: checked addresses, and an end to every wait.

A name is resolved once, every address is checked, and the connection goes to a checked address,
so a name that changes its mind gains nothing. No client's own time-outs bound a peer that drips
one byte a second; here no wait is longer than what is left of the whole exchange.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import httpcore

from billing_core.webhook_targets import Address, is_allowed
from foundation.clock import stopwatch
from foundation.errors import ArsError

# One address that swallows everything leaves time for another one.
CONNECT_S = 4.0
ADDRESSES_MAX = 3

Resolve = Callable[[str, int], Sequence[Address]]
Connect = Callable[[Address, int, float], socket.socket]


@dataclass(frozen=True)
class NotAnswered:
    """No answer came, in one word."""

    word: str

    @property
    def is_success(self) -> bool:
        return False


DNS_FAILED = NotAnswered("dns_failed")
REFUSED_TARGET = NotAnswered("refused_target")
CONNECT_FAILED = NotAnswered("connect_failed")
TLS_FAILED = NotAnswered("tls_failed")
TIMED_OUT = NotAnswered("timed_out")
CONNECTION_LOST = NotAnswered("connection_lost")
BAD_ANSWER = NotAnswered("bad_answer")


class GivenUp(ArsError):
    """Leaves the library underneath with the outcome already known."""

    def __init__(self, outcome: NotAnswered) -> None:
        super().__init__(outcome.word)
        self.outcome = outcome


def connect(address: Address, port: int, timeout_s: float) -> socket.socket:
    """Open a connection to an address; no name is looked up here."""
    line = socket.create_connection((str(address), port), timeout_s)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


class Deadline:
    """The end of one whole exchange."""

    def __init__(self, seconds: float) -> None:
        self._ends = stopwatch() + seconds

    def left_s(self) -> float:
        """What is left; once nothing is, the exchange is given up."""
        left = self._ends - stopwatch()
        if left <= 0:
            raise GivenUp(TIMED_OUT)
        return left


class CheckedNetwork(httpcore.NetworkBackend):
    """Opens connections to allowed addresses and to nothing else."""

    def __init__(
        self, deadline: Deadline, *, allow_private: bool, resolve: Resolve, connect: Connect
    ) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
        self._look_up = resolve
        self._open = connect

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._resolve(host, port)
        # One address that is not allowed is one too many: such a name is not meant well.
        if not all(is_allowed(each, allow_private=self._allow_private) for each in addresses):
            raise GivenUp(REFUSED_TARGET)
        return _Line(self._connect(addresses[:ADDRESSES_MAX], port), self._deadline)

    def _resolve(self, host: str, port: int) -> Sequence[Address]:
        found: list[Sequence[Address]] = []

        def look_up() -> None:
            try:
                found.append(self._look_up(host, port))
            except (OSError, UnicodeError):
                found.append(())

        # The resolver of the system knows no deadline, so it is asked from a thread of its own.
        thread = threading.Thread(target=look_up, name="look up", daemon=True)
        thread.start()
        thread.join(self._deadline.left_s())
        if not found or not found[0]:
            raise GivenUp(DNS_FAILED)
        return list(dict.fromkeys(found[0]))

    def _connect(self, addresses: Sequence[Address], port: int) -> socket.socket:
        late = False
        for address in addresses:
            try:
                wait_s = min(CONNECT_S, self._deadline.left_s())
                return self._open(address, port, wait_s)
            except TimeoutError:
                late = True
            except OSError:
                continue
        raise GivenUp(TIMED_OUT if late else CONNECT_FAILED)


class _Line(httpcore.NetworkStream):
    """A connection on which every wait ends with the deadline."""

    def __init__(self, line: socket.socket, deadline: Deadline) -> None:
        self._line = line
        self._deadline = deadline
        self._heard = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._line.settimeout(self._deadline.left_s())
        try:
            heard = self._line.recv(max_bytes)
        except TimeoutError:
            raise GivenUp(TIMED_OUT) from None
        except OSError as error:
            raise httpcore.ReadError(str(error)) from None
        if not heard and not self._heard:
            raise GivenUp(CONNECTION_LOST)
        self._heard = True
        return heard

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        while buffer:
            self._line.settimeout(self._deadline.left_s())
            try:
                buffer = buffer[self._line.send(buffer) :]
            except TimeoutError:
                raise GivenUp(TIMED_OUT) from None
            except OSError as error:
                # Not the end: a server may answer and close before it has heard everything.
                raise httpcore.WriteError(str(error)) from None

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        try:
            self._line.settimeout(self._deadline.left_s())
            line = ssl_context.wrap_socket(self._line, server_hostname=server_hostname)
        except TimeoutError:
            self._line.close()
            raise GivenUp(TIMED_OUT) from None
        except (OSError, ValueError):
            self._line.close()
            raise GivenUp(TLS_FAILED) from None
        return _Line(line, self._deadline)

    def close(self) -> None:
        self._line.close()

    def get_extra_info(self, info: str) -> Any:
        return self._line if info == "socket" else None

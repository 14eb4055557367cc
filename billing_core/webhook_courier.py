"""One POST to a merchant's server, whatever that server does.

Host, SNI and certificate are those of the name while the connection goes to a checked address;
httpx has no place to say that, so this speaks to httpcore, the layer beneath it. There is no
proxy, no redirect is followed, and no more is read than the server needs to finish its sentence.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import httpcore
import httpx

from billing_core.webhook_network import (
    BAD_ANSWER,
    CONNECTION_LOST,
    REFUSED_TARGET,
    CheckedNetwork,
    Connect,
    Deadline,
    GivenUp,
    NotAnswered,
    Resolve,
    connect,
)
from billing_core.webhook_targets import fault_in, resolve
from foundation.deadline import trusted

# The merchants' contract: 2xx within ten seconds, from the look-up of the name to the last byte.
DEADLINE_S = 10.0
ANSWER_BYTES_MAX = 64 * 1024
SUCCESS = range(200, 300)
USER_AGENT = "ars-autopay-webhooks/1"


@dataclass(frozen=True)
class Answered:
    """The server answered in full."""

    status: int
    retry_after: str | None = None

    @property
    def is_success(self) -> bool:
        return self.status in SUCCESS

    @property
    def word(self) -> str:
        return f"status_{self.status}"


Outcome = Answered | NotAnswered


class WebhookCourier:
    """Carries messages to merchants' servers. Safe to share between threads."""

    def __init__(
        self,
        *,
        allow_private: bool,
        deadline_s: float = DEADLINE_S,
        resolve: Resolve = resolve,
        connect: Connect = connect,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._deadline_s = deadline_s
        self._resolve = resolve
        self._connect = connect
        self._trust = trust or trusted()

    def carry(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """POST once and say what came of it. Expected trouble is an outcome, never an exception."""
        if fault_in(url, allow_private=self._allow_private):
            return REFUSED_TARGET
        try:
            return self._post(httpx.URL(url), headers, body)
        except GivenUp as given_up:
            return given_up.outcome
        except httpcore.NetworkError:
            return CONNECTION_LOST
        except httpcore.ProtocolError:
            return BAD_ANSWER

    def _post(self, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> Answered:
        network = CheckedNetwork(
            Deadline(self._deadline_s),
            allow_private=self._allow_private,
            resolve=self._resolve,
            connect=self._connect,
        )
        with (
            httpcore.ConnectionPool(ssl_context=self._trust, network_backend=network) as pool,
            pool.stream(
                "POST", _plain(url), headers=_headers(url, headers), content=body
            ) as response,
        ):
            _read_out(response)
            return Answered(response.status, _retry_after(response))


def _plain(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _headers(url: httpx.URL, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    every = {
        "host": url.netloc.decode(),
        "user-agent": USER_AGENT,
        "content-type": "application/json",
        "accept": "*/*",
        "connection": "close",
        **headers,
    }
    return [(name.encode(), value.encode()) for name, value in every.items()]


def _read_out(response: httpcore.Response) -> None:
    size = 0
    for chunk in response.iter_stream():
        size += len(chunk)
        if size >= ANSWER_BYTES_MAX:
            return


def _retry_after(response: httpcore.Response) -> str | None:
    values = [value for name, value in response.headers if name.lower() == b"retry-after"]
    return values[0].decode("latin-1") if values else None

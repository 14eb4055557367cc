"""One line to a gateway: a request goes out, and one answer comes in time or not at all.

Trouble is a value here, never an exception, and no word about it carries an address, a header or a
body: a gateway's address may hold a bill key, and its bodies hold cards. One deadline covers the
whole exchange, so that a peer that drips bytes cannot stretch it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from foundation.deadline import DeadlineTransport, deadline

# A day's list comes in pages of this order; nothing else comes near it.
ANSWER_BYTES_MAX = 8 * 1024 * 1024

Words = Mapping[str, Any]

# Below warnings these libraries tell every address and header they use.
for library in ("httpx", "httpcore"):
    logging.getLogger(library).setLevel(logging.WARNING)


@dataclass(frozen=True)
class Answered:
    """The gateway answered in full, whatever it said."""

    status: int
    body: bytes = field(repr=False)
    # The gateway's own clock, where it told it.
    at: datetime | None = None

    def words(self) -> Words | None:
        """The JSON object in the body; None for half of one, another character set, or a page."""
        try:
            said = json.loads(self.body.decode("utf-8"))
        except (ValueError, RecursionError):
            return None
        return said if isinstance(said, dict) else None


@dataclass(frozen=True)
class NotAnswered:
    """Nothing was learnt: the request may have had its effect. `why` is for operators."""

    why: str


Answer = Answered | NotAnswered


class GatewayLine:
    """Pooled connections to one gateway. Safe to share between threads."""

    def __init__(self, base_url: str, *, connect_timeout_s: float, read_timeout_s: float) -> None:
        self._base_url = base_url.rstrip("/")
        self._deadline_s = connect_timeout_s + read_timeout_s
        self._client = httpx.Client(
            transport=DeadlineTransport(),
            timeout=httpx.Timeout(read_timeout_s, connect=connect_timeout_s),
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            trust_env=False,
        )

    def get(self, path: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Answer:
        """Ask for something. Nothing changes there, however often it is asked."""
        return self._exchange("GET", path, headers, query=query)

    def post(self, path: str, headers: Mapping[str, str], body: Words) -> Answer:
        """Send something, once."""
        return self._exchange("POST", path, headers, body=body)

    def delete(self, path: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Answer:
        """Have something removed, once."""
        return self._exchange("DELETE", path, headers, query=query)

    def post_repeatedly(self, path: str, headers: Mapping[str, str], body: Words) -> Answer:
        """Send, and send the same again while no answer came and the deadline has not passed.

        Only for gateways that know idempotency keys: `headers` must carry one.
        """
        with deadline(self._deadline_s):
            answer = self._exchange("POST", path, headers, body=body)
            if isinstance(answer, NotAnswered):
                answer = self._exchange("POST", path, headers, body=body)
        return answer

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        query: Mapping[str, str] | None = None,
        body: Words | None = None,
    ) -> Answer:
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        kind = {} if body is None else {"Content-Type": "application/json;charset=utf-8"}
        try:
            with (
                deadline(self._deadline_s),
                self._client.stream(
                    method,
                    self._base_url + path,
                    headers={**kind, **headers},
                    params=query or None,
                    content=content,
                ) as response,
            ):
                return _read(response)
        except (httpx.HTTPError, httpx.InvalidURL) as trouble:
            # Its message may quote the address, so only its name is told.
            return NotAnswered(type(trouble).__name__)


def _read(response: httpx.Response) -> Answer:
    body = bytearray()
    for piece in response.iter_raw():
        body += piece
        if len(body) > ANSWER_BYTES_MAX:
            return NotAnswered("an answer without end")
    return Answered(response.status_code, bytes(body), _date(response.headers.get("date")))


def _date(written: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(written) if written else None
    except ValueError:
        return None

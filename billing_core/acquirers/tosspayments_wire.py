"""The line to TossPayments: who asks, under which idempotency key, and what sort of answer came."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from billing_core.acquirers.gateway_line import Answer, Answered, GatewayLine, NotAnswered, Words
from billing_core.acquirers.protocol import Unknown

_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,79}")
# Hexadecimal, so that the first colon ends it.
_BETWEEN = ":"


@dataclass(frozen=True)
class Refused:
    """An error that TossPayments names, and that is not its own trouble."""

    code: str


class TossLine:
    """Asks in the name of one secret key."""

    def __init__(self, line: GatewayLine, secret_key: str, test_code: str | None) -> None:
        self._line = line
        # Without the colon at the end it is not understood.
        basic = base64.b64encode(f"{secret_key}:".encode()).decode()
        self._headers = {"Authorization": f"Basic {basic}"}
        is_test_key = secret_key.startswith("test_")
        self._forced = {"TossPayments-Test-Code": test_code} if test_code and is_test_key else {}

    def get(self, query: Mapping[str, str], *path: str) -> Answer:
        """Ask for something."""
        return self._line.get(_path(path), self._headers, query)

    def post(self, key: str, body: Words, *path: str) -> Answer:
        """Send something, repeatedly until an answer comes; `key` makes it one and the same."""
        headers = {**self._headers, "Idempotency-Key": key, **self._forced}
        return self._line.post_repeatedly(_path(path), headers, body)

    def delete(self, *path: str) -> Answer:
        """Have something removed."""
        return self._line.delete(_path(path), self._headers, {})


def read(answer: Answer) -> Words | Refused | Unknown:
    """What was said: an object, an error with a code, or nothing that can be relied on."""
    said = _read_any(answer)
    if isinstance(said, list):
        return Unknown("a list where an object was expected")
    return said


def read_rows(answer: Answer) -> Sequence[Words] | Refused | Unknown:
    """What was said where a list is expected."""
    said = _read_any(answer)
    if isinstance(said, Refused | Unknown):
        return said
    if not isinstance(said, list) or not all(isinstance(row, dict) for row in said):
        return Unknown("no list where one was expected")
    return said


def customer_key_of(secret_key: str, order_id: str) -> str:
    """A name for the customer of one issue: nobody guesses it, and a repeat has the same."""
    return hmac.new(secret_key.encode(), order_id.encode(), hashlib.sha256).hexdigest()


def join_keys(customer_key: str, billing_key: str) -> str:
    """The lasting form of a bill key: a charge needs both parts."""
    return f"{customer_key}{_BETWEEN}{billing_key}"


def part_keys(kept: str) -> tuple[str, str]:
    """Customer key and billing key again."""
    customer_key, _, billing_key = kept.partition(_BETWEEN)
    return customer_key, billing_key


def _path(parts: Sequence[str]) -> str:
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


def _read_any(answer: Answer) -> dict[str, Any] | list[Any] | Refused | Unknown:
    if isinstance(answer, NotAnswered):
        return Unknown(answer.why)
    # Whatever code it carries, the effect may have happened.
    if answer.status >= 500:
        return Unknown(f"status {answer.status}")
    said = _json(answer)
    if answer.status == 200 and said is not None and "code" not in said:
        return said
    code = said.get("code") if isinstance(said, dict) else None
    if answer.status >= 400 and isinstance(code, str) and _CODE.fullmatch(code):
        return Refused(code)
    return Unknown(f"status {answer.status}, and a body that says nothing")


def _json(answer: Answered) -> dict[str, Any] | list[Any] | None:
    try:
        said = json.loads(answer.body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict | list) else None

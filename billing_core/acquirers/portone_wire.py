"""How PortOne is spoken to: its headers, its ids, its limits, and the kinds of its answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import structlog

from billing_core.acquirers.gateway_line import Answer, GatewayLine, NotAnswered, Words
from billing_core.acquirers.portone_codes import INQUIRE, REFUSALS, UNCLEAR, Failure, shown_code
from billing_core.acquirers.protocol import Unknown
from foundation.sealing import Secret

# What the gateways behind PortOne take in common: NICE 40 bytes of the order's name and none of
# these signs in it, Smartro letters and digits in a payment's id and 20 of them in a customer's.
ORDER_NAME_BYTES = 40
ORDER_NAME_WITHOUT = re.compile(r"[%&|$\-+=\[\]\s]+")
CUSTOMER_NAME_BYTES = 30
CUSTOMER_ID_LENGTH = 20
REASON_BYTES = 100
NAMELESS = "자동결제"

_OURS = re.compile(r"([a-z]+)([0-9A-Z]{25})")

log = structlog.get_logger()


@dataclass(frozen=True)
class Done:
    """PortOne did it, or found it."""

    words: Words = field(repr=False)


@dataclass(frozen=True)
class Refused:
    """One of PortOne's known errors."""

    type: str
    failure: Failure


Heard = Done | Refused | Unknown


class PortoneLine:
    """A line to PortOne on which every request carries the secret, and writes an idempotency key."""

    def __init__(self, line: GatewayLine, api_secret: Secret) -> None:
        self._line = line
        self._api_secret = api_secret

    def look(self, path: str, query: Mapping[str, str]) -> Answer:
        """Ask for something, and get the answer as it came."""
        return self._line.get(path, self._headers(), query)

    def get(self, path: str, query: Mapping[str, str]) -> Heard:
        """Ask for something."""
        return heard(self.look(path, query))

    def search(self, path: str, wanted: Words) -> Heard:
        """Ask for a list. PortOne takes what is wanted as JSON in the address."""
        return self.get(path, {"requestBody": json.dumps(wanted)})

    def post(self, path: str, key: str, body: Words) -> Heard:
        """Send something, and again under the same key while the deadline leaves time for it."""
        return heard(self._line.post_repeatedly(path, self._headers(key), body))

    def delete(self, path: str, key: str, query: Mapping[str, str]) -> Heard:
        """Have something removed."""
        return heard(self._line.delete(path, self._headers(key), query))

    def _headers(self, key: str = "") -> dict[str, str]:
        headers = {"Authorization": f"PortOne {self._api_secret.reveal()}"}
        # A string of structured headers stands in double quotes.
        return headers | ({"Idempotency-Key": f'"{key}"'} if key else {})


def heard(answer: Answer) -> Heard:
    """What kind of answer this is: told by its type, never by its HTTP status alone."""
    if isinstance(answer, NotAnswered):
        return Unknown(answer.why)
    words = answer.words()
    if words is None:
        return Unknown(f"an answer that cannot be read, HTTP {answer.status}")
    if 200 <= answer.status < 300:
        return Done(words)
    kind = words.get("type")
    if not isinstance(kind, str):
        return Unknown(f"an answer without a type, HTTP {answer.status}")
    if kind in UNCLEAR:
        return Unknown(kind)
    if kind in REFUSALS or kind in INQUIRE:
        return Refused(kind, _failure(words))
    log.error("acquirer.code_unknown", acquirer="portone", code=shown_code(kind))
    return Unknown("an error that is in no list")


def payment_id(order_id: str) -> str:
    """An order id of ours in letters and digits alone: Smartro takes nothing else."""
    return order_id.replace("_", "")


def order_id_of(payment_id: str) -> str:
    """The order id of ours behind a payment's id; what is none of ours stays as it is."""
    ours = _OURS.fullmatch(payment_id)
    return "_".join(ours.groups()) if ours else payment_id


def customer_id(order_id: str) -> str:
    """A customer for this order alone, by whom its key is found again: 80 random bits and more."""
    return payment_id(order_id)[-CUSTOMER_ID_LENGTH:]


def path(*parts: str) -> str:
    """A path of these parts, whatever stands in them."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


def cut(text: str, bytes_max: int) -> str:
    """As much of a text as fits, cut between two letters."""
    return text.encode()[:bytes_max].decode(errors="ignore").strip()


def order_name(item: str) -> str:
    """What is paid for, in letters that every gateway takes."""
    return cut(ORDER_NAME_WITHOUT.sub(" ", item).strip(), ORDER_NAME_BYTES) or NAMELESS


def reason_with(cancel_id: str, reason: str) -> str:
    """A reason that also tells which cancel it is, for PortOne's list to be searched by."""
    mark = payment_id(cancel_id)
    return f"{cut(reason, REASON_BYTES - len(mark) - 1)} {mark}".strip()


def _failure(words: Words) -> Failure:
    failures = words.get("failures")
    said: Any = failures[0] if isinstance(failures, list) and failures else words
    if not isinstance(said, dict):
        return Failure()
    channel = said.get("channel")
    gateway = channel.get("pgProvider") if isinstance(channel, dict) else None
    parts = (gateway, said.get("pgCode"), said.get("pgMessage"))
    return Failure(*(part if isinstance(part, str) else "" for part in parts))

"""Texts through Twilio's Messages API. Its words and numbers stop in this file.

Nothing is tried twice here: Twilio has no idempotency key for messages. Only 429 and a connection
that never came about are proof that nothing was sent; a 4xx is a no; all else is unknown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import httpx
import structlog

from foundation.deadline import DeadlineTransport, deadline
from sms.provider import Deferred, Outcome, OutgoingText, Receipt, Refused, Sent, Unknown
from sms.texts import TextStatus

log = structlog.get_logger()

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 10.0
# Well under the minute after which a text in `sending` is taken for lost.
DEADLINE_S = 20.0
# A message is under 2 kB, unless all of its words are escaped.
ANSWER_BYTES_MAX = 256_000
# More than one number gets in a day, whatever is repeated.
LISTED = 20
# A peer that asks us to wait longer than this is asked again anyway.
WAIT_S_MAX = 300.0
# Sids of messaging services begin so; anything else is a number.
SERVICE_PREFIX = "MG"

_CODE = re.compile(r"\d{1,6}", re.ASCII)
_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}", re.ASCII)

STATUSES: Mapping[str, TextStatus | None] = {
    "accepted": TextStatus.SENT,
    "queued": TextStatus.SENT,
    "scheduled": TextStatus.SENT,
    "sending": TextStatus.SENT,
    "sent": TextStatus.SENT,
    "partially_delivered": TextStatus.SENT,
    "delivered": TextStatus.DELIVERED,
    "read": TextStatus.DELIVERED,
    "undelivered": TextStatus.UNDELIVERED,
    "failed": TextStatus.UNDELIVERED,
    "canceled": TextStatus.UNDELIVERED,
    # Of texts that come to us, which Korean numbers cannot receive.
    "receiving": None,
    "received": None,
}

# 2xxxx come in the answer, 3xxxx in receipts.
CODES: Mapping[int, str] = {
    20003: "provider_credentials",
    20404: "provider_configuration",
    20429: "provider_busy",
    21211: "invalid_number",
    21212: "invalid_sender",
    21408: "region_not_enabled",
    21602: "provider_configuration",
    21603: "provider_configuration",
    21606: "invalid_sender",
    21610: "opted_out",
    21611: "provider_busy",
    21612: "unreachable_number",
    21614: "not_a_mobile",
    21617: "too_long",
    21635: "not_a_mobile",
    30001: "provider_busy",
    30002: "provider_account",
    30003: "handset_unreachable",
    30004: "blocked",
    30005: "unknown_handset",
    30006: "carrier_unreachable",
    30007: "filtered",
    30008: "operator_error",
    30034: "sender_unregistered",
    30036: "expired",
    30450: "blocked_as_pumping",
}
OTHER_CODE = "provider_refused"
OTHER_LOSS = "not_delivered"
# Full queues empty by themselves.
LATER = frozenset({20429, 21611})
# Nothing goes out until a person has corrected something.
ALARMS = frozenset(
    {"provider_credentials", "provider_configuration", "invalid_sender", "region_not_enabled"}
)
# Without a code we know, the status alone tells what is wrong.
_CODE_OF_STATUS: Mapping[int, str] = {
    401: "provider_credentials",
    403: "provider_credentials",
    404: "provider_configuration",
}
# A 408 is a server that lost patience while reading us; how far it got is anyone's guess.
_REQUEST_TIMEOUT = 408
_TOO_MANY = 429
_TAKEN = range(200, 300)
_NO = range(400, 500)
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class TwilioTexts:
    """Sends through one account and sender; safe to share between threads."""

    def __init__(
        self,
        *,
        base_url: str,
        account_sid: str,
        auth_token: str,
        sender: str,
        status_callback: str,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._url = f"{base_url.rstrip('/')}/2010-04-01/Accounts/{account_sid}/Messages.json"
        self._from = "MessagingServiceSid" if sender.startswith(SERVICE_PREFIX) else "From"
        self._sender = sender
        self._status_callback = status_callback
        self._deadline_s = deadline_s
        self._client = httpx.Client(
            transport=DeadlineTransport(),
            auth=(account_sid, auth_token),
            timeout=httpx.Timeout(read_timeout_s, connect=connect_timeout_s),
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            trust_env=False,
        )

    def send(self, text: OutgoingText) -> Outcome:
        """Hand over one text, once."""
        try:
            status, headers, body = self._exchange("POST", data=self._form(text))
        except _NEVER_SENT as error:
            log.warning("text.provider_unreachable", text=text.text_id, error=type(error).__name__)
            return Deferred("provider_unreachable")
        except httpx.RequestError as error:
            return Unknown(type(error).__name__)
        outcome = read_answer(status, headers, body)
        if isinstance(outcome, Refused) and outcome.code in ALARMS:
            log.error("text.provider_misconfigured", code=outcome.code, reason=outcome.reason)
        return outcome

    def find(self, text: OutgoingText) -> Sequence[Receipt] | Unknown:
        """What Twilio has to this number in these words, the newest first."""
        try:
            status, _, body = self._exchange("GET", params={"To": text.to.e164, "PageSize": LISTED})
        except httpx.RequestError as error:
            return Unknown(type(error).__name__)
        listed = _json(body).get("messages")
        if status != HTTPStatus.OK or not isinstance(listed, list):
            return Unknown(f"status {status}")
        same_words = [each for each in listed if _field(each, "body") == text.body]
        return [receipt for receipt in map(_read_listed, same_words) if receipt]

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _form(self, text: OutgoingText) -> dict[str, str]:
        return {
            "To": text.to.e164,
            self._from: self._sender,
            "Body": text.body,
            # Our id comes back with every receipt, also where the answer with Twilio's got lost.
            "StatusCallback": f"{self._status_callback}?{urlencode({'text': text.text_id})}",
        }

    def _exchange(self, method: str, **sent: Any) -> tuple[int, httpx.Headers, bytes]:
        with (
            deadline(self._deadline_s),
            self._client.stream(method, self._url, **sent) as answer,
        ):
            return answer.status_code, answer.headers, _body(answer)


def read_answer(status: int, headers: Mapping[str, str], body: bytes) -> Outcome:
    """Translate Twilio's answer to a request to send."""
    answer = _json(body)
    if status in _TAKEN:
        return _taken(answer)
    code = _number(answer.get("code"))
    if status == _TOO_MANY or code in LATER:
        return Deferred("provider_busy", _wait_s(headers))
    if status in _NO and status != _REQUEST_TIMEOUT:
        ours = CODES.get(code) or _CODE_OF_STATUS.get(status, OTHER_CODE)
        return Refused(ours, f"status {status}, code {code}")
    return Unknown(f"status {status}")


def read_receipt(form: Mapping[str, str], text_id: str | None) -> Receipt | None:
    """Translate a status callback; None when it is not about a text of ours, or unreadable."""
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    status = STATUSES.get(form.get("MessageStatus") or form.get("SmsStatus") or "")
    if not _SID.fullmatch(sid) or status is None or "\0" in (text_id or ""):
        return None
    return Receipt(sid, status, _receipt_code(form, status), text_id)


def _read_listed(message: object) -> Receipt | None:
    """Translate one message of Twilio's list, which has the fields of a receipt in small letters."""
    code = _field(message, "error_code")
    form = {
        "MessageSid": _field(message, "sid"),
        "MessageStatus": _field(message, "status"),
        "ErrorCode": code,
    }
    return read_receipt({name: str(value or "") for name, value in form.items()}, None)


def _field(message: object, name: str) -> object:
    return message.get(name) if isinstance(message, dict) else None


def _body(answer: httpx.Response) -> bytes:
    body = bytearray()
    for piece in answer.iter_raw():
        body += piece
        if len(body) > ANSWER_BYTES_MAX:
            break
    return bytes(body)


def _json(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _taken(answer: Mapping[str, Any]) -> Outcome:
    sid = answer.get("sid")
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        return Unknown("taken, without an id")
    status = answer.get("status")
    if isinstance(status, str) and STATUSES.get(status) is TextStatus.UNDELIVERED:
        code = _number(answer.get("error_code"))
        return Refused(CODES.get(code, OTHER_CODE), f"status {status}, code {code}")
    return Sent(sid)


def _number(code: object) -> int:
    return code if isinstance(code, int) else 0


def _wait_s(headers: Mapping[str, str]) -> float | None:
    asked = headers.get("Retry-After", "")
    # A date instead of seconds is allowed there, and not worth understanding: we have a back-off.
    return min(float(asked), WAIT_S_MAX) if asked.isascii() and asked.isdigit() else None


def _receipt_code(form: Mapping[str, str], status: TextStatus) -> str | None:
    if status is not TextStatus.UNDELIVERED:
        return None
    code = form.get("ErrorCode", "")
    return CODES.get(int(code), OTHER_LOSS) if _CODE.fullmatch(code) else OTHER_LOSS

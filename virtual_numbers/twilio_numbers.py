"""Twilio's numbers over its REST API: the only file here that speaks Twilio's words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from foundation.clock import pause
from foundation.deadline import DeadlineTransport, deadline
from foundation.errors import Refusal, Unavailable
from foundation.phone_number import PhoneNumber
from virtual_numbers.provider import ProviderNumber, Webhooks

# Listing a large account takes several pages; an operator waits a minute, not longer.
DEADLINE_S = 60.0
PAGE_SIZE = 1000  # The most that Twilio gives at once.
PAGES_MAX = 100
# A full page is about 1.5 MB.
BODY_MAX = 10_000_000
# "Too many requests": waiting 1, 2 and 4 seconds outlasts the usual burst limit.
PAUSES_S = (1.0, 2.0, 4.0)
TOO_MANY_REQUESTS = 429
PROVIDER_FAULT = 500
# What Twilio's own sentence may add to ours; the rest of it is advertisement.
MESSAGE_MAX = 200

FORM_FIELDS = {
    "voice_url": "VoiceUrl",
    "voice_method": "VoiceMethod",
    "voice_fallback_url": "VoiceFallbackUrl",
    "status_callback": "StatusCallback",
    "status_callback_method": "StatusCallbackMethod",
    "voice_application_sid": "VoiceApplicationSid",
    "trunk_sid": "TrunkSid",
}


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes


class TwilioNumbers:
    """The numbers of one Twilio account. `close()` gives its connections back."""

    def __init__(
        self,
        base_url: str,
        account_sid: str,
        auth_token: str,
        *,
        deadline_s: float = DEADLINE_S,
        wait: Callable[[float], None] = pause,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._collection = f"/2010-04-01/Accounts/{quote(account_sid)}/IncomingPhoneNumbers"
        self._client = httpx.Client(
            transport=DeadlineTransport(),
            auth=(account_sid, auth_token),
            timeout=deadline_s,
            trust_env=False,
        )
        self._deadline_s = deadline_s
        self._wait = wait

    def close(self) -> None:
        self._client.close()

    def list_numbers(self) -> list[ProviderNumber]:
        """All numbers of the account, page after page, within one deadline."""
        path: str | None = f"{self._collection}.json?PageSize={PAGE_SIZE}"
        numbers: list[ProviderNumber] = []
        with deadline(self._deadline_s):
            for _ in range(PAGES_MAX):
                if path is None:
                    return numbers
                page = self._ask("GET", path)
                numbers += _numbers(page)
                path = _next_path(page)
        raise _unreadable("its list of numbers does not end")

    def set_webhooks(self, sid: str, webhooks: Webhooks) -> None:
        """Write all of a number's voice settings that are ours to say."""
        values = {theirs: getattr(webhooks, ours) for ours, theirs in FORM_FIELDS.items()}
        form = {theirs: value for theirs, value in values.items() if value is not None}
        path = f"{self._collection}/{quote(sid)}.json"
        with deadline(self._deadline_s):
            self._ask("POST", path, form)

    def _ask(self, method: str, path: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
        for pause_s in (*PAUSES_S, None):
            answer = self._send(method, path, form)
            if answer.status != TOO_MANY_REQUESTS or pause_s is None:
                break
            self._wait(pause_s)
        content = _content(answer)
        if not httpx.codes.is_success(answer.status):
            raise _refused(answer.status, content)
        if content is None:
            raise _unreadable("its answer is not JSON")
        return content

    def _send(self, method: str, path: str, form: Mapping[str, str] | None) -> _Answer:
        try:
            with self._client.stream(method, f"{self._base_url}{path}", data=form) as response:
                return _Answer(response.status_code, _body(response))
        except httpx.HTTPError:
            raise _silent() from None


def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > BODY_MAX:
            raise _unreadable("its answer does not end")
    return bytes(body)


def _content(answer: _Answer) -> dict[str, Any] | None:
    try:
        content = json.loads(answer.body)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _numbers(page: Mapping[str, Any]) -> list[ProviderNumber]:
    try:
        return [_number(entry) for entry in page["incoming_phone_numbers"]]
    except (KeyError, TypeError):
        raise _unreadable("its list of numbers has another shape") from None


def _number(entry: Mapping[str, Any]) -> ProviderNumber:
    # Twilio writes an unset field as null, as "", or not at all.
    settings = {field: str(entry.get(field) or "") for field in FORM_FIELDS}
    return ProviderNumber(entry["sid"], PhoneNumber(entry["phone_number"]), Webhooks(**settings))


def _next_path(page: Mapping[str, Any]) -> str | None:
    path = page.get("next_page_uri")
    # Only a path: our credentials go nowhere but to the address we were given.
    if path and not str(path).startswith("/"):
        raise _unreadable("its next page is somewhere else")
    return str(path) if path else None


def _refused(status: int, content: Mapping[str, Any] | None) -> Refusal:
    said = content or {}
    words = f"{said.get('message', 'without a reason')}"[:MESSAGE_MAX]
    sentence = f"The provider of numbers answered {status} ({said.get('code', 'no code')}): {words}"
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        advice = "Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
        return Refusal(f"{sentence}. {advice}", code="number_provider_refused")
    if status == TOO_MANY_REQUESTS or status >= PROVIDER_FAULT:
        return Unavailable(f"{sentence}. Try again later.", code="number_provider_unavailable")
    return Refusal(sentence, code="number_provider_refused")


def _silent() -> Unavailable:
    return Unavailable(
        "The provider of numbers did not answer in time. Check TWILIO_API_BASE_URL and the "
        "network, then run this again: it is safe to repeat.",
        code="number_provider_unavailable",
    )


def _unreadable(why: str) -> Unavailable:
    return Unavailable(
        f"The provider of numbers answered something we cannot read: {why}. "
        "Check TWILIO_API_BASE_URL.",
        code="number_provider_unavailable",
    )

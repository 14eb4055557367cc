"""A provider of numbers in memory, which keeps the protocol's promises."""

from __future__ import annotations

from dataclasses import replace

from foundation.errors import Refusal
from foundation.phone_number import PhoneNumber
from virtual_numbers.provider import ProviderNumber, Webhooks

UNSET = Webhooks(
    voice_url="",
    voice_fallback_url="",
    status_callback="",
    voice_method="",
    status_callback_method="",
)


class FakeProvider:
    """Rents numbers that are set up as they were told."""

    def __init__(self) -> None:
        self.numbers: dict[str, ProviderNumber] = {}
        self.writes = 0

    def rents(self, sid: str, phone_number: str, **fields: str) -> None:
        self.numbers[sid] = ProviderNumber(sid, PhoneNumber(phone_number), replace(UNSET, **fields))

    def list_numbers(self) -> list[ProviderNumber]:
        return list(self.numbers.values())

    def set_webhooks(self, sid: str, webhooks: Webhooks) -> None:
        if sid not in self.numbers:
            raise Refusal("The provider has no such number.", code="number_provider_refused")
        self.writes += 1
        number = self.numbers[sid]
        fallback = webhooks.voice_fallback_url
        if fallback is None:
            webhooks = replace(webhooks, voice_fallback_url=number.webhooks.voice_fallback_url)
        self.numbers[sid] = replace(number, webhooks=webhooks)

"""What we need of whoever rents us the numbers: a list of them, and where they ring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from foundation.phone_number import PhoneNumber


@dataclass(frozen=True)
class Webhooks:
    """Where a number's calls are answered. The empty fields would override all others if set."""

    voice_url: str
    status_callback: str
    # Without an address of ours, whatever an operator set up at the provider stays.
    voice_fallback_url: str | None = None
    voice_method: str = "POST"
    status_callback_method: str = "POST"
    voice_application_sid: str = ""
    trunk_sid: str = ""


@dataclass(frozen=True)
class ProviderNumber:
    """A number as the provider has it, under the provider's own id."""

    sid: str
    number: PhoneNumber
    webhooks: Webhooks


class Provider(Protocol):
    """Whoever rents us the numbers. Nothing here buys or releases one."""

    def list_numbers(self) -> list[ProviderNumber]:
        """All numbers of the account. Raises a Refusal if the provider does not answer plainly."""
        ...

    def set_webhooks(self, sid: str, webhooks: Webhooks) -> None:
        """Have a number ring at these addresses. Safe to repeat."""
        ...

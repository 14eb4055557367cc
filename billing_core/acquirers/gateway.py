"""What a gateway brings along: its contract, its adapter, and what its webhooks mean.

A gateway's file holds its adapter and ends in one `Gateway`; that is all the product knows of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from billing_core.acquirers.gateway_line import GatewayLine, Words
from billing_core.acquirers.protocol import Acquirer
from foundation.clock import Clock


class Contract(BaseModel):
    """What a gateway gave an operator or a merchant; secrets in it are `SecretStr`.

    A field is also a setting: NICEPAY_CLIENT_KEY is the field `client_key` of the gateway "nicepay".
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    base_url: str


@dataclass(frozen=True)
class Wire:
    """How long to wait for a gateway, in seconds, and the clock to sign requests by."""

    clock: Clock
    connect_timeout_s: float
    read_timeout_s: float

    def line(self, base_url: str) -> GatewayLine:
        """A line to this address."""
        return GatewayLine(
            base_url,
            connect_timeout_s=self.connect_timeout_s,
            read_timeout_s=self.read_timeout_s,
        )


@dataclass(frozen=True)
class Notice:
    """What a gateway's webhook is about: an order of ours, and a name by which repeats are known."""

    order_id: str
    fingerprint: str


@dataclass(frozen=True)
class Gateway:
    """One gateway."""

    name: str
    contract: type[Contract]
    # An acquirer under this contract.
    open: Callable[[Any, Wire], Acquirer]
    # What a webhook is about; None for what is no business of ours, a test delivery among others.
    read_notice: Callable[[Words], Notice | None]
    # What the gateway wants to hear: (body, content type), always with status 200.
    thanks: tuple[str, str] = ("", "text/plain")

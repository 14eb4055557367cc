"""What came of an attempt to register a card, for whoever asked."""

from __future__ import annotations

from dataclasses import dataclass

from billing_core.acquirers.declines import DeclineCode
from billing_core.attempt_limits import Limit


@dataclass(frozen=True)
class Registered:
    """The card is registered. `issuer` is the spoken name."""

    issuer: str
    last4: str
    bill_key_id: str


@dataclass(frozen=True)
class Declined:
    """An explicit no, and whether the registration would take another card today."""

    reason: DeclineCode
    may_try_again: bool


@dataclass(frozen=True)
class Stopped:
    """A limit was reached; nothing was sent."""

    limit: Limit


@dataclass(frozen=True)
class Gone:
    """The registration takes no card any more, for it is canceled or so; nothing was sent."""

    status: str = "canceled"


@dataclass(frozen=True)
class Unknown:
    """No answer yet. It resolves by itself, and the customer gets a text."""


CardResult = Registered | Declined | Stopped | Gone | Unknown

"""What came of an attempt to have a charge approved, for whoever asked."""

from __future__ import annotations

from dataclasses import dataclass

from billing_core.acquirers.declines import DeclineCode
from billing_core.attempt_limits import Limit


@dataclass(frozen=True)
class Approved:
    """Money moved. `issuer` is the spoken name; `replaced`: the card is the bill key from now on."""

    issuer: str
    last4: str
    approval_number: str
    months: int
    is_interest_free: bool
    replaced: bool = False


@dataclass(frozen=True)
class Declined:
    """An explicit no; nothing was charged."""

    reason: DeclineCode


@dataclass(frozen=True)
class Stopped:
    """A limit on card checks was reached; nothing was sent."""

    limit: Limit


@dataclass(frozen=True)
class Gone:
    """The charge cannot be approved any more, for it is canceled or so; nothing was sent."""

    status: str = "canceled"


@dataclass(frozen=True)
class Unknown:
    """No answer yet. It resolves by itself; nobody may charge again meanwhile."""


ChargeResult = Approved | Declined | Stopped | Gone | Unknown

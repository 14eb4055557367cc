"""What a script asks of the world: deeds done with the turn, and work that a caller waits for.

A script only says that something is to be done. Deeds are small and done in the transaction of the
turn; held work touches the acquirer and is done by a worker while the caller is on hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from billing_core import card_results, charge_results
from billing_core.card_results import CardResult
from billing_core.charge_results import ChargeResult
from billing_core.sealed_answers import CardEntry
from ivr.words import Words


@dataclass(frozen=True)
class RecordConsent:
    """The caller pressed this key after these words; `facts` bind what was said to what is done."""

    subject: str
    words: tuple[Words, ...]
    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RefuseRequest:
    """The caller said no, for a reason where one was given."""

    reason: str = ""


@dataclass(frozen=True)
class RequestCallBack:
    """The caller wants to be called by a person."""


@dataclass(frozen=True)
class RequestAnew:
    """The request is over and the caller wants a new one."""


@dataclass(frozen=True)
class SendTextAgain:
    """Send the text of the request, or of its result, once more."""


@dataclass(frozen=True)
class RemindLater:
    """Remind the customer tomorrow at ten."""


@dataclass(frozen=True)
class StageWork:
    """Have the worker do what the call is held for."""


Deed = (
    RecordConsent
    | RefuseRequest
    | RequestCallBack
    | RequestAnew
    | SendTextAgain
    | RemindLater
    | StageWork
)


@dataclass(frozen=True)
class RegisterCard:
    """Check the card with the acquirer and issue a bill key."""

    entry: CardEntry

    def outcome(self, kept: Mapping[str, Any]) -> CardResult:
        """Read what came of it from the journal."""
        result: CardResult = _read(card_results, kept)
        return result


@dataclass(frozen=True)
class PayCharge:
    """Have the charge approved: on the registered card, or on one keyed in this call."""

    months: int
    is_interest_free: bool
    entry: CardEntry | None = None
    replaces: bool = False

    def outcome(self, kept: Mapping[str, Any]) -> ChargeResult:
        """Read what came of it from the journal."""
        result: ChargeResult = _read(charge_results, kept)
        return result


Work = RegisterCard | PayCharge


def result_to_json(result: CardResult | ChargeResult) -> dict[str, Any]:
    """Write what came of held work for the journal."""
    return {"kind": type(result).__name__, **vars(result)}


def _read(results: Any, kept: Mapping[str, Any]) -> Any:
    kind = getattr(results, kept["kind"])
    # A worker of a newer version may have written more than is known here.
    return kind(**{name: kept[name] for name in kind.__dataclass_fields__ if name in kept})

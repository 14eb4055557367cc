"""What a script asks of the world: deeds done with the turn, and work that a caller waits for.

A script only says that something is to be done. Deeds are small and done in the transaction of the
turn; held work touches the acquirer and is done by a worker while the caller is on hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from billing_core.card_results import (
    CardResult,
    Declined,
    Gone,
    Registered,
    Stopped,
    Unknown,
)
from billing_core.sealed_answers import CardEntry
from ivr.words import Words


@dataclass(frozen=True)
class RecordConsent:
    """The caller pressed 1 after these words."""

    subject: str
    words: tuple[Words, ...]
    key: str


@dataclass(frozen=True)
class RefuseRequest:
    """The caller said no."""


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
class StageWork:
    """Have the worker do what the call is held for."""


Deed = RecordConsent | RefuseRequest | RequestCallBack | RequestAnew | SendTextAgain | StageWork


@dataclass(frozen=True)
class RegisterCard:
    """Check the card with the acquirer and issue a bill key."""

    entry: CardEntry

    @staticmethod
    def outcome(kept: Mapping[str, Any]) -> CardResult:
        """Read what came of it from the journal."""
        values = dict(kept)
        return _RESULTS[values.pop("kind")](**values)


def result_to_json(result: CardResult) -> dict[str, Any]:
    """Write what came of held work for the journal."""
    return {"kind": type(result).__name__, **vars(result)}


_RESULTS: Mapping[str, Callable[..., CardResult]] = {
    kind.__name__: kind for kind in (Registered, Declined, Stopped, Gone, Unknown)
}

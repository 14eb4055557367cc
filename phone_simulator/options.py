"""What may be chosen about a simulator: its account, its numbers, and how it behaves where the provider is not documented."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from phone_simulator.hints import Hints

ACCOUNT_SID = "AC00000000000000000000000000000001"
AUTH_TOKEN = "simulator-auth-token"  # noqa: S105 - a secret that everybody knows
REQUEST_BUDGET_S = 15.0
PACE_MAX = 100.0


@dataclass(frozen=True)
class Behaviour:
    """Choices that a call script may override under `options:`."""

    # A finishOnKey pressed before any digit: "empty" ends the Gather, "ignored" does nothing, "posted" sends Digits=#.
    bare_finish_key: str = "empty"
    # An empty result that is posted carries no Digits at all ("absent") or a blank one ("blank").
    empty_digits: str = "absent"
    # Keys pressed while nothing listens are lost; with type_ahead they wait for the next Gather.
    type_ahead: bool = False
    # What becomes of a transfer: the person called answers, is busy, lets it ring, or cannot be reached.
    transfer: str = "answered"
    # Post what was typed with CallStatus=completed when the caller hangs up inside a Gather.
    hangup_flush: bool = False
    realtime: bool = False
    # How many seconds of the call pass in one real second, where time is real.
    pace: float = 1.0
    # A top-level Pause right before a Redirect means that our worker is busy: it gets this share of real time.
    hold_scale: float = 0.1
    # Virtual seconds that one webhook takes; keys pressed meanwhile are outside every Gather.
    round_trip_s: float = 0.0
    documents_max: int = 600
    # So many documents in a row without any virtual time are an endless loop.
    idle_documents_max: int = 20
    call_max_s: float = 4 * 3600.0
    request_budget_s: float = REQUEST_BUDGET_S
    signature: str = "HMAC_SHA1"
    # Fail a run on project rules too, not only on the provider's own error codes.
    strict: bool = False


CHOICES: dict[str, tuple[str, ...]] = {
    "bare_finish_key": ("empty", "ignored", "posted"),
    "empty_digits": ("absent", "blank"),
    "transfer": ("answered", "busy", "no-answer", "failed"),
    "signature": ("HMAC_SHA1", "HMAC_SHA256"),
}


@dataclass(frozen=True)
class SimulatorOptions:
    account_sid: str = ACCOUNT_SID
    auth_token: str = AUTH_TOKEN
    voice_url: str | None = None
    fallback_url: str | None = None
    status_url: str | None = None
    numbers: tuple[str, ...] = ()
    catalogues: tuple[Path, ...] = ()
    api_url: str | None = None
    api_key: str | None = None
    # The words of the command that moves the product's test clock; the duration is added as the last word.
    clock_command: tuple[str, ...] = ()
    # What the page shows besides the call: test cards, suggested keys. See `hints.py`.
    hints: Hints = Hints()
    # The control API answers only callers on this machine, unless this is set.
    remote_control: bool = False
    behaviour: Behaviour = Behaviour()


def changed(behaviour: Behaviour, wishes: dict[str, Any]) -> Behaviour:
    """Apply a script's `options:`; a ValueError or TypeError names the first one that makes no sense."""
    for name, value in wishes.items():
        _refuse_nonsense(name, value)
    return replace(behaviour, **{name: _as_number(name, value) for name, value in wishes.items()})


def _refuse_nonsense(name: str, value: Any) -> None:
    kinds = {field.name: field.default for field in fields(Behaviour)}
    if name not in kinds:
        raise ValueError(f"options.{name}: unknown; known are {', '.join(kinds)}")
    if name in CHOICES and value not in CHOICES[name]:
        raise ValueError(f"options.{name}: {value!r} is not one of {', '.join(CHOICES[name])}")
    if name == "pace" and isinstance(value, (int, float)) and not 0 < value <= PACE_MAX:
        raise ValueError(f"options.pace: {value!r} is not between 0 and {PACE_MAX:g}")
    if isinstance(kinds[name], bool) != isinstance(value, bool):
        raise TypeError(f"options.{name}: {value!r} has the wrong type")
    if isinstance(kinds[name], (int, float)) and not isinstance(value, (bool, int, float)):
        raise TypeError(f"options.{name}: {value!r} is not a number")


def _as_number(name: str, value: Any) -> Any:
    default = getattr(Behaviour(), name)
    return float(value) if isinstance(default, float) else value

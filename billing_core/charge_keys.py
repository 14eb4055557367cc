"""With what a charge is paid: the registered card, or one keyed in the call."""

from __future__ import annotations

from dataclasses import dataclass

from billing_core.sealed_answers import CardEntry


@dataclass(frozen=True)
class RegisteredKey:
    """The bill key of the charge."""


@dataclass(frozen=True)
class EnteredKey:
    """A card keyed in the call, for this charge or, with `replaces`, for all that follow too."""

    entry: CardEntry
    replaces: bool


ChargeKey = RegisteredKey | EnteredKey

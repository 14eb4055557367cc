"""What goes wrong in a run: drawn from the seed, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """What befalls one request to the acquirer."""

    NONE = "none"
    REQUEST_LOST = "request lost"
    REPLY_LOST = "reply lost"
    ERROR_BEFORE = "server error before the effect"
    ERROR_AFTER = "server error after the effect"
    LATE = "arrives late"
    TWICE = "arrives twice"


FAULTS = tuple(fault for fault in Fault if fault is not Fault.NONE)


class CrashError(BaseException):
    """Our process dies here. Nobody but the simulation catches it."""


@dataclass
class Weather:
    """How bad it is in this run. Calm weather has no faults at all."""

    rng: Random
    is_calm: bool = False
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._fault = self.rng.choice((0.2, 0.5, 0.8))
        self._inquiry_down = self.rng.choice((0.0, 0.3, 0.7))
        self._crash = self.rng.choice((0.0, 0.03, 0.1))
        self._meanwhile = self.rng.choice((0.0, 0.05, 0.15))
        self._twice = self.rng.choice((0.0, 0.1, 0.3))

    def fault(self, verb: str) -> Fault:
        """The fault of the next request of this kind."""
        if not self._strikes(self._fault):
            return Fault.NONE
        fault = self.rng.choice(FAULTS)
        self.seen[f"{verb}: {fault}"] += 1
        return fault

    def is_inquiry_down(self, verb: str) -> bool:
        return self._strikes(self._inquiry_down) and self._note(f"{verb}: inquiry down")

    def crashes(self, place: str) -> bool:
        return self._strikes(self._crash) and self._note(f"crash {place}")

    def lets_others_in(self) -> bool:
        """Whether somebody else does something in between."""
        return self._strikes(self._meanwhile) and self._note("somebody else in between")

    def does_twice(self) -> bool:
        """Whether two workers get the same job."""
        return self._strikes(self._twice) and self._note("a job given to two workers")

    def forgets(self) -> bool:
        """Whether a job that died is never done again, and the sweeps must see to it."""
        return self._strikes(0.3) and self._note("a job that died is forgotten")

    def _strikes(self, chance: float) -> bool:
        return not self.is_calm and self.rng.random() < chance

    def _note(self, what: str) -> bool:
        self.seen[what] += 1
        return True

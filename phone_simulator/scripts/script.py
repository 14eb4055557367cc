"""A call script as values, and the error that says exactly where one is wrong."""

import re
from dataclasses import dataclass, field
from typing import Any

from phone_simulator.masking import without_card_numbers

SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


class ScriptError(Exception):
    """A script that cannot be played; the message names file, call, step and field, and no card."""

    def __init__(self, message: str) -> None:
        # Whoever forgets a word or an indent has written the card where a name belongs.
        super().__init__(without_card_numbers(message))


@dataclass(frozen=True)
class Step:
    kind: str
    number: int
    options: dict[str, Any] = field(default_factory=dict, repr=False)

    def get(self, name: str, default: Any = None) -> Any:
        return self.options.get(name, default)


@dataclass(frozen=True)
class CallScript:
    """One caller: whom they call, as whom, and what happens. `callers` are further ones at the same time."""

    name: str
    dial: str | None = None
    caller: str = "010-0000-0001"
    steps: tuple[Step, ...] = ()
    given: dict[str, Any] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    callers: tuple["CallScript", ...] = ()
    # Codes of problems that this script provokes on purpose.
    allow: tuple[str, ...] = ()
    # A caller without a plan, instead of steps.
    random: dict[str, Any] | None = None

    @property
    def moves_clock(self) -> bool:
        """Whether it moves the product's clock, which is everybody's."""
        others = [step.get("call") for step in self.steps if step.kind == "meanwhile"]
        return any(step.kind == "clock" for step in self.steps) or any(
            other.moves_clock for other in (*others, *self.callers)
        )


@dataclass(frozen=True)
class ScriptFile:
    path: str
    calls: tuple[CallScript, ...]


def seconds_of(written: Any) -> float:
    """Read `200ms`, `1.5s`, `3d` or a bare number of seconds; raise ValueError for anything else."""
    if isinstance(written, (int, float)) and not isinstance(written, bool):
        return float(written)
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)", str(written).strip())
    if found is None:
        raise ValueError(f"{written!r} is not a duration such as 200ms, 1.5s, 3d")
    return float(found.group(1)) * SECONDS[found.group(2)]

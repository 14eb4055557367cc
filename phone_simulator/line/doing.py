"""What is happening on a line at this moment, for those who watch it."""

from dataclasses import dataclass, field
from typing import Any

from phone_simulator.clock import monotonic_s


@dataclass(frozen=True)
class Doing:
    """`ringing`, `speaking`, `asking` (for keys, within so many seconds), `waiting` or `over`."""

    what: str
    seconds: float | None = None
    hears_keys: bool = False
    # How many keys of how many have been pressed; never which.
    typed: int = 0
    digits_max: int | None = None
    began_at: float = field(default_factory=monotonic_s)

    def as_json(self) -> dict[str, Any]:
        """With the seconds that have passed, so that a watcher needs no clock of ours."""
        return {
            "what": self.what, "seconds": self.seconds, "passed": round(monotonic_s() - self.began_at, 2),
            "hears_keys": self.hears_keys, "typed": self.typed, "digits_max": self.digits_max,
        }  # fmt: skip

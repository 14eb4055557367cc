"""A caller without a plan: answers, answers wrongly, says nothing, hangs up; the same seed does the same."""

import random
from typing import Any

from phone_simulator.line.caller import Act, Asked, GatherEnded, HangUp, Key, LineEvent
from phone_simulator.scripts.agenda import GAP_S, HANG_UP, REACTION_S, Agenda

KEYS = "1234567890*#"
# A test card, so that even a random caller gets past the card question now and then; see the sandbox's list.
SENSIBLE = {1: ("1",), 2: ("12",), 4: ("1230",), 6: ("900101",), 10: ("1234567891",)}
CARD = "9999000000000004"
TURNS_MAX = 60


class RandomCaller:
    """Keeps the Caller protocol; every question gets one random reaction."""

    def __init__(self, seed: str, settings: dict[str, Any]) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a rehearsal, not a secret
        self._wrong = _share(settings.get("wrong", "20%"))
        self._silent = _share(settings.get("silent", "10%"))
        self._leaving = _share(settings.get("hangup", "3%"))
        self._turns_left = int(settings.get("turns", TURNS_MAX))
        self._agenda = Agenda()

    def act(self, now: float, until: float) -> Act | None:
        item = self._agenda.next_before(until)
        if item is None:
            return None
        at = max(now, item.at)
        return HangUp(at) if item.what == HANG_UP else Key(item.what, at)

    def notice(self, event: LineEvent) -> None:
        if isinstance(event, Asked):
            self._react(event)
        elif isinstance(event, GatherEnded):
            self._agenda.clear()

    def _react(self, event: Asked) -> None:
        start = event.at + REACTION_S + self._random.random() * 2
        self._turns_left -= 1
        if self._turns_left < 0 or self._random.random() < self._leaving:
            self._agenda.hang_up(start)
        elif self._random.random() >= self._silent:
            self._agenda.type_keys(self._keys(event.digits_max or 16), start, GAP_S)

    def _keys(self, digits_max: int) -> str:
        if self._random.random() < self._wrong:
            return "".join(self._random.choices(KEYS, k=self._random.randint(1, digits_max)))
        return self._random.choice(SENSIBLE.get(digits_max, (CARD,)))


def _share(written: Any) -> float:
    """Read `20%` or 0.2."""
    return float(str(written).rstrip("%")) / 100 if str(written).endswith("%") else float(written)

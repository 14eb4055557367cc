"""What a scripted caller is going to do and when, in seconds of the line's clock."""

import heapq
from dataclasses import dataclass, field
from itertools import count

# A pause a person makes between hearing the question and pressing the first key.
REACTION_S = 0.5
GAP_S = 0.2
PAUSES = {"w": 0.5, "W": 1.0, ",": 0.5}
HANG_UP = "hang up"
TIMER = "timer"


@dataclass(frozen=True, order=True)
class Item:
    at: float
    order: int
    what: str = field(compare=False)
    # The last key of a press, after which the script goes on.
    is_last: bool = field(compare=False, default=False)


@dataclass
class Agenda:
    items: list[Item] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)

    def next_before(self, until: float) -> Item | None:
        return heapq.heappop(self.items) if self.items and self.items[0].at <= until else None

    def type_keys(self, keys: str, start: float, gap: float) -> None:
        at, typed = start, []
        for key in keys:
            if key in PAUSES:
                at += PAUSES[key]
            else:
                typed.append((at, key))
                at += gap
        for index, (moment, key) in enumerate(typed):
            self._put(moment, key, is_last=index == len(typed) - 1)

    def hang_up(self, at: float) -> None:
        self._put(at, HANG_UP)

    def wake(self, at: float) -> int:
        """Ask for a TimeUp with the number given back."""
        return self._put(at, TIMER).order

    def clear(self) -> None:
        self.items.clear()

    def _put(self, at: float, what: str, *, is_last: bool = False) -> Item:
        item = Item(at, next(self._order), what, is_last)
        heapq.heappush(self.items, item)
        return item

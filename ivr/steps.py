"""Going through a conversation step by step: on, one back, from the start, or to its end."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any


class Back(Exception):
    """The caller pressed `#` with nothing typed: one step back."""


class StartOver(Exception):
    """The caller wants to begin these steps again."""


class Goodbye(Exception):
    """The conversation is over; what was said last has been said."""


async def in_order(*steps: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Go through steps; `#` goes one back, StartOver goes to the first."""
    at = 0
    while at < len(steps):
        try:
            await steps[at]()
        except Back:
            at = max(at - 1, 0)
        except StartOver:
            at = 0
        else:
            at += 1

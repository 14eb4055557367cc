"""Replay: run a script from its journal to the turn that comes next. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ivr.call import Call, Script
from ivr.facts import Facts
from ivr.steps import Goodbye
from ivr.turns import Json, Turn
from ivr.work import Deed


@dataclass(frozen=True)
class Entry:
    """One answered turn: which kind of question it was, and what is kept of the answer."""

    key: str
    kept: Json


@dataclass(frozen=True)
class Next:
    """The turn after the journal, and the deeds that come with it."""

    turn: Turn
    deeds: tuple[Deed, ...]
    heard: Entry | None = None


class ScriptChanged(Exception):
    """The journal answers other questions than the script asks: it was changed during the call."""


def replay(
    script: Script,
    sid: str,
    facts: Facts,
    journal: Sequence[Entry],
    hear: Callable[[Turn], Json] | None = None,
    first: int = 0,
) -> Next:
    """Return the turn that comes after everything in the journal.

    With `hear`, the turn after the journal is answered by it first; the answer is in `heard`.
    `first` is the position of the journal's first entry.
    """
    call = Call(sid, facts, first)
    conversation = script(call)
    heard: Entry | None = None
    try:
        turn = conversation.send(None)
        for entry in journal:
            if entry.key != turn.key:
                raise ScriptChanged(f"{turn.key} expected, the journal has {entry.key}")
            turn = conversation.send(entry.kept)
        if hear is not None:
            heard = Entry(turn.key, hear(turn))
            turn = conversation.send(heard.kept)
    except (StopIteration, Goodbye):
        turn = call.last_turn()
    finally:
        conversation.close()
    return Next(turn, tuple(call.deeds), heard)

"""What can come next in a call: a question, a wait, a transfer or the end. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ivr.words import Language, Words
from ivr.work import Work

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One sentence to be said. Where barge-in is off, keys pressed meanwhile are lost on purpose."""

    words: Words
    barge_in: bool = True


@dataclass(frozen=True)
class Silence:
    """Whole seconds in which nothing is said and keys are lost."""

    seconds: int


@dataclass(frozen=True)
class Keys:
    """How keys are collected: at most `most`, ended by `finish` ("" = by no key).

    `first_wait_s` is the time until the first key, `wait_s` the time between keys, in seconds.
    """

    most: int
    finish: str
    first_wait_s: int
    wait_s: int


@dataclass(frozen=True)
class Heard:
    """What a turn delivered: the keys and the key that ended them, or how a transfer ended."""

    digits: str = ""
    finished_on: str = ""
    transfer: str = ""


@dataclass(frozen=True)
class Kept:
    """What the journal keeps of an answer, and the digits that are sealed beside it."""

    journal: Json
    sealed: str | None = None


class Kind(Protocol):
    """A kind of answer: how many keys, and what may be kept of them."""

    @property
    def name(self) -> str:
        """The journal's word for this kind; a changed order of questions is noticed by it."""

    @property
    def keys(self) -> Keys:
        """How its keys are collected."""

    def keep(self, heard: Heard) -> Kept:
        """Check what was keyed and decide what is kept. Pure."""


@dataclass(frozen=True)
class Manner:
    """How everything in a turn is said."""

    language: Language = "ko"
    slow: bool = False


@dataclass(frozen=True)
class Question:
    """Say the lines, then collect keys of this kind."""

    lines: tuple[Line | Silence, ...]
    kind: Kind
    manner: Manner

    @property
    def key(self) -> str:
        return self.kind.name


@dataclass(frozen=True)
class Wait:
    """Say the lines, pause, and come back to look whether the held work is done."""

    lines: tuple[Line | Silence, ...]
    work: Work
    seconds: int
    manner: Manner

    @property
    def key(self) -> str:
        return f"hold:{type(self.work).__name__}"


@dataclass(frozen=True)
class Transfer:
    """Say the lines and connect the caller to a person; afterwards come back with how it ended."""

    lines: tuple[Line | Silence, ...]
    number: str
    manner: Manner
    key: str = "transfer"


@dataclass(frozen=True)
class HangUp:
    """Say the lines and end the call."""

    lines: tuple[Line | Silence, ...]
    manner: Manner
    key: str = "hang up"


Turn = Question | Wait | Transfer | HangUp

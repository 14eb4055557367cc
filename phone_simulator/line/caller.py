"""What somebody on the telephone can do and notice; scripted, random and human callers all keep this protocol."""

from dataclasses import dataclass
from typing import Protocol

from phone_simulator.line.exchange import Exchange

KEYS = "0123456789*#"


@dataclass(frozen=True)
class Key:
    key: str
    at: float


@dataclass(frozen=True)
class HangUp:
    at: float


Act = Key | HangUp


@dataclass
class Prompt:
    """A sentence as it is being spoken; `cut_at` is set when a key stopped it."""

    text: str
    ids: frozenset[str]
    best: frozenset[str]
    language: str
    began_at: float
    seconds: float
    nested: bool
    cut_at: float | None = None

    @property
    def name(self) -> str:
        return "/".join(sorted(self.best)) or "?"


@dataclass(frozen=True)
class PromptBegan:
    prompt: Prompt


@dataclass(frozen=True)
class PromptEnded:
    prompt: Prompt
    at: float


@dataclass(frozen=True)
class Asked:
    """A Gather has said everything it has to say, or a key stopped it: now it waits for keys."""

    at: float
    digits_max: int | None


@dataclass(frozen=True)
class GatherEnded:
    at: float
    reason: str


@dataclass(frozen=True)
class Exchanged:
    exchange: Exchange
    at: float


@dataclass(frozen=True)
class CallEnded:
    by: str
    at: float
    fallback: bool = False


LineEvent = PromptBegan | PromptEnded | Asked | GatherEnded | Exchanged | CallEnded


class Caller(Protocol):
    """Decides keys. Times are seconds since the call began, on the line's own clock."""

    def act(self, now: float, until: float) -> Act | None:
        """The next thing the caller does before `until`, or None; a caller in real time lets it pass first."""
        ...

    def notice(self, event: LineEvent) -> None: ...

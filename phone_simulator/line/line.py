"""The line between a caller and a document: its clock, what is spoken on it, and which keys get through."""

from collections import deque
from dataclasses import dataclass, field

from phone_simulator.catalogue import Catalogue
from phone_simulator.line.call import Call
from phone_simulator.line.caller import (
    Act,
    Caller,
    HangUp,
    Key,
    LineEvent,
    Prompt,
    PromptBegan,
    PromptEnded,
)
from phone_simulator.line.doing import Doing
from phone_simulator.line.exchange import Exchange
from phone_simulator.line.sabotage import Sabotage
from phone_simulator.masking import without_card_numbers
from phone_simulator.options import Behaviour
from phone_simulator.twiml.problems import Problem


@dataclass(frozen=True)
class Goto:
    """Ask for the next document."""

    purpose: str
    method: str
    url: str
    extra: dict[str, str] = field(default_factory=dict, repr=False)
    menu: bool = False


@dataclass(frozen=True)
class End:
    """The call is over; `by` says who or what ended it."""

    by: str
    flush: Goto | None = None


@dataclass
class Line:
    call: Call
    caller: Caller
    behaviour: Behaviour
    catalogue: Catalogue
    sabotage: Sabotage = field(default_factory=Sabotage)
    # Virtual seconds since the call began.
    now: float = 0.0
    _kept_keys: deque[str] = field(default_factory=deque)

    def act(self, until: float, *, listening: bool = False) -> Act | None:
        """What the caller does next before `until`; the line's clock moves to that moment."""
        if listening and self._kept_keys:
            return Key(self._kept_keys.popleft(), self.now)
        until = min(until, self.behaviour.call_max_s)
        while not self.is_cut:
            act = self.caller.act(self.now, until)
            if act is None:
                self.now = max(self.now, until)
                return HangUp(self.now) if self.is_cut else None
            self.now = max(self.now, min(act.at, until))
            if isinstance(act, Key) and self.sabotage.loses_key():
                self.call.note(self.now, "bad_line", lost=1)
                continue
            return act
        return HangUp(self.now)

    @property
    def is_cut(self) -> bool:
        return self.call.stop.is_set() or self.now >= self.behaviour.call_max_s

    def hung_up(self) -> End:
        """The end that belongs to a HangUp: the caller's, or one from outside."""
        if self.now >= self.behaviour.call_max_s:
            return End("too_long")
        return End("api" if self.call.stop.is_set() else "caller")

    def rest(self, seconds: float) -> End | None:
        """Let time pass while nothing listens: keys are lost or, with type-ahead, kept."""
        until = self.now + seconds
        while (act := self.act(until)) is not None:
            if isinstance(act, HangUp):
                return self.hung_up()
            self._drop(act.key)
        return None

    def _drop(self, key: str) -> None:
        if self.behaviour.type_ahead:
            self._kept_keys.append(key)
            return
        self.call.keys_dropped += 1
        last = self.call.entries[-1] if self.call.entries else None
        if last is not None and last.kind == "keys_dropped":
            last.details["count"] += 1
        else:
            self.call.note(self.now, "keys_dropped", count=1)

    def begin(self, text: str, language: str, seconds: float, *, nested: bool) -> Prompt:
        names = self.catalogue.name(text)
        shown = without_card_numbers(text)
        prompt = Prompt(shown, names.ids, names.best, language, self.now, seconds, nested)
        self.call.heard |= names.best
        details = {"ids": sorted(names.best), "text": shown, "language": language}
        self.call.note(self.now, "prompt", **details, seconds=round(seconds, 2), nested=nested)
        self.call.does(Doing("speaking", seconds, hears_keys=nested))
        self.notice(PromptBegan(prompt))
        return prompt

    def finish(self, prompt: Prompt, *, cut: bool) -> None:
        if cut:
            prompt.cut_at = self.now
            self.call.note(
                self.now,
                "barge_in",
                ids=sorted(prompt.best),
                after=round(self.now - prompt.began_at, 2),
            )
        self.call.does(Doing("waiting"))
        self.notice(PromptEnded(prompt, self.now))

    def notice(self, event: LineEvent) -> None:
        self.caller.notice(event)

    def report(self, problem: Problem) -> None:
        self.call.report(self.now, problem)

    def record(self, exchange: Exchange) -> None:
        self.call.record(exchange, self.now)

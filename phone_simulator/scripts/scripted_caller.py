"""A caller who follows a script: the line's events drive it step by step, its agenda holds the keys to come."""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from phone_simulator.line.call import Call
from phone_simulator.line.caller import (
    Act,
    Asked,
    CallEnded,
    Caller,
    Exchanged,
    GatherEnded,
    HangUp,
    Key,
    LineEvent,
    Prompt,
    PromptBegan,
    PromptEnded,
)
from phone_simulator.line.sabotage import Sabotage
from phone_simulator.masking import masked_keys
from phone_simulator.options import Behaviour
from phone_simulator.scripts.agenda import HANG_UP, REACTION_S, TIMER, Agenda
from phone_simulator.scripts.report import Report
from phone_simulator.scripts.script import CallScript
from phone_simulator.scripts.stage import Stage


@dataclass(frozen=True)
class KeysPressed:
    at: float


@dataclass(frozen=True)
class TimeUp:
    at: float
    timer: int


@dataclass(frozen=True)
class Dial:
    """A script's wish to make a call now."""

    to: str
    caller: str


ScriptEvent = LineEvent | KeysPressed | TimeUp
# A script yields a Dial to make a call, or None to wait for the next event.
Play = Generator[Dial | None, ScriptEvent | None, None]
PlaceCall = Callable[[Dial, Caller, Sabotage], Call]


@dataclass
class Ears:
    """What the caller has heard and knows about the call in progress."""

    unread: deque[Prompt] = field(default_factory=deque)
    heard: list[Prompt] = field(default_factory=list)
    speaking: Prompt | None = None
    matched: Prompt | None = None
    is_asked: bool = False
    # A question has just been answered and the product does not know yet.
    is_webhook_due: bool = False
    over: CallEnded | None = None
    redirects: list[str] = field(default_factory=list)
    # How long each prompt let the caller wait: line seconds since the last sound or key, plus real webhook seconds.
    delays: dict[int, float] = field(default_factory=dict)
    quiet_since: float = 0.0
    thinking_s: float = 0.0

    def note(self, event: LineEvent) -> None:
        self.is_webhook_due = isinstance(event, GatherEnded)
        match event:
            case PromptBegan(prompt):
                self.speaking = prompt
                self.unread.append(prompt)
                self.heard.append(prompt)
                self.delays[id(prompt)] = prompt.began_at - self.quiet_since + self.thinking_s
            case PromptEnded(_, at):
                self.speaking = None
                self.fall_quiet(at)
            case Asked():
                self.is_asked = True
            case GatherEnded():
                self.is_asked = False
            case Exchanged(exchange):
                self.thinking_s += exchange.seconds
                if exchange.purpose == "redirect":
                    self.redirects.append(exchange.url)
            case CallEnded():
                self.over = event

    def fall_quiet(self, at: float) -> None:
        self.quiet_since, self.thinking_s = at, 0.0


@dataclass
class ScriptedCaller:
    script: CallScript
    stage: Stage
    behaviour: Behaviour
    report: Report
    place_call: PlaceCall
    agenda: Agenda = field(default_factory=Agenda)
    sabotage: Sabotage = field(default_factory=Sabotage)
    ears: Ears = field(default_factory=Ears)
    now: float = 0.0
    pressed: list[str] = field(default_factory=list)
    _play: Play | None = None
    _wish: Dial | None = None
    _is_done: bool = False
    _keys_done: bool = False

    def run(self, play: Play) -> None:
        """Follow the script through as many calls as it makes."""
        self._play = play
        self._step_on(None)
        while self._wish is not None:
            wish, self._wish = self._wish, None
            self.ears, self.now, self.pressed = Ears(), 0.0, []
            self.agenda.clear()
            # The call enters the report before its first webhook, so that expectations can look at it.
            self.place_call(wish, self, self.sabotage)

    @property
    def call(self) -> Call | None:
        return self.report.calls[-1] if self.report.calls else None

    def type_keys(self, keys: str, start: float, gap: float) -> None:
        self.agenda.type_keys(keys, start, gap)
        typed = "".join(key for key in keys if key not in "wW,")
        self.pressed.append(masked_keys(typed, menu=len(typed) == 1))

    # The Caller protocol

    def act(self, now: float, until: float) -> Act | None:
        self.now = now
        if self._keys_done:
            self._finish_press()
        while (item := self.agenda.next_before(until)) is not None:
            self._let_pass(item.at - self.now)
            self.now = max(self.now, item.at)
            if item.what == TIMER:
                self._step_on(TimeUp(self.now, item.order))
            elif item.what == HANG_UP:
                self.agenda.clear()
                return HangUp(self.now)
            else:
                self._keys_done = item.is_last
                self.ears.fall_quiet(self.now)
                return Key(item.what, self.now)
        self._let_pass(until - self.now)
        return None

    def notice(self, event: LineEvent) -> None:
        self.now = event.prompt.began_at if isinstance(event, PromptBegan) else event.at
        self.ears.note(event)
        # The last key ended the Gather: only now may the next step look at the line.
        if self._keys_done:
            self._finish_press()
        self._step_on(event)
        if self._is_done and isinstance(event, PromptEnded):
            self._leave()

    def _finish_press(self) -> None:
        self._keys_done = False
        self._step_on(KeysPressed(self.now))

    def _step_on(self, event: ScriptEvent | None) -> None:
        if self._is_done or self._play is None:
            return
        try:
            self._wish = self._play.send(event)
        except StopIteration:
            self._is_done = True
            if self.ears.over is None and self.ears.speaking is None:
                self._leave()

    def _leave(self) -> None:
        """The script is over but the call is not: hang up, once what is being said has been said."""
        self.agenda.hang_up(self.now + REACTION_S)

    def _let_pass(self, seconds: float) -> None:
        if self.behaviour.realtime and seconds > 0 and self.call is not None:
            self.call.stop.wait(seconds / self.behaviour.pace)

"""A person at a handset: keys come from outside, and time is real, but for what the person does not want to hear out."""

from collections import deque
from dataclasses import dataclass, replace
from threading import Condition

from phone_simulator.clock import monotonic_s
from phone_simulator.line.call import Call
from phone_simulator.line.caller import (
    Act,
    Asked,
    CallEnded,
    Exchanged,
    GatherEnded,
    HangUp,
    Key,
    LineEvent,
    PromptBegan,
    PromptEnded,
)
from phone_simulator.line.sabotage import Sabotage

# A line that is cut from outside is noticed within this time.
GLANCE_S = 0.25
PACE_MAX = 10.0
# Where the caller is made to wait, the product works: that takes its time at any pace.
HOLD_PACE_MAX = 4.0
FINGERS_MAX_S = 30.0
# How long a caller listens to the sentence at which they hang up.
HEARD_S = 1.0
KEYS_MAX = 200


@dataclass(frozen=True)
class Manner:
    """How the person telephones: seconds from key to key, the pace at which speech passes, the prompt to hang up at."""

    fingers_s: float = 0.0
    pace: float = 1.0
    hang_up_at: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.fingers_s <= FINGERS_MAX_S:
            raise ValueError(f"fingers_s: seconds from key to key, 0 to {FINGERS_MAX_S:g}")
        if not 1 <= self.pace <= PACE_MAX:
            raise ValueError(f"pace: 1 to {PACE_MAX:g}")


class Watch:
    """Seconds of the line, at a pace that may change."""

    def __init__(self) -> None:
        self.pace = 1.0
        self.set(0.0)

    def set(self, line_s: float) -> None:
        self._line_s, self._at = line_s, monotonic_s()

    def now(self) -> float:
        return self._line_s + (monotonic_s() - self._at) * self.pace

    def runs_at(self, pace: float) -> None:
        self.set(self.now())
        self.pace = pace


class HandCaller:
    """Keeps the Caller protocol; `press`, `skip` and `hang_up` are called from other threads."""

    def __init__(
        self, call: Call, manner: Manner | None = None, sabotage: Sabotage | None = None
    ) -> None:
        self.manner = manner or Manner()
        # What goes wrong on this person's line; more may be armed while they talk.
        self.sabotage = sabotage or Sabotage()
        self.is_over = False
        self._call = call
        self._call.pace = self.manner.pace
        self._watch = Watch()
        # What the caller will have done by when; None is to hang up.
        self._acts: deque[tuple[float, str | None]] = deque()
        self._fingers_free_at = 0.0
        self._moved = Condition()
        self._speaking = False
        self._asked = False
        self._skips = False

    def press(self, keys: str) -> bool:
        """Press keys one after the other; False when more wait than anybody presses."""
        with self._moved:
            if len(self._acts) + len(keys) > KEYS_MAX:
                return False
            for key in keys:
                pressed_at = max(monotonic_s(), self._fingers_free_at)
                self._fingers_free_at = pressed_at + self.manner.fingers_s
                self._acts.append((pressed_at, key))
            self._moved.notify_all()
        return True

    def hang_up(self) -> None:
        with self._moved:
            self._acts.appendleft((monotonic_s(), None))
            self._moved.notify_all()

    def skip(self) -> None:
        """Let the rest of the sentence that is being spoken pass at once."""
        with self._moved:
            self._skips = self._speaking
            self._moved.notify_all()

    def listen_at(self, pace: float) -> None:
        """Change the pace; a ValueError says what is possible."""
        with self._moved:
            self.manner = replace(self.manner, pace=pace)
            self._keep_pace()
            self._moved.notify_all()

    def act(self, now: float, until: float) -> Act | None:
        with self._moved:
            # The line may lag behind the wall, but never by more than a webhook took.
            if self._watch.now() < now:
                self._watch.set(now)
            while not self._call.stop.is_set():
                if self._acts and self._acts[0][0] <= monotonic_s():
                    return self._next()
                if self._skips:
                    self._watch.set(max(until, self._watch.now()))
                left_s = (until - self._watch.now()) / self._watch.pace
                if left_s <= 0:
                    return None
                self._moved.wait(min(left_s, GLANCE_S, self._until_next_key_s()))
            return None

    def _next(self) -> Act:
        _, key = self._acts.popleft()
        at = self._watch.now()
        return HangUp(at) if key is None else Key(key, at)

    def _until_next_key_s(self) -> float:
        return max(0.0, self._acts[0][0] - monotonic_s()) if self._acts else GLANCE_S

    def notice(self, event: LineEvent) -> None:
        with self._moved:
            match event:
                case PromptBegan(prompt):
                    self._speaking = True
                    if self.manner.hang_up_at in prompt.ids:
                        self._acts.appendleft((monotonic_s() + HEARD_S, None))
                case PromptEnded():
                    self._speaking = self._skips = False
                case Asked():
                    self._asked = True
                case GatherEnded():
                    self._asked = False
                case Exchanged(_, at):
                    self._watch.set(at)
                case CallEnded():
                    self.is_over = True
            self._keep_pace()

    def _keep_pace(self) -> None:
        """Hurry through speech, less through other waits, and never while keys are waited for."""
        self._call.pace = self.manner.pace
        if self._asked:
            self._watch.runs_at(1.0)
        else:
            self._watch.runs_at(
                self.manner.pace if self._speaking else min(self.manner.pace, HOLD_PACE_MAX)
            )

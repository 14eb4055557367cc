"""A person at a handset: keys come from outside, time is real."""

from collections import deque
from threading import Condition

from phone_simulator.clock import monotonic_s
from phone_simulator.line.call import Call
from phone_simulator.line.caller import Act, CallEnded, HangUp, Key, LineEvent

# A line that is cut from outside is noticed within this time.
GLANCE_S = 0.25


class HandCaller:
    """Keeps the Caller protocol; `press` and `hang_up` are called from other threads."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._began_at = monotonic_s()
        self._acts: deque[Act] = deque()
        self._moved = Condition()
        self.is_over = False

    def press(self, keys: str) -> None:
        with self._moved:
            self._acts.extend(Key(key, self._line_now()) for key in keys)
            self._moved.notify_all()

    def hang_up(self) -> None:
        with self._moved:
            self._acts.append(HangUp(self._line_now()))
            self._moved.notify_all()

    def act(self, now: float, until: float) -> Act | None:
        with self._moved:
            # The line may lag behind the wall, but never by more than a webhook took.
            self._began_at = min(self._began_at, monotonic_s() - now)
            while not self._acts and not self._call.stop.is_set():
                left = until - self._line_now()
                if left <= 0:
                    return None
                self._moved.wait(min(left, GLANCE_S))
            return self._acts.popleft() if self._acts else None

    def notice(self, event: LineEvent) -> None:
        self.is_over = self.is_over or isinstance(event, CallEnded)

    def _line_now(self) -> float:
        return monotonic_s() - self._began_at

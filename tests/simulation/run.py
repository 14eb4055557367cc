"""One run: a seed decides what merchants do, what breaks, and who does what in which order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from billing_core.acquirers.protocol import Acquirer, ChargeOrder
from billing_core.actions.approve_charge import approve_charge
from billing_core.actions.settle_charge_attempt import settle_charge_attempt
from foundation.database import Session
from foundation.errors import Refusal, StateChanged
from tests.simulation.acquirer import SimulatedAcquirer
from tests.simulation.weather import CrashError, Weather
from tests.simulation.world import BEGINNING, World

# A job that fails more often than the worker tries it would be lost.
FAILURES_MAX = 20
DEPTH_MAX = 2
ID = re.compile(r"\b([a-z]+)_[0-9A-HJKMNP-TV-Z]{25}")


class BrokenError(BaseException):
    """An invariant does not hold. Nobody but the simulation catches it."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(f"{invariant}: {what}")


@dataclass(frozen=True)
class Procedures:
    """The product's procedures that a test may replace, to see that the simulation notices."""

    approve: Callable[..., object] = approve_charge
    settle: Callable[..., object] = settle_charge_attempt
    line: Callable[[Any], Acquirer] = lambda acquirer: acquirer


@dataclass
class Work:
    """Something staged, done at least once."""

    name: str
    do: Callable[[], object]
    failures: int = 0


@dataclass
class Run:
    """The state of one run. It is what the acquirer finds around itself."""

    world: World
    seed: int
    procedures: Procedures = field(default_factory=Procedures)

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)
        self.weather = Weather(self.rng)
        self.books = self.world.begin_again()
        self.books.fences = self.rng.random() < 0.5
        self.books.shows_declined = self.rng.random() < 0.7
        has_void = self.rng.random() < 0.7
        voids_first = has_void and self.rng.random() < 0.4
        self.acquirer = SimulatedAcquirer(self, has_void, voids_first)
        self.desk = self.world.desk(self.procedures.line(self.acquirer))
        self.database = self.world.database
        self.database.stage = self._stage
        self.database.between, self.database.crash = self.between, self._crash
        self.lines: list[str] = []
        self.waiting: list[Work] = []
        self.sent: list[str] = []
        self.heard: list[tuple[datetime, str, Any]] = []
        self.jobs: dict[str, Callable[..., object]] = {}
        self.before_sending: Callable[[ChargeOrder], None] = lambda _order: None
        self.others: Callable[[], None] = lambda: None
        self._keys: set[str] = set()
        self._names: dict[str, str] = {}
        self._depth = 0

    @property
    def digest(self) -> str:
        """The hash of everything that happened."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()

    # What the acquirer asks of its surroundings

    def now(self) -> datetime:
        return self.world.clock.moment

    def passes(self, time: timedelta) -> None:
        """Let time pass. While others act in between, no more than a moment does."""
        self.world.clock.moment += min(time, timedelta(seconds=2)) if self._depth > 1 else time
        self.acquirer.arrivals()

    def note(self, *what: object) -> None:
        """Write a line of the log, with ids as ordinals, for their letters are drawn by lot."""
        at = (self.now() - BEGINNING).total_seconds()
        text = " · ".join(str(part) for part in what)
        self.lines.append(f"{at:11.3f} {'    ' * self._depth}{self.named(text)}")

    def named(self, text: str) -> str:
        """The text with every id as the ordinal of its first appearance."""
        return ID.sub(self._name, text)

    def between(self, place: str) -> None:
        """The gap around a commit or a call: the process may die, or somebody else may act."""
        if self.database.is_held or self._depth == 0:
            return
        self._crash(place)
        self.world.clock.moment += timedelta(milliseconds=1)
        if self._depth <= DEPTH_MAX and self.weather.lets_others_in():
            self.others()

    def about_to_charge(self, order: ChargeOrder) -> None:
        self.sent.append(order.order_id)
        if self.sent.count(order.order_id) > 1:
            raise BrokenError("M3", "an order id was sent twice")
        self.before_sending(order)

    def answered(self, order_id: str, answer: Any) -> None:
        """An answer to a charge reached us; the line may deliver it once more."""
        self.heard.append((self.now(), order_id, answer))

    # What processes do

    def do(self, name: str, step: Callable[[], object]) -> bool:
        """Let a process take one step; say whether it came to its end."""
        self._depth += 1
        self.world.clock.moment += timedelta(milliseconds=1)
        self.note(f"> {name}")
        try:
            outcome = step()
        except CrashError as crash:
            self.note("dies", crash)
            return False
        except (Refusal, StateChanged) as refusal:
            self.note("refused", type(refusal).__name__, getattr(refusal, "code", ""))
            return isinstance(refusal, Refusal)
        except Exception as error:
            raise BrokenError("a step failed", f"{name}: {error!r}") from error
        else:
            self.note("<", type(outcome).__name__)
            return True
        finally:
            self._depth -= 1

    def work(self, name: str, do: Callable[[], object]) -> None:
        """Put work into the queue."""
        self.waiting.append(Work(name, do))

    def do_work(self, number: int) -> None:
        """Do one piece of work; whoever dies or fails leaves it for somebody else."""
        work = self.waiting.pop(number)
        if self.weather.does_twice():
            self.waiting.append(Work(work.name, work.do))
        if self.do(work.name, work.do):
            return
        work.failures += 1
        if work.failures > FAILURES_MAX:
            raise BrokenError("a job", f"{work.name} fails again and again")
        if not self.weather.forgets():
            self.waiting.append(work)

    def restarts(self) -> None:
        """A new process, which remembers nothing."""
        self.desk = self.world.desk(self.procedures.line(self.acquirer))

    def _stage(self, session: Session, job: str, args: tuple[str, ...], key: str | None) -> None:
        name = f"{job}:{key}"
        if job not in self.jobs or (key is not None and name in self._keys):
            return

        def appear() -> None:
            if name not in self._keys:
                self._keys.add(name if key is not None else "")
                self.work(f"{job} {' '.join(args)}", lambda: self.jobs[job](*args))

        session.info.setdefault("staged", []).append(appear)

    def _crash(self, place: str) -> None:
        if self._depth and self.weather.crashes(place):
            raise CrashError(place)

    def _name(self, found: re.Match[str]) -> str:
        kind = found.group(1)
        ordinal = sum(1 for name in self._names.values() if name.startswith(f"{kind}#")) + 1
        return self._names.setdefault(found.group(0), f"{kind}#{ordinal}")

"""The call as a script sees it: say, choose, confirm, ask, hold, end.

A script is a coroutine, but there is no event loop: `replay` runs it from the journal at every
webhook, up to the first question that has no answer yet. Between two awaits a script only
computes. The escalation of troubles lives here once: again, then slower and differently, then a
person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine, Generator
from typing import NoReturn, Protocol, overload

from billing_core.card_results import CardResult
from billing_core.charge_results import ChargeResult
from ivr.answers import MENU_WAIT_S, MenuKey
from ivr.facts import Facts
from ivr.ladder import (
    TRIES_MAX,
    after_silence,
    after_wrong_key,
    count_error,
    give_up,
    speak_to_a_person,
)
from ivr.steps import Back, Goodbye
from ivr.turns import (
    HangUp,
    Json,
    Kind,
    Line,
    Manner,
    Question,
    Silence,
    Transfer,
    Turn,
    Wait,
)
from ivr.words import Words
from ivr.words import words as _
from ivr.work import (
    Deed,
    PayCharge,
    RegisterCard,
    StageWork,
)

# The caller hears something at least every eight seconds, and after 25 the promise of a text.
POLL_S = 2
REASSURE_EVERY = 4
POLLS_MAX = 13
# A caller who plays in virtual time asks faster than the world turns; the acquirer still gets this.
HOLD_LEAST_S = 8.0

Script = Callable[["Call"], Coroutine["Turn", "Json | None", None]]


class Field(Kind, Protocol):
    """A kind of answer with the sentences that ask for it and for each kind of trouble."""

    def question(self) -> tuple[Words, ...]:
        """How it is asked."""

    def trouble(self, got: str) -> Words:
        """How it is asked again after this trouble."""


class _Answer:
    """Await it to hand a turn to the caller and get back what the journal keeps of the answer."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    def __await__(self) -> Generator[Turn, Json, Json]:
        kept = yield self._turn
        return kept


class Call:
    """One conversation. All that changes here follows from the facts and the journal alone."""

    def __init__(self, sid: str, facts: Facts, first: int = 0) -> None:
        self.sid = sid
        self.facts = facts
        self.manner = Manner(facts.language, facts.slow)
        self.position = first
        self.deeds: list[Deed] = []
        self.errors = 0
        # By field, so that whoever goes back has no more tries at what they come to again.
        self.errors_in: Counter[str] = Counter()
        self._lines: list[Line | Silence] = []
        self._ended_by_itself = False
        if first:
            # An earlier part of this call was held with another version of the script.
            self.say(_("N12", "프로그램이 바뀌어 처음부터 다시 시작합니다."))

    # Saying

    def say(self, *sentences: Words, barge_in: bool = True) -> None:
        """Say these at the next opportunity, in order."""
        self._lines += [Line(sentence, barge_in) for sentence in sentences]

    def wait_silently(self, seconds: int) -> None:
        """Say nothing for whole seconds, and let keys fall on the floor."""
        self._lines.append(Silence(seconds))

    def do(self, deed: Deed) -> None:
        """Have this done in the transaction of the turn that comes next."""
        self.deeds.append(deed)

    def end(self, *sentences: Words) -> NoReturn:
        """Say these and hang up."""
        self.say(*sentences, barge_in=False)
        raise Goodbye

    def lines(self) -> tuple[Line | Silence, ...]:
        """What is to be said now; afterwards nothing is."""
        lines, self._lines = tuple(self._lines), []
        return lines

    # Asking

    async def confirm(self, question: Words, *, back: bool = False) -> bool:
        """1 is yes, 2 is no; silence is neither."""
        return await self.choose(question, "12", back=back) == "1"

    async def choose(
        self,
        question: Words,
        choices: str,
        *,
        first: tuple[Line, ...] = (),
        wait_s: int = MENU_WAIT_S,
        back: bool = False,
        optional: bool = False,
        to_person: bool = True,
    ) -> str:
        """Ask until one of `choices` is pressed. `first` is said before it, again at a star.

        Where an answer is `optional`, silence is one too: "". `#` goes one step back where there is
        one (`back`), 0 to a person (`to_person`); elsewhere they repeat the question.
        """
        silences = wrong = 0
        self._lines += first
        while True:
            self.say(question)
            key = await self._press(question, choices, wait_s)
            if key in choices and (key or optional):
                return key
            match key:
                case "#" if back:
                    raise Back
                case "0" if to_person:
                    await speak_to_a_person(self)
                case "*" | "#" | "0":
                    self._lines += first
                case "":
                    silences += 1
                    await after_silence(self, silences)
                case _:
                    wrong += 1
                    await after_wrong_key(self, wrong, choices)

    async def choose_once(self, question: Words, choices: str, *, wait_s: int = MENU_WAIT_S) -> str:
        """Ask once: silence and every other key come back too, for whoever deals with them."""
        self.say(question)
        return await self._press(question, choices, wait_s)

    async def wait_for_key(self, question: Words, *, reminder: Words, wait_s: int) -> None:
        """Wait for a 1 in good patience: remind twice, and only then ask whether anybody is there."""
        silences = wrong = 0
        self.say(question)
        while silences < TRIES_MAX:
            key = await self._press(question, "1", wait_s)
            match key:
                case "1":
                    return
                case "#":
                    raise Back
                case "*":
                    self.say(question)
                case "0":
                    await speak_to_a_person(self)
                    self.say(reminder)
                case "":
                    silences += 1
                    if silences < TRIES_MAX:
                        self.say(reminder)
                case _:
                    wrong += 1
                    await after_wrong_key(self, wrong, "1")
                    self.say(reminder)
        await give_up(self)

    async def ask(self, field: Field) -> tuple[Json, str]:
        """Ask for digits until they are right; return what the journal keeps, and their place."""
        silences = 0
        self.say(*field.question())
        while True:
            place = self.place
            kept = await self.turn(field)
            match kept["got"]:
                case "silence":
                    silences += 1
                    await after_silence(self, silences)
                    self.say(*field.question())
                case "replay":
                    self.say(*field.question())
                case "person":
                    await speak_to_a_person(self)
                    self.say(*field.question())
                case "back":
                    raise Back
                case "noise":
                    # The `#` has cut the question off, so it is asked anew, in its short form.
                    self.say(*field.question()[:1])
                case "fault" | "company" as trouble:
                    self.errors_in[field.name] += 1
                    await count_error(self, self.errors_in[field.name])
                    self.say(field.trouble(trouble))
                case _:
                    return kept, place

    @overload
    async def hold(self, sentence: Words, work: RegisterCard) -> CardResult: ...

    @overload
    async def hold(self, sentence: Words, work: PayCharge) -> ChargeResult: ...

    async def hold(
        self, sentence: Words, work: RegisterCard | PayCharge
    ) -> CardResult | ChargeResult:
        """Have `work` done while the caller waits; Unknown when it takes longer than they can."""
        self.do(StageWork())
        self.say(sentence, barge_in=False)
        for polls in range(1, 10_000):
            kept = await self._look(Wait(self.lines(), work, POLL_S, self.manner))
            if "outcome" in kept:
                return work.outcome(kept["outcome"])
            if polls >= POLLS_MAX and kept["waited_s"] >= HOLD_LEAST_S:
                break
            if polls % REASSURE_EVERY == 0:
                self.say(
                    _("G21", "아직 확인하고 있습니다. 조금만 더 기다려 주세요."), barge_in=False
                )
        return work.outcome({"kind": "Unknown"})

    async def connect(self, number: str) -> str:
        """Connect the caller to this number; return how that ended, "" where nobody has told us."""
        kept = await self._look(Transfer(self.lines(), number, self.manner))
        return str(kept["ended"])

    def go_slow(self) -> None:
        """Speak at 0.85 of the pace, pause and wait longer, ask for card numbers in fours."""
        self.manner = Manner(self.manner.language, slow=True)

    # Turns

    @property
    def place(self) -> str:
        """Where the answer to the next turn is kept."""
        return f"{self.sid}:{self.position}"

    async def turn(self, kind: Kind) -> Json:
        """Hand over one question and return what is kept of its answer.

        A habitual `#` after a field that ended by itself lands in the next turn; it is noise there.
        It counts nothing and goes nowhere, for it may be meant or not; whoever wants to go back
        hears the question once more and presses it again.
        """
        after_itself = self._ended_by_itself
        kept = await self._look(Question(self.lines(), kind, self.manner))
        self._ended_by_itself = kept.get("ended") == "full"
        stray = kept.get("got") == "back" or kept.get("key") == "#"
        return {"got": "noise", "key": "noise"} if after_itself and stray else kept

    async def _press(self, question: Words, choices: str, wait_s: int) -> str:
        while True:
            kept = await self.turn(MenuKey(question.id, choices, wait_s))
            if kept["key"] != "noise":
                return str(kept["key"])
            self.say(question)

    async def _look(self, turn: Turn) -> Json:
        kept = await _Answer(turn)
        self.position += 1
        self.deeds.clear()
        return kept

    def last_turn(self) -> HangUp:
        """The turn that ends the call."""
        return HangUp(self.lines(), self.manner)

"""Every ending says whether money moved: in its last words, or in the turn before them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing_core import card_results, charge_results
from billing_core.acquirers.declines import DeclineCode
from billing_core.attempt_limits import Limit
from ivr.dialogue_pages import PAGES
from ivr.dialogue_paths import Path
from ivr.dialogues.scripts import SCRIPTS
from ivr.facts import Facts
from ivr.replay import Entry, replay
from ivr.turns import HangUp, Line, Transfer, Turn, Wait
from ivr.words import Language, render
from tests.ivr.played import (
    APPROVED,
    CHARGE,
    NOT_CONFIRMED,
    REGISTERED,
    REGISTRATION,
    SID,
    STILL_CHECKING,
    Answer,
    Step,
    kept,
    played,
)

PATHS = [path for page in PAGES for path in page.paths]
# Nothing moved, this much moved, or it is not known yet and a text will say it.
MONEY = {
    "ko": r"결제되지 않았습니다|결제된 금액(은|도) 없습니다|등록되거나 결제된 것은 없|결제되었(습니다|고)|"
    r"결제 결과를( 확인해서 문자로| 카드사에 확인하고)",
    "en": r"[Nn]othing (was|has been|was registered or) charged|nothing was charged|won was charged|"
    r"Payment complete|(check|checking) the result",
}
# Ways out that are open at almost every turn.
WAYS_OUT = {
    "silence": ("",) * 8,
    "a person, who talks": ("0", "1", "completed"),
    "a person, who does not answer": ("0", "1", "no-answer"),
    "wrong keys": ("7",) * 20,
}
OUTCOMES: list[Answer] = [
    *(STILL_CHECKING, NOT_CONFIRMED),
    *(card_results.Stopped(Limit.CARD), card_results.Stopped(Limit.CUSTOMER)),
    *(card_results.Declined(code, may_try_again=False) for code in DeclineCode),
    *(card_results.Gone(status) for status in ("canceled", "expired", "failed")),
    *(REGISTERED, card_results.Unknown()),
]
CHARGE_OUTCOMES: list[Answer] = [
    *(STILL_CHECKING, APPROVED, charge_results.Unknown(), charge_results.Gone()),
    *(charge_results.Stopped(Limit.CARD), charge_results.Stopped(Limit.CUSTOMER)),
    *(charge_results.Declined(code) for code in DeclineCode),
]
IN_MONTHS = replace(CHARGE, amount=180_000, max_months=6)
CARD = ("9999000000000004", "0829", "900101", "12")
KEYS = st.sampled_from([*"111112304*#", "", *CARD, *CARD, "03", "completed", "busy"])


def in_words(turn: Turn) -> str:
    language: Language = turn.manner.language
    return " ".join(render(line.words, language) for line in turn.lines if isinstance(line, Line))


def says_of_money(*turns: Turn) -> bool:
    return any(re.search(MONEY[turn.manner.language], in_words(turn)) for turn in turns)


def assert_ends_well(steps: list[Step]) -> None:
    """The last words, and where somebody is connected those before it."""
    turns = [step.turn for step in steps]
    for at, turn in enumerate(turns):
        if isinstance(turn, HangUp):
            assert says_of_money(*turns[max(at - 1, 0) : at + 1]), in_words(turn)
        elif isinstance(turn, Transfer):
            assert says_of_money(turn), in_words(turn)


def ways_on(path: Path) -> Iterator[tuple[Answer, ...]]:
    """The answers of a path up to each of its turns, and all of them."""
    answers = (*path.before, *path.answers)
    yield from (answers[:count] for count in range(len(answers) + 1))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.title.en)
@pytest.mark.parametrize("way_out", WAYS_OUT)
def test_whatever_path_a_caller_leaves_they_hear_whether_money_moved(
    path: Path, way_out: str
) -> None:
    for is_open in (False, True):
        facts = replace(path.facts, office_open=is_open)
        for answers in ways_on(path):
            assert_ends_well(list(played(facts, (*answers, *WAYS_OUT[way_out]))))


@pytest.mark.parametrize("way_out", WAYS_OUT)
def test_every_way_out_ends_a_call(way_out: str) -> None:
    for facts in (replace(REGISTRATION, office_open=True), REGISTRATION, CHARGE):
        assert isinstance(list(played(facts, WAYS_OUT[way_out]))[-1].turn, HangUp)


def through(facts: Facts, answers: list[tuple[str, Answer]]) -> Iterator[Step]:
    """A call in which the first of each pair answers a question or a transfer, the second a hold."""
    script, journal = SCRIPTS[facts.script], tuple[Entry, ...]()
    turn = replay(script, SID, facts, journal).turn
    yield Step(turn, journal)
    for keys, outcome in answers:
        if isinstance(turn, HangUp):
            return
        answer = outcome if isinstance(turn, Wait) else keys
        after = replay(script, SID, facts, journal, lambda at: kept(at, answer))  # noqa: B023
        assert after.heard is not None
        journal, turn = (*journal, after.heard), after.turn
        yield Step(turn, journal)


@pytest.mark.parametrize(
    ("facts", "outcomes"),
    [(REGISTRATION, OUTCOMES), (CHARGE, CHARGE_OUTCOMES), (IN_MONTHS, CHARGE_OUTCOMES)],
    ids=["registration", "charge", "charge in months"],
)
@settings(max_examples=60, deadline=None)
@given(data=st.data(), is_open=st.booleans())
def test_whatever_is_keyed_an_ending_says_whether_money_moved(
    facts: Facts, outcomes: list[Answer], data: st.DataObject, is_open: bool
) -> None:
    pairs = st.tuples(KEYS, st.sampled_from(outcomes))
    answers = data.draw(st.lists(pairs, max_size=50))

    assert_ends_well(list(through(replace(facts, office_open=is_open), answers)))

"""How long a call is, by the words that are spoken: nobody's patience is endless."""

from __future__ import annotations

from itertools import chain

import pytest

from ivr.calls import ALIVE
from ivr.facts import Facts
from ivr.turns import Line, Question, Silence, Turn, Wait
from ivr.twiml import SLOW_WAITS
from ivr.words import render, seconds
from tests.ivr.golden_journals import PLAYS
from tests.ivr.played import REGISTERED, REGISTRATION, STANDING, Answer, played

# A key takes about half a second, and finding the first one of an answer three times as long.
KEY_S = 0.5
THINKING_S = 1.5
REGISTRATION_MAX_S = 210
TERMS_MAX_S = 40
SLOW_RATE = 0.85
CARD = ("9999000000000004", "0829", "1", "900101", "12")


def spoken_s(turn: Turn) -> float:
    """How long everything takes that is said in a turn, with the pauses in between."""
    rate = SLOW_RATE if turn.manner.slow else 1.0
    return sum(
        line.seconds if isinstance(line, Silence) else said_s(line, turn) / rate
        for line in turn.lines
    )


def said_s(line: Line, turn: Turn) -> float:
    return seconds(render(line.words, turn.manner.language))


def length_s(facts: Facts, answers: tuple[Answer, ...]) -> float:
    """A whole call of somebody who hears every word to its end, and keys at an ordinary pace."""
    spoken = sum(spoken_s(step.turn) for step in played(facts, answers))
    keyed = [answer for answer in answers if isinstance(answer, str)]
    return spoken + THINKING_S * len(keyed) + KEY_S * sum(map(len, keyed))


@pytest.mark.parametrize("facts", [REGISTRATION, STANDING], ids=["each charge", "standing consent"])
def test_a_registration_takes_no_more_than_three_and_a_half_minutes(facts: Facts) -> None:
    assert length_s(facts, ("1", "1", "1", *CARD, REGISTERED)) <= REGISTRATION_MAX_S


def test_the_terms_take_no_more_than_forty_seconds() -> None:
    for facts in (REGISTRATION, STANDING):
        turn = list(played(facts, ("3",)))[-1].turn
        terms = [line for line in turn.lines if isinstance(line, Line) and line.words.id == "R04"]

        assert len(terms) == 1
        assert said_s(terms[0], turn) <= TERMS_MAX_S


def test_no_call_that_is_going_on_is_taken_for_a_dead_one() -> None:
    longest = max(
        spoken_s(step.turn) + waited_s(step.turn)
        for step in chain.from_iterable(
            played(facts, ("9", *answers)) for facts, answers in PLAYS.values()
        )
    )

    assert longest < ALIVE.total_seconds()


def waited_s(turn: Turn) -> float:
    match turn:
        case Question(kind=kind):
            keys = kind.keys
            return (keys.first_wait_s + keys.wait_s * keys.most) * (
                SLOW_WAITS if turn.manner.slow else 1
            )
        case Wait():
            return turn.seconds
        case _:
            return 0.0

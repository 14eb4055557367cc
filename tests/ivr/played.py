"""Plays scripts without HTTP and without a database: what is keyed, and what comes of holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from billing_core.acquirers.declines import DeclineCode
from billing_core.card_results import CardResult, Declined, Registered
from billing_core.charge_results import Approved, ChargeResult
from ivr.answers import MonthsOfPlan
from ivr.dialogues.scripts import SCRIPTS
from ivr.facts import Facts
from ivr.replay import Entry, replay
from ivr.turns import HangUp, Heard, Json, Question, Transfer, Turn, Wait
from ivr.work import result_to_json

SID = "CA" + "0" * 32
REGISTERED = Registered("신한", "0004", "bk_1")
APPROVED = Approved("신한", "0004", "30001234", 0, is_interest_free=False)
NOT_CONFIRMED = Declined(DeclineCode.PASSWORD_INVALID, may_try_again=True)
STILL_CHECKING = "…"

REGISTRATION = Facts(
    script="register_card",
    today="2026-11-23",
    merchant="한빛엘피지",
    merchant_phone="+82311234567",
    item="LPG 요금",
    trust_phrase="고객번호 끝 네 자리 3512",
)
STANDING = replace(REGISTRATION, consent="once", amount=39_000, billing_day=25)
CHARGE = replace(
    REGISTRATION,
    script="consent_to_charge",
    amount=39_500,
    card="active",
    card_type="credit",
    owner="personal",
    issuer="신한",
    issuer_code="06",
    last4="0004",
)
OVER = replace(REGISTRATION, script="too_late", ended_at="2026-11-22T05:20:00+00:00")

Answer = str | CardResult | ChargeResult


@dataclass(frozen=True)
class Step:
    """A turn that was reached, and the journal that leads to it."""

    turn: Turn
    journal: tuple[Entry, ...]


def played(facts: Facts, answers: Iterable[Answer]) -> Iterator[Step]:
    """Every turn on the way. Keys are given as they are pressed: "378282246310005#"."""
    script = SCRIPTS[facts.script]
    journal: tuple[Entry, ...] = ()
    turn = replay(script, SID, facts, journal).turn
    yield Step(turn, journal)
    for answer in answers:
        if isinstance(turn, HangUp):
            return
        after = replay(script, SID, facts, journal, lambda at: kept(at, answer))  # noqa: B023
        assert after.heard is not None
        journal, turn = (*journal, after.heard), after.turn
        yield Step(turn, journal)


def kept(turn: Turn, answer: Answer) -> Json:
    """What the journal keeps of an answer to this turn."""
    match turn:
        case Question() as question:
            return question.kind.keep(heard(question, str(answer))).journal
        case Wait() if isinstance(answer, str):
            return {"waited_s": 60.0}
        case Wait():
            result: Any = answer
            return {"outcome": result_to_json(result)}
        case Transfer():
            return {"ended": str(answer)}
        case _:
            return {}


def heard(question: Question, pressed: str) -> Heard:
    """The keys as the provider delivers them: at most so many, without the one that ended them."""
    keys = question.kind.keys
    finish = keys.finish
    if finish and finish in pressed:
        return Heard(pressed.partition(finish)[0], finish)
    return Heard(pressed[: keys.most])


def ids_said(turn: Turn) -> list[str]:
    """The prompts of a turn, by their ids."""
    return [line.words.id for line in turn.lines if hasattr(line, "words")]


def is_months(turn: Turn) -> bool:
    """Whether this turn asks for the months of a plan."""
    return isinstance(turn, Question) and isinstance(turn.kind, MonthsOfPlan)

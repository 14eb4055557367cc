"""Replay is pure: a journal leads to one turn, to the same bytes, and never into the void."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing_core import card_results, charge_results
from billing_core.acquirers.declines import DeclineCode
from billing_core.sealed_answers import CardEntry
from ivr.call import Call
from ivr.dialogues.scripts import SCRIPTS
from ivr.facts import Facts
from ivr.replay import Entry, ScriptChanged, replay
from ivr.turns import HangUp, Question
from ivr.twiml import twiml
from ivr.words import words
from ivr.work import PayCharge, RegisterCard, result_to_json
from tests.ivr.golden_journals import PLAYS
from tests.ivr.played import (
    CHARGE,
    NOT_CONFIRMED,
    REGISTERED,
    REGISTRATION,
    SID,
    STILL_CHECKING,
    Answer,
    ids_said,
    kept,
    played,
)
from tests.ivr.twiml_rules import faults

KEYS = st.one_of(
    st.sampled_from(["1", "2", "3", "0", "8", "9", "*", "#", "", "12", "0829", "900101"]),
    st.sampled_from(["9999000000000004", "9999000000000005", "6011000990139424", "99990000"]),
    st.text("0123456789*#", max_size=16),
)
RESULTS = st.sampled_from([STILL_CHECKING, REGISTERED, NOT_CONFIRMED])
FACTS = st.sampled_from(
    [REGISTRATION, replace(REGISTRATION, was_cut_off=True, office_open=True), CHARGE]
)


def rendered(facts: Facts, journal: tuple[Entry, ...]) -> bytes:
    turn = replay(SCRIPTS[facts.script], SID, facts, journal).turn
    return twiml(turn, f"/twilio/voice/turn?at={len(journal)}")


@settings(max_examples=60, deadline=None)
@given(facts=FACTS, answers=st.lists(st.one_of(KEYS, KEYS, RESULTS), max_size=40))
def test_whatever_is_keyed_the_call_goes_on_in_right_twiml(
    facts: Facts, answers: list[Answer]
) -> None:
    known: list[Answer] = [
        answer for answer in answers if facts is not CHARGE or isinstance(answer, str)
    ]

    for step in played(facts, known):
        assert faults(twiml(step.turn, f"/twilio/voice/turn?at={len(step.journal)}")) == []


@pytest.mark.parametrize("name", sorted(PLAYS))
def test_a_journal_gives_the_same_bytes_every_time(name: str) -> None:
    facts, answers = PLAYS[name]

    for step in played(facts, answers):
        first, second = (rendered(facts, step.journal) for _ in range(2))
        assert first == second


def test_a_longer_journal_changes_nothing_that_was_said_before() -> None:
    facts, answers = PLAYS["registration-with-every-trouble"]
    steps = list(played(facts, answers))
    whole = steps[-1].journal

    again = [rendered(facts, whole[: len(step.journal)]) for step in steps]

    assert again == [
        twiml(step.turn, f"/twilio/voice/turn?at={len(step.journal)}") for step in steps
    ]


def test_hearing_one_answer_is_replaying_with_it() -> None:
    facts, answers = PLAYS["registration"]
    script = SCRIPTS[facts.script]
    for step, answer in zip(list(played(facts, answers))[:-1], answers, strict=True):
        heard = replay(script, SID, facts, step.journal, lambda turn: kept(turn, answer))  # noqa: B023
        assert heard.heard is not None
        after = replay(script, SID, facts, (*step.journal, heard.heard))

        assert heard.turn == after.turn


def test_deeds_belong_to_the_turn_they_lead_to() -> None:
    facts, answers = PLAYS["registration"]
    script = SCRIPTS[facts.script]

    deeds = [
        [type(deed).__name__ for deed in replay(script, SID, facts, step.journal).deeds]
        for step in played(facts, answers)
    ]

    assert deeds[1:3] == [["RecordConsent"], ["RecordConsent"]]
    assert deeds[8] == ["StageWork"]
    assert [place for place, done in enumerate(deeds) if done] == [1, 2, 8]


def test_what_a_script_has_said_after_its_goodbye_is_its_goodbye() -> None:
    facts, answers = PLAYS["registration"]
    end = list(played(facts, answers))[-1]

    more = replay(SCRIPTS[facts.script], SID, facts, end.journal, lambda _turn: {})

    assert more.heard is None
    assert more.turn == end.turn
    assert isinstance(more.turn, HangUp)


def test_another_order_of_questions_is_noticed() -> None:
    async def other(call: Call) -> None:
        await call.confirm(words("R03b", "다른 질문입니다."))
        await call.confirm(words("R03", "첫 질문입니다."))

    journal = list(played(*PLAYS["registration"]))[2].journal
    assert [entry.key for entry in journal] == ["menu R03", "menu R03b"]

    with pytest.raises(ScriptChanged):
        replay(other, SID, REGISTRATION, journal)


def test_another_kind_of_question_is_noticed() -> None:
    journal = list(played(*PLAYS["registration"]))[4].journal
    changed = (*journal[:3], Entry("expiry", {"got": "answer"}))

    with pytest.raises(ScriptChanged):
        replay(SCRIPTS["register_card"], SID, REGISTRATION, changed)


def test_other_words_for_the_same_questions_are_no_change() -> None:
    async def reworded(call: Call) -> None:
        for prompt in ("R03", "R03b"):
            await call.confirm(words(prompt, "같은 질문을 다른 말로 합니다."))

    journal = list(played(*PLAYS["registration"]))[2].journal

    assert isinstance(replay(reworded, SID, REGISTRATION, journal).turn, HangUp)


def test_a_script_that_begins_again_says_so_and_counts_on() -> None:
    again = replay(SCRIPTS["register_card"], SID, REGISTRATION, (), None, first=5).turn

    assert isinstance(again, Question)
    assert ids_said(again)[0] == "N12"


def test_facts_of_an_older_program_are_read() -> None:
    older = {"script": "register_card", "today": "2026-11-23", "merchant": "한빛"}

    assert Facts.from_json(older).consent == "each_charge"
    assert Facts.from_json(REGISTRATION.to_json()) == REGISTRATION


def test_what_a_newer_program_wrote_is_read_too() -> None:
    newer = {"only_in": "the next version"}
    card = CardEntry(("CA1:3",), "CA1:4", "CA1:6", "CA1:7")
    declined = charge_results.Declined(DeclineCode.INSUFFICIENT_FUNDS)

    assert Facts.from_json(REGISTRATION.to_json() | newer) == REGISTRATION
    assert (
        PayCharge(0, is_interest_free=False).outcome(result_to_json(declined) | newer) == declined
    )
    assert RegisterCard(card).outcome({"kind": "Unknown"} | newer) == card_results.Unknown()

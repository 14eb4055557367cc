"""Calls of yesterday's program go on with today's: their journals lead through the same questions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ivr.dialogues.scripts import SCRIPTS
from ivr.facts import Facts
from ivr.replay import Entry, replay
from tests.ivr.golden_journals import FOLDER, PLAYS, golden, outline
from tests.ivr.played import SID, Step

FILES = sorted(FOLDER.glob("*.json"))


def read(name: str) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return kept


@pytest.mark.parametrize("name", sorted(PLAYS))
def test_a_journal_leads_through_the_same_questions(name: str) -> None:
    kept = read(name)
    facts = Facts.from_json(kept["facts"])
    journal = [Entry(entry["key"], entry["kept"]) for entry in kept["journal"]]

    turns = [
        replay(SCRIPTS[facts.script], SID, facts, journal[:length]).turn
        for length in range(len(kept["turns"]))
    ]

    assert [outline(Step(turn, ())) for turn in turns] == kept["turns"]


@pytest.mark.parametrize("name", sorted(PLAYS))
def test_the_same_answers_are_kept_in_the_same_journal(name: str) -> None:
    assert json.loads(json.dumps(golden(*PLAYS[name]), ensure_ascii=False)) == read(name)


def test_every_script_has_a_journal_and_every_journal_a_play() -> None:
    assert {path.stem for path in FILES} == set(PLAYS)
    assert {facts.script for facts, _answers in PLAYS.values()} == set(SCRIPTS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_journal_holds_what_was_sealed(path: Any) -> None:
    text = path.read_text(encoding="utf-8")

    assert not any(digits in text for digits in ("99990000", "0829", "900101", "000000000"))

"""The pages of the dialogues show what callers hear today, and show all of it."""

from __future__ import annotations

import re

import pytest

from ivr.dialogue_pages import FOLDER, PAGES, pages, steps_of
from ivr.dialogue_paths import Page
from ivr.dialogues.scripts import SCRIPTS
from ivr.turns import HangUp, Transfer
from tests.tidy.test_prompts import spoken

# Said where no dialogue is: to strangers and hidden callers, and when something of ours is broken.
OUTSIDE_DIALOGUES = {"E01", "E02", "E09", "E09t", "E12", "E12t", "G20", "N12"}
# Said in charge calls only, beside the sentences whose ids say so.
OF_CHARGES = {"E05", "E11"}


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_page_is_as_new_as_its_dialogue(name: str) -> None:
    written = (FOLDER / name).read_text(encoding="utf-8")

    assert written == pages()[name], "write it anew: .venv/bin/python -m ivr.dialogue_pages"


def test_there_is_no_page_without_a_dialogue() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == set(pages())


def test_every_dialogue_has_its_paths() -> None:
    shown = {path.facts.script for page in PAGES for path in page.paths}

    assert set(SCRIPTS) - shown == set()


def test_every_sentence_of_the_registration_call_is_on_its_page() -> None:
    words = said(r"(G|N|E|R|RX)\d+\w*")

    assert sorted(words - shown_on("register-card.ko.md") - OUTSIDE_DIALOGUES - OF_CHARGES) == []


def test_every_sentence_of_the_charge_call_is_on_its_page() -> None:
    words = said(r"(C|CX)\d+\w*") | OF_CHARGES

    assert sorted(words - shown_on("consent-to-charge.ko.md")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_first_path_of_a_page_leads_to_the_end_of_the_call(page: Page) -> None:
    last = steps_of(page.paths[0])[-1]

    assert isinstance(last.turn, HangUp | Transfer)


def said(ids: str) -> set[str]:
    """The sentences whose id has this form."""
    return {prompt for prompt, _ in spoken() if re.fullmatch(ids, prompt)}


def shown_on(name: str) -> set[str]:
    """The sentences that have a row on this page."""
    return set(re.findall(r"^\| (\w+) \|", pages()[name], re.MULTILINE))

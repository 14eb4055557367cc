"""The catalogues of English words: complete, unambiguous, and texts that every phone can show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages import Message
from babel.messages.pofile import read_po

from ivr.words import CATALOGUE, Words, placeholders, render

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "sms" / "locale" / "en.po"


def entries(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return [message for message in read_po(file) if message.id]


def name(message: Message) -> str:
    return str(message.context)


PROMPTS, MESSAGES = entries(CATALOGUE), entries(TEXTS)


@pytest.mark.parametrize("entry", PROMPTS + MESSAGES, ids=name)
def test_both_languages_have_the_same_placeholders(entry: Message) -> None:
    assert entry.context
    assert entry.string
    assert placeholders(str(entry.id)) == placeholders(str(entry.string))


@pytest.mark.parametrize("path", [CATALOGUE, TEXTS], ids=["prompts", "texts"])
def test_every_id_occurs_once(path: Path) -> None:
    # Counted in the file itself, because reading a catalogue already merges what is there twice.
    ids = re.findall(r'^msgctxt "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)

    assert len(ids) == len(set(ids))
    assert len(ids) == len(entries(path))


@pytest.mark.parametrize("entry", PROMPTS, ids=name)
def test_every_prompt_can_be_said_in_english(entry: Message) -> None:
    values = dict.fromkeys(placeholders(str(entry.id)), "…")

    assert "{" not in render(Words(str(entry.context), str(entry.id), values), "en")


@pytest.mark.parametrize("entry", PROMPTS, ids=name)
def test_no_prompt_has_five_digits_in_a_row(entry: Message) -> None:
    assert not re.search("[0-9]{5}", f"{entry.id} {entry.string}")


@pytest.mark.parametrize("prompt", ["RX02", "RX03", "E07"])
def test_sentences_that_would_tell_too_much_do_not_exist(prompt: str) -> None:
    assert prompt not in map(name, PROMPTS)


def test_the_two_consents_of_a_registration_have_their_own_questions() -> None:
    assert {"R03", "R03b"} <= set(map(name, PROMPTS))


def test_there_are_twelve_texts() -> None:
    assert list(map(name, MESSAGES)) == [f"T{number:02}" for number in range(1, 13)]


@pytest.mark.parametrize("entry", MESSAGES, ids=name)
def test_a_text_has_only_characters_that_carriers_deliver(entry: Message) -> None:
    # The codec writes rare syllables as eight bytes of parts, which a phone would not put together.
    assert all(len(c.encode("euc_kr")) <= 2 for c in f"{entry.id}{entry.string}")

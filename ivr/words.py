"""The sentences of a call: Korean in the scripts, English in `locale/en.po`, joined by the prompt's id.

A script writes `_("R00", "안녕하세요. {merchant} …", merchant=…)` with `words` imported as `_`, and never
has to know the language of the call: what is filled in are `Spoken` pairs, chosen when it is rendered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Literal

from babel.messages.pofile import read_po

Language = Literal["ko", "en"]

CATALOGUE = Path(__file__).parent / "locale" / "en.po"

# The speed at which the lengths in the prompt script were estimated; not measured on a voice.
SYLLABLES_PER_S = 4.6
SENTENCE_PAUSE_S = 0.35

# A Hangul block and a digit are a syllable each; in Latin letters every group of vowels stands for one.
_SYLLABLE = re.compile(r"[가-힣0-9]|[aeiouy]+", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.?!](?=\s|$)")


class WrongValues(ValueError):
    """A sentence was given other values than it has placeholders for."""


class MissingWords(LookupError):
    """The English catalogue has no words for a prompt, or only those of an older Korean text."""


@dataclass(frozen=True)
class Spoken:
    """The same thing as it is said in Korean and in English."""

    ko: str
    en: str

    def in_language(self, language: Language) -> str:
        """What is said in this language."""
        return self.ko if language == "ko" else self.en


@dataclass(frozen=True)
class Words:
    """One sentence of a script with what is filled in. A plain str is said in both languages."""

    id: str
    ko: str
    values: Mapping[str, Spoken | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted, given = placeholders(self.ko), set(self.values)
        if wanted != given:
            raise WrongValues(
                f"{self.id}: missing {sorted(wanted - given)}, not in the text {sorted(given - wanted)}"
            )


def listed(things: Iterable[Spoken]) -> Spoken:
    """Several things one after the other: "이 개월, 삼 개월"."""
    pairs = list(things)
    return Spoken(", ".join(pair.ko for pair in pairs), ", ".join(pair.en for pair in pairs))


def words(prompt: str, ko: str, /, **values: Spoken | str) -> Words:
    """A sentence of a script: the prompt's id, the Korean text and its values."""
    return Words(prompt, ko, values)


def render(sentence: Words, language: Language) -> str:
    """The sentence as it is spoken. Braces inside a value are never read as placeholders."""
    template = sentence.ko if language == "ko" else _english(sentence)
    return template.format_map(
        {
            name: value.in_language(language) if isinstance(value, Spoken) else value
            for name, value in sentence.values.items()
        }
    )


@cache
def placeholders(template: str) -> frozenset[str]:
    """The names in braces. Only plain names are allowed, so that no text can reach into a value."""
    try:
        fields = [part[1:] for part in Formatter().parse(template) if part[1] is not None]
    except ValueError as fault:
        raise WrongValues(f"{fault} in: {template}") from None
    for name, form, conversion in fields:
        if form or conversion or not str(name).isidentifier():
            raise WrongValues(f"only plain names may stand in braces: {template}")
    return frozenset(str(name) for name, _, _ in fields)


def seconds(text: str) -> float:
    """About how long a voice needs for this text, to measure the length of a call."""
    syllables = len(_SYLLABLE.findall(text))
    return syllables / SYLLABLES_PER_S + SENTENCE_PAUSE_S * len(_SENTENCE_END.findall(text))


def _english(sentence: Words) -> str:
    """The English text that belongs to exactly this Korean text."""
    translated = _catalogue().get(sentence.id)
    if translated is None or not translated.en:
        raise MissingWords(f"{sentence.id} has no English words in {CATALOGUE.name}")
    if translated.ko != sentence.ko:
        raise MissingWords(
            f"{sentence.id}: the Korean words changed, those in {CATALOGUE.name} are older"
        )
    return translated.en


@cache
def _catalogue() -> dict[str, Spoken]:
    """Every prompt by its id. Read at the first English sentence and kept for the process."""
    with CATALOGUE.open("rb") as file:
        messages = read_po(file)
    return {
        message.context: Spoken(ko=str(message.id), en=str(message.string))
        for message in messages
        if message.context
    }

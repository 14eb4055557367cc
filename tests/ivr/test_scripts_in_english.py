"""Every sentence of a script has its English words, and they belong to exactly its Korean ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import ivr
from ivr.words import CATALOGUE

FOLDER = Path(ivr.__file__).parent


def sentences() -> Iterator[tuple[str, str, str]]:
    """File, id and Korean text of every sentence in the scripts."""
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="_" | "words"),
                    args=[ast.Constant(value=str(prompt)), ast.Constant(value=str(korean)), *_],
                ):
                    yield path.name, prompt, korean


SENTENCES = sorted(set(sentences()))


@pytest.mark.parametrize(("file", "prompt", "korean"), SENTENCES, ids=lambda part: part[:20])
def test_a_sentence_is_in_the_catalogue(file: str, prompt: str, korean: str) -> None:
    with CATALOGUE.open("rb") as catalogue:
        message = read_po(catalogue).get(korean, context=prompt)

    assert message is not None, f"{file} says {prompt} in other words than the catalogue"
    assert message.string


def test_one_id_has_one_sentence() -> None:
    told: dict[str, set[str]] = {}
    for _file, prompt, korean in SENTENCES:
        told.setdefault(prompt, set()).add(korean)

    assert {prompt: texts for prompt, texts in told.items() if len(texts) > 1} == {}

"""The sentences of the dialogues and the catalogue of their English words say the same things."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from babel.messages.pofile import read_po

from ivr.words import CATALOGUE
from tests.tidy.house import ROOT, product_files, tree_of

# Words that stand in the catalogue before the calls that will say them: self-service.
LATER = re.compile(r"M\d+")


def spoken() -> Iterator[tuple[str, str]]:
    """Every prompt in the code of the dialogues: its id and its Korean words."""
    for path in product_files():
        if path.is_relative_to(ROOT / "ivr"):
            for node in ast.walk(tree_of(path)):
                if isinstance(node, ast.Call) and _is_words(node.func) and len(node.args) == 2:
                    prompt, korean = node.args
                    if isinstance(prompt, ast.Constant) and isinstance(korean, ast.Constant):
                        yield str(prompt.value), str(korean.value)


def catalogue() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        return {str(entry.context): str(entry.id) for entry in read_po(file) if entry.context}


def test_every_prompt_is_in_the_catalogue_with_the_same_korean_words() -> None:
    known = catalogue()

    assert sorted({prompt for prompt, korean in spoken() if known.get(prompt) != korean}) == []


def test_every_prompt_of_the_catalogue_is_spoken() -> None:
    said = {prompt for prompt, _ in spoken()}
    unsaid = {
        prompt for prompt in catalogue() if prompt not in said and not LATER.fullmatch(prompt)
    }

    assert unsaid == set()


def test_one_id_is_one_sentence() -> None:
    sentences: dict[str, set[str]] = {}
    for prompt, korean in spoken():
        sentences.setdefault(prompt, set()).add(korean)

    assert {prompt for prompt, words in sentences.items() if len(words) > 1} == set()


def _is_words(called: ast.expr) -> bool:
    return isinstance(called, ast.Name) and called.id in ("_", "words")

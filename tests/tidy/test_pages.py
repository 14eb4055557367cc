"""Links lead somewhere, and commands in the documentation exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import app
from tests.tidy.house import ROOT, documented, files, name_of, pages

_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"(?:^|[\s`])(?:\S*/)?ars ((?:[a-z-]+)(?:[ \t][^\n`|]*)?)", re.MULTILINE)


def links(text: str) -> Iterator[str]:
    return (target for target in _LINK.findall(_FENCE.sub("", text)) if "://" not in target)


def anchors(text: str) -> set[str]:
    """The anchors that headings have."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w가-힣 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands_in(text: str) -> Iterator[list[str]]:
    """Every `ars …` of the code blocks and of code in the text, as words."""
    code = [*_FENCE.findall(text), *re.findall(r"`(ars [^`\n]+)`", text)]
    for block in code:
        for found in _COMMAND.finditer(block.replace("\\\n", " ")):
            yield shlex.split(found[1].partition("#")[0].replace("…", ""), posix=False)


@pytest.mark.parametrize("name", sorted(pages()))
def test_every_link_leads_somewhere(name: str) -> None:
    folder = (ROOT / name).parent
    lost = []
    for link in links(pages()[name]):
        target, _, anchor = link.partition("#")
        path = (folder / target).resolve() if target else ROOT / name
        if not path.exists() or (
            anchor and anchor not in anchors(path.read_text(encoding="utf-8"))
        ):
            lost.append(link)

    assert lost == []


@pytest.mark.parametrize("name", sorted(pages()))
def test_every_ars_command_exists(name: str) -> None:
    wrong = [" ".join(words) for words in commands_in(pages()[name]) if not _exists(words)]

    assert wrong == []


def test_every_make_target_in_the_documentation_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = [*_FENCE.findall(documented()), *re.findall(r"`([^`\n]+)`", documented())]
    named = {
        target for piece in code for target in re.findall(r"^\s*make ([a-z]+)", piece, re.MULTILINE)
    }

    assert named
    assert named <= targets


def test_the_readme_names_the_commands_that_do_everything() -> None:
    assert all(f"make {target}" in documented("README.md") for target in ("run", "test", "demo"))


def test_every_page_can_be_reached_from_the_index() -> None:
    index = documented("docs/README.md")
    unlisted = [
        name_of(path)
        for path in files(".md")
        if path.is_relative_to(ROOT / "docs") and path.name != "README.md"
        if path.relative_to(ROOT / "docs").as_posix() not in index
    ]

    assert unlisted == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda path: path.stem
)
def test_a_decision_has_its_three_parts_and_says_it_in_one_sentence(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    decision = text.partition("## Decision\n")[2].strip()

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert re.match(r"\*\*[^*]+[.]\*\*(\n|$)", decision)
    assert text.startswith(f"# {int(path.stem.partition('-')[0])}. ")


def _exists(words: list[str]) -> bool:
    command: click.Command = app.ars
    rest = [word for word in words if word]
    while rest and isinstance(command, click.Group):
        name = rest.pop(0)
        # "ars numbers add/list": one line for several commands.
        found = [command.commands.get(part) for part in name.split("/")]
        if None in found:
            return False
        command = found[0] or command
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    return all(word.split("=")[0] in options for word in rest if word.startswith("--"))

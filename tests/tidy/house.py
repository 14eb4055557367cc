"""What the tests about code and docs look at: files, syntax trees, pages, and the product's own lists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "billing_core",
    "embedded",
    "foundation",
    "ivr",
    "merchant_api",
    "phone_simulator",
    "sms",
    "virtual_numbers",
)
# Built, installed or written by running: none of it is ever committed.
NOT_OURS = {"__pycache__", "var", "build", "dist"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files(*endings: str) -> tuple[Path, ...]:
    """Every file of the repository with one of these endings."""
    found = (path for path in _walk(ROOT) if path.suffix in endings or path.name in endings)
    return tuple(sorted(found))


def product_files() -> list[Path]:
    """The product's own modules."""
    inside = (*PACKAGES, "app.py", "settings.py")
    return [path for path in files(".py") if name_of(path).split("/")[0] in inside]


def name_of(path: Path) -> str:
    """A file as people speak of it: "ivr/replay.py"."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def functions_of(path: Path) -> tuple[Function, ...]:
    return tuple(node for node in ast.walk(tree_of(path)) if isinstance(node, Function))


@cache
def pages() -> dict[str, str]:
    """Every Markdown page by its name."""
    return {name_of(path): path.read_text(encoding="utf-8") for path in files(".md")}


def documented(*names: str) -> str:
    """The text of these pages, or of all of them."""
    return "\n".join(text for name, text in pages().items() if not names or name in names)


def in_code(text: str) -> set[str]:
    """Everything that stands between single backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


def commands(
    group: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below a group that can be run, by the words that run it."""
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, (*path, name))
    else:
        yield path, group


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            if path.name not in NOT_OURS and not path.name.endswith(".egg-info"):
                # Of hidden folders only the gate is ours.
                yield from (
                    _walk(path) if not path.name.startswith(".") or path.name == ".ci" else ()
                )
        else:
            yield path

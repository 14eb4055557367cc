"""A test that asserts nothing proves nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.tidy.house import Function, files, functions_of, name_of, tree_of

# What asserts by itself, besides the word: pytest's own, the browser's, and the verbs of callers and benches.
ASSERTING = {"raises", "warns", "expect", "hears", "does_not_hear"}


def test_every_test_asserts_something() -> None:
    silent = [
        f"{name_of(path)}:{test.name}"
        for path in files(".py")
        if name_of(path).startswith("tests/") and path.name.startswith("test_")
        for test in functions_of(path)
        if test.name.startswith("test_") and not _asserts(test, _asserting_names(path))
    ]

    assert silent == []


def test_every_file_of_tests_can_be_found() -> None:
    lost = [
        name_of(path)
        for path in files(".py")
        if name_of(path).startswith("tests/")
        and not path.name.startswith("test_")
        and any(function.name.startswith("test_") for function in functions_of(path))
        # A bench of contracts has tests that others inherit.
        and "contracts" not in path.parts
    ]

    assert lost == []


@cache
def _asserting_names(path: Path) -> set[str]:
    """Functions of the file, and of files of tests it imports from, that assert."""
    sources = [path, *_imported_tests(path)]
    return ASSERTING | {
        function.name
        for source in sources
        for function in functions_of(source)
        if any(isinstance(node, ast.Assert) for node in ast.walk(function))
    }


def _imported_tests(path: Path) -> Iterator[Path]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
            source = Path(*(node.module or "").split(".")).with_suffix(".py")
            yield from (found for found in files(".py") if found.as_posix().endswith(f"/{source}"))


def _asserts(test: Function, names: set[str]) -> bool:
    return any(
        isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and _called(node) in names)
        for node in ast.walk(test)
    )


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(name):
            return name
        case ast.Attribute(attr=name):
            return name
    return ""

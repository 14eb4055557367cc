"""Functions and modules stay small enough to be read at one go."""

from __future__ import annotations

from tests.tidy.house import files, functions_of, name_of, product_files

FUNCTION_LINES_MAX = 45
MODULE_LINES_MAX = 300
# Whatever is longer, and why it may be; nothing stays here that has become shorter.
LONGER_FUNCTIONS = {
    "ivr/webhooks.py:voice_blueprint": "three pages that share the database and the signature",
}
# Written by a generator, and read by a machine.
GENERATED = "foundation/migrations/"


def test_functions_are_short() -> None:
    long = {
        f"{name_of(path)}:{function.name}"
        for path in product_files()
        if not name_of(path).startswith(GENERATED)
        for function in functions_of(path)
        if (function.end_lineno or 0) - function.lineno + 1 > FUNCTION_LINES_MAX
    }

    assert sorted(long) == sorted(LONGER_FUNCTIONS)


def test_modules_are_short() -> None:
    long = {
        name_of(path)
        for path in product_files()
        if not name_of(path).startswith(GENERATED)
        if len(path.read_text(encoding="utf-8").splitlines()) > MODULE_LINES_MAX
    }

    assert sorted(long) == []


def test_test_functions_are_short() -> None:
    long = {
        f"{name_of(path)}:{function.name}"
        for path in files(".py")
        if name_of(path).startswith("tests/")
        for function in functions_of(path)
        if (function.end_lineno or 0) - function.lineno + 1 > FUNCTION_LINES_MAX
    }

    assert long == set()

"""Nothing unfinished, nothing of one machine, nothing about how a change came to be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tidy.house import files, name_of

ENDINGS = (
    ".py",
    ".md",
    ".po",
    ".toml",
    ".yaml",
    ".html",
    ".css",
    ".sh",
    "Makefile",
    "install",
    "lock",
    "run",
)
LOCK_FILES = ("requirements.lock", "requirements-dev.lock")
THIS = "tests/tidy/test_words_that_do_not_belong.py"
BANNED = {
    "a mark of something unfinished": re.compile(r"\b(TODO|FIXME|XXX|HACK|WIP)\b"),
    "a number of an issue": re.compile(
        r"(?i)\b(issue|ticket|bug|pr|gh)[ -]?#?\d{1,5}\b|\B#\d{2,5}\b(?!;)"
    ),
    "the host of a registry": re.compile(
        r"(?i)\b(pypi\.org|pythonhosted\.org|registry\.npmjs|index-url)\b"
    ),
    "a path of one machine": re.compile(r"(?<![\w.])/(work|root|home|Users)/|/tmp/bash_jobs"),
    "a word about who or what wrote it": re.compile(
        r"\b(A\.?I\.?|LLM|GPT|Claude|Copilot|chatbot)\b"
    ),
    "a test that is not run": re.compile(r"@pytest\.mark\.(skip|xfail)|pytest\.skip\("),
}


def written() -> list[Path]:
    return [path for path in files(*ENDINGS, *LOCK_FILES) if name_of(path) != THIS]


@pytest.mark.parametrize("what", BANNED)
def test_no_file_has(what: str) -> None:
    found = [
        f"{name_of(path)}:{number}: {line.strip()[:100]}"
        for path in written()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if BANNED[what].search(line)
    ]

    assert found == []


def test_every_lock_has_hashes() -> None:
    for name in LOCK_FILES:
        pins = [
            line for path in files(name) for line in path.read_text().splitlines() if "==" in line
        ]

        assert pins
        assert all(
            line.rstrip().endswith("\\") for line in pins if not line.lstrip().startswith("#")
        )

"""Speaks prompts with espeak-ng, where the machine has it, for browsers without a Korean or English voice of their own."""

import shutil
import subprocess
from functools import cache, lru_cache

PROGRAM = "espeak-ng"
VOICES = {"ko": "ko", "en": "en-us"}
SPEAK_S = 10.0
# Letters; no prompt is longer.
WORDS_MAX = 2000
SPOKEN_KEPT = 64


class NoVoice(Exception):
    """Nothing on this machine speaks this language."""


@cache
def _program() -> str | None:
    return shutil.which(PROGRAM)


def voices() -> list[str]:
    """The languages that can be spoken here."""
    return list(VOICES) if _program() else []


@lru_cache(SPOKEN_KEPT)
def spoken(text: str, language: str) -> bytes:
    """A wave file of the text; raises NoVoice."""
    program, voice = _program(), VOICES.get(language.partition("-")[0])
    if program is None or voice is None:
        raise NoVoice(f"{PROGRAM} is not installed, or does not speak {language or 'this'}")
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, which reads the text from its standard input
            [program, "-v", voice, "--stdin", "--stdout"],
            input=text[:WORDS_MAX].encode(), capture_output=True, timeout=SPEAK_S, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise NoVoice(f"{PROGRAM} did not speak: {error}") from error
    return done.stdout

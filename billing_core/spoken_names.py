"""What is read out in a call and written in a text: merchants, customers, items, and sentences."""

from __future__ import annotations

import re
import unicodedata

from foundation.errors import InvalidRequest
from sms.characters import NAMED_MAX, check_writable

# Six digits on end are no name: they are an account, a telephone or a card number.
DIGITS_ON_END_MAX = 5

_DIGITS_ON_END = re.compile(rf"\d{{{DIGITS_ON_END_MAX + 1},}}")
# The only characters that a voice says or pauses at; whatever is not here is dropped when it is spoken.
_NOT_SPOKEN = re.compile(r"[^가-힣A-Za-zÀ-ÖØ-öø-ɏ0-9 .,?!~:/'&%-]+")
_LEGAL_FORM = re.compile(r"\(주\)|주식회사")
# Modifier letters (Lm) are marks beside a letter, as an apostrophe is.
_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lo"})
# A vowel that nobody uses any more: keyboards have it for the middle dot.
_KEYBOARD_DOT = "\u119e"
# Control characters, invisible marks, surrogates, private use, and what Unicode has not assigned.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def is_visible(text: str) -> bool:
    """Whether every character can be seen, or is a space."""
    return all(unicodedata.category(character) not in _INVISIBLE for character in text)


def speakable(text: str) -> str:
    """What a voice says of a text: its speakable characters with single spaces, perhaps none."""
    composed = unicodedata.normalize("NFKC", text)
    # Joiners and other invisible characters vanish; anything else that is not spoken separates words.
    visible = "".join(c for c in composed if unicodedata.category(c) not in ("Cf", "Mn", "Me"))
    return " ".join(_NOT_SPOKEN.sub(" ", _LEGAL_FORM.sub(" ", visible)).split())


def check_speakable(param: str, text: str) -> None:
    """Refuse what operators do not carry, and what a voice would leave out or say nothing of."""
    check_writable(param, text)
    if unspoken := _unspoken_letters(text):
        named = ", ".join(f"'{letter}'" for letter in unspoken[:NAMED_MAX])
        raise _not_sayable(param, f"no voice says {named}. Write it in Hangul or Latin letters.")
    if not any(character.isalnum() for character in speakable(text)):
        raise _not_sayable(param, "write it with letters.")


def check_sayable(param: str, text: str) -> None:
    """Refuse what is not speakable, and what is nonsense when it is read out as a name."""
    check_speakable(param, text)
    if not any(character.isalpha() for character in text):
        raise _not_sayable(param, "write it with letters.")
    if _DIGITS_ON_END.search(text):
        raise _not_sayable(param, f"no more than {DIGITS_ON_END_MAX} digits on end.")


def _unspoken_letters(text: str) -> list[str]:
    """The letters that a voice cannot say, as they are written, each once."""
    composed = unicodedata.normalize("NFC", text)
    return [character for character in dict.fromkeys(composed) if _is_unspoken(character)]


def _is_unspoken(character: str) -> bool:
    return any(
        unicodedata.category(part) in _LETTERS and part != _KEYBOARD_DOT and not speakable(part)
        for part in unicodedata.normalize("NFKC", character)
    )


def _not_sayable(param: str, remedy: str) -> InvalidRequest:
    detail = f"This is read out in a call: {remedy}"
    return InvalidRequest.field(param, detail, code="not_sayable")

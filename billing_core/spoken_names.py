"""What is read out in a call and written in a text: merchants, customers, items, and sentences."""

from __future__ import annotations

import re
import unicodedata

from foundation.errors import InvalidRequest
from sms.characters import check_writable

# Six digits on end are no name: they are an account, a telephone or a card number.
DIGITS_ON_END_MAX = 5

_DIGITS_ON_END = re.compile(rf"\d{{{DIGITS_ON_END_MAX + 1},}}")
# Control characters, invisible marks, surrogates, private use, and what Unicode has not assigned.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def is_visible(text: str) -> bool:
    """Whether every character can be seen, or is a space."""
    return all(unicodedata.category(character) not in _INVISIBLE for character in text)


def check_sayable(param: str, text: str) -> None:
    """Refuse what operators do not carry, or what is nonsense when it is read out."""
    check_writable(param, text)
    if not any(character.isalpha() for character in text):
        raise InvalidRequest.field(
            param, "This is read out in a call: write it with letters.", code="not_sayable"
        )
    if _DIGITS_ON_END.search(text):
        raise InvalidRequest.field(
            param,
            f"This is read out in a call: no more than {DIGITS_ON_END_MAX} digits on end.",
            code="not_sayable",
        )

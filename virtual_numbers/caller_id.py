"""Who the network says is calling: a telephone number, nobody, or something else.

Caller numbers arrive in many spellings, and hidden ones as words, even as words typed on a keypad:
"anonymous" becomes +266696687 and looks like a number in Lesotho. A caller number can be forged;
it is a hint, never a proof.
"""

from __future__ import annotations

from dataclasses import dataclass

from foundation.phone_number import PhoneNumber

# Shorter ones are services and alarms, not phones that got a text.
DIGITS_MIN = 8
# Nobody's caller number is longer, whatever the words around it.
RAW_MAX = 200
WORDS_FOR_HIDDEN = (
    "anonymous",
    "blocked",
    "private",
    "restricted",
    "unavailable",
    "unknown",
    "withheld",
)
_KEYPAD = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
KEYED_WORDS = frozenset(word.translate(_KEYPAD) for word in WORDS_FOR_HIDDEN)


@dataclass(frozen=True)
class Withheld:
    """No number was shown: the caller hides it, or their network does not tell."""


@dataclass(frozen=True)
class Unknown:
    """Something was shown that is not a telephone: a SIP address, a short code, a typing error."""


def identify(raw_from: str) -> PhoneNumber | Withheld | Unknown:
    """Read the provider's `From`. All spellings of one number give the same PhoneNumber."""
    shown = raw_from.strip().lower()[:RAW_MAX]
    digits = "".join(filter(str.isdigit, shown))
    if not shown or digits in KEYED_WORDS or any(word in shown for word in WORDS_FOR_HIDDEN):
        return Withheld()
    if len(digits) < DIGITS_MIN or any(map(str.isalpha, shown)):
        return Unknown()
    try:
        return PhoneNumber.parse(shown)
    except ValueError:
        return Unknown()

"""Card numbers in free text, where none belongs: it is stored, texted and read aloud.

What is refused is told without the digits. Ids are left alone: one in ten numbers is right by chance.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from stdnum import luhn

# The shortest and the longest that any brand issues, of whom not all can be registered here.
LENGTHS = range(13, 20)
# Nobody writes a card number in smaller groups among other digits, but telephones and dates are.
GROUP_MIN = 4
GROUPS_MAX = LENGTHS[-1] // GROUP_MIN + 1

# What may stand between two digits of one number, in any writing: spaces, hyphens, dashes.
BETWEEN = "[ \u00a0\u2010-\u2015-]"

_RUN = re.compile(rf"[0-9](?:{BETWEEN}?[0-9])+")
# Brands begin with 3 to 6 and 22 to 27, Korea's own cards with 9. Telephones, dates and milliseconds
# since 1970 do not.
_BRAND = re.compile(r"[34569]|2[2-7]")


def holds_card_number(text: str) -> bool:
    """Whether digits in a text, perhaps parted by single spaces or hyphens, read as a card number."""
    runs = _RUN.findall(unicodedata.normalize("NFKC", text))
    return any(_is_card_number(digits) for run in runs for digits in _readings(run))


def _readings(run: str) -> Iterator[str]:
    """All digits of a run, and those of neighbouring groups in it."""
    groups = re.split(BETWEEN, run)
    yield "".join(groups)
    for start in range(len(groups)):
        for count in range(1, GROUPS_MAX + 1):
            together = groups[start : start + count]
            if all(len(group) >= GROUP_MIN for group in together):
                yield "".join(together)


def _is_card_number(digits: str) -> bool:
    return len(digits) in LENGTHS and _BRAND.match(digits) is not None and luhn.is_valid(digits)

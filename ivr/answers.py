"""Kinds of answers: how many keys, how long to wait, what is checked, and what may be kept.

Waits are those of the key table: seconds until the first key, and between keys. A wrong entry is
not kept at all; of a right one the journal keeps what may be shown, and the digits are sealed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from billing_core.acquirers.issuers import (
    birth_date_is_possible,
    business_number_is_valid,
)
from ivr.turns import Heard, Kept, Keys

MENU_WAIT_S = 7
CONSENT_WAIT_S = 10
READY_WAIT_S = 20
PASSWORD_DIGITS = 2
WRONG_KEY = "?"
PERSON_KEY = "0"
# A card printed today may be valid for twenty years, and none for longer.
EXPIRY_YEARS_MAX = 20


@dataclass(frozen=True)
class MenuKey:
    """One key of a menu. `*`, `#` and `0` arrive like any other; keys not on offer are not kept."""

    prompt: str
    choices: str
    wait_s: int = MENU_WAIT_S

    @property
    def name(self) -> str:
        return f"menu {self.prompt}"

    @property
    def keys(self) -> Keys:
        return Keys(most=1, finish="", first_wait_s=self.wait_s, wait_s=self.wait_s)

    def keep(self, heard: Heard) -> Kept:
        pressed = re.sub(r"[^0-9*#]", "", heard.digits)[:1] or heard.finished_on[:1]
        # Who begins to key a card number too early presses its digits here.
        return Kept({"key": pressed if pressed in f"{self.choices}0*#" else WRONG_KEY})


@dataclass(frozen=True)
class Expiry:
    """MMYY as printed on the card."""

    today: date
    name: str = "expiry"
    keys: Keys = Keys(most=4, finish="#", first_wait_s=15, wait_s=6)

    def keep(self, heard: Heard) -> Kept:
        if (other := no_entry(heard, self.keys)) is not None:
            return other
        digits = after_star(heard.digits)
        if len(digits) != self.keys.most:
            return wrong(heard, self.keys)
        month, year = int(digits[:2]), 2000 + int(digits[2:])
        if not 1 <= month <= 12:
            return self._swapped(digits, heard)
        if (year, month) < (self.today.year, self.today.month):
            return Kept({"got": "expired", "ended": ended(heard, self.keys)})
        if year > self.today.year + EXPIRY_YEARS_MAX:
            return wrong(heard, self.keys)
        return Kept({"got": "answer", "ended": ended(heard, self.keys)}, sealed=digits)

    def _swapped(self, digits: str, heard: Heard) -> Kept:
        """Year and month swapped: the month is impossible as keyed, possible the other way round."""
        month, year = int(digits[2:]), 2000 + int(digits[:2])
        if not 1 <= month <= 12 or (year, month) < (self.today.year, self.today.month):
            return wrong(heard, self.keys)
        journal = {"got": "swapped", "year": year, "month": month, "ended": "full"}
        return Kept(journal, sealed=digits[2:] + digits[:2])


@dataclass(frozen=True)
class Holder:
    """The birth date of the card's owner, YYMMDD, or the business number of a company: 6 or 10."""

    name: str = "holder"
    # Ten digits end by themselves; six end by the pause after them, so that pause is short.
    keys: Keys = Keys(most=10, finish="#", first_wait_s=15, wait_s=5)

    def keep(self, heard: Heard) -> Kept:
        if (other := no_entry(heard, self.keys)) is not None:
            return other
        digits = after_star(heard.digits)
        if len(digits) == 6 and birth_date_is_possible(digits):
            # The pause or `#` ended it: a `#` in the next turn is no habit of this one.
            return Kept({"got": "answer", "ended": ended(heard, self.keys)}, sealed=digits)
        if len(digits) == 10 and business_number_is_valid(digits):
            return Kept({"got": "answer", "ended": ended(heard, self.keys)}, sealed=digits)
        if len(digits) == self.keys.most and "*" not in heard.digits:
            # Seven or eight digits are a birth date with its century: no company is meant.
            return Kept({"got": "company", "ended": ended(heard, self.keys)})
        return wrong(heard, self.keys)


@dataclass(frozen=True)
class PasswordPrefix:
    """The first two digits of the card's password; more are never asked for and never kept."""

    name: str = "password"
    keys: Keys = Keys(most=PASSWORD_DIGITS, finish="#", first_wait_s=15, wait_s=6)

    def keep(self, heard: Heard) -> Kept:
        if (other := no_entry(heard, self.keys)) is not None:
            return other
        digits = after_star(heard.digits)
        if len(digits) != PASSWORD_DIGITS:
            return wrong(heard, self.keys)
        return Kept({"got": "answer", "ended": ended(heard, self.keys)}, sealed=digits)


@dataclass(frozen=True)
class MonthsOfPlan:
    """Months of an instalment plan: two digits, or `#` with or without any; 00 is one payment."""

    allowed: tuple[int, ...]
    name: str = "months"
    keys: Keys = Keys(most=2, finish="#", first_wait_s=10, wait_s=4)

    def keep(self, heard: Heard) -> Kept:
        digits = after_star(heard.digits)
        if not digits and "#" in (heard.finished_on, heard.digits):
            return Kept({"got": "answer", "months": 0})
        if (other := no_entry(heard, self.keys)) is not None:
            return other
        if len(digits) > self.keys.most:
            return wrong(heard, self.keys)
        months = int(digits)
        if months and months not in self.allowed:
            return wrong(heard, self.keys)
        return Kept({"got": "answer", "months": months, "ended": ended(heard, self.keys)})


def after_star(digits: str) -> str:
    """What follows the last star: a star means "I start this field again"."""
    return digits.rpartition("*")[2]


def no_entry(heard: Heard, keys: Keys) -> Kept | None:
    """What came instead of an entry, or None where digits were keyed.

    A star alone asks to hear it again, a lone 0 asks for a person, `#` goes back, all else is
    silence. Where one digit is all that is missing, 0 is that digit.
    """
    if heard.digits == PERSON_KEY and keys.most > 1:
        return Kept({"got": "person"})
    if after_star(heard.digits).isdecimal():
        return None
    if "*" in heard.digits:
        return Kept({"got": "replay"})
    if "#" in (heard.finished_on, heard.digits):
        return Kept({"got": "back"})
    if heard.digits:
        return Kept({"got": "fault"})
    return Kept({"got": "silence"})


def wrong(heard: Heard, keys: Keys) -> Kept:
    """An entry that cannot be right is asked again; after a star in it that is no error."""
    return Kept({"got": "replay" if "*" in heard.digits else "fault", "ended": ended(heard, keys)})


def ended(heard: Heard, keys: Keys) -> str:
    """How the field ended: by being "full", by a "key", or by "time"."""
    if heard.finished_on:
        return "key"
    return "full" if len(heard.digits) >= keys.most else "time"

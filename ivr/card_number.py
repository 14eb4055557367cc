"""The card number as an answer: in one go, as the rest of one, or four digits at a time.

The web process cannot open what it sealed, so a number keyed in pieces is checked by carrying
along two running check sums and no digit besides the last four. What may be shown of a number is
its issuer and its last four digits; those are split off before sealing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from billing_core.acquirers.issuers import (
    card_number_fault,
    check_digit_is_strict,
    is_unsupported,
    issuer_of_prefix,
)
from ivr.answers import after_star, ended, without_digits
from ivr.turns import Heard, Json, Kept, Keys

WHOLE = 16
SHORT = (14, 15)
FOUR = 4
# Fewer digits than these are no number that was interrupted but a slip of the finger.
PARTIAL_MIN = 6
# Digits before the last four are never kept: in a number of sixteen those end with the twelfth,
# in the short numbers of these brands with the tenth or eleventh.
SHOWN_FROM = 12
SHOWN_FROM_IF_SHORT = 10
SHORT_BRANDS = ("30", "34", "36", "37", "38", "39")


@dataclass(frozen=True)
class SoFar:
    """What is known of the digits keyed so far."""

    count: int = 0
    # Luhn sums, modulo ten, with the digits at even and at odd places doubled.
    sums: tuple[int, int] = (0, 0)
    issuer: str | None = None
    strict: bool = True
    supported: bool = True
    may_be_short: bool = False
    tail: str = ""

    @classmethod
    def from_json(cls, kept: Json) -> SoFar:
        """What `to_json` wrote."""
        values = {name: kept[name] for name in cls.__dataclass_fields__ if name in kept}
        return cls(**values | {"sums": tuple(values.get("sums", (0, 0)))})

    def to_json(self) -> dict[str, Any]:
        """The form in which the journal keeps it."""
        return asdict(self)

    def with_digits(self, digits: str) -> SoFar:
        """The same after these digits."""
        begins = self.count == 0
        short = digits.startswith(SHORT_BRANDS) if begins else self.may_be_short
        shown_from = SHOWN_FROM_IF_SHORT if short else SHOWN_FROM
        issuer = issuer_of_prefix(digits) if begins else None
        return SoFar(
            count=self.count + len(digits),
            sums=(self._sum(digits, 0), self._sum(digits, 1)),
            issuer=issuer.code if issuer else self.issuer,
            strict=check_digit_is_strict(digits) if begins else self.strict,
            supported=not is_unsupported(digits) if begins else self.supported,
            may_be_short=short,
            tail=self.tail + digits[max(0, shown_from - self.count) :],
        )

    @property
    def is_right(self) -> bool:
        """Whether the number is whole and its check digit fits, where it must fit."""
        whole = self.count == WHOLE or (self.may_be_short and self.count in SHORT)
        return whole and (not self.strict or self.sums[self.count % 2] == 0)

    def _sum(self, digits: str, doubled: int) -> int:
        total = self.sums[doubled]
        for place, digit in enumerate(digits, start=self.count):
            value = int(digit) * (2 if place % 2 == doubled else 1)
            total += value - 9 if value > 9 else value
        return total % 10


@dataclass(frozen=True)
class WholeNumber:
    """A card number in one go. Sixteen digits end by themselves, fourteen or fifteen with `#`."""

    name: str = "card number"
    keys: Keys = Keys(most=WHOLE, finish="#", first_wait_s=15, wait_s=8)

    def keep(self, heard: Heard) -> Kept:
        digits = after_star(heard.digits)
        if not digits.isdecimal():
            return without_digits(heard)
        if self._is_complete(digits, heard):
            return _complete(digits, ended(heard, self.keys))
        by_key = ended(heard, self.keys) == "key"
        if not by_key and (len(digits) >= PARTIAL_MIN or "*" in heard.digits):
            return _partial(SoFar().with_digits(digits), digits)
        return Kept({"got": "fault", "ended": ended(heard, self.keys)})

    def _is_complete(self, digits: str, heard: Heard) -> bool:
        if len(digits) == WHOLE:
            return True
        # A pause after a short number is as good as its `#`, when everything else fits.
        fits = len(digits) in SHORT and card_number_fault(digits) is None
        return len(digits) in SHORT and (bool(heard.finished_on) or fits)


@dataclass(frozen=True)
class RestOfNumber:
    """The digits still missing after a pause or after the first pieces of four."""

    so_far: SoFar = field(default_factory=SoFar)
    most: int = FOUR

    @property
    def name(self) -> str:
        return "card number piece"

    @property
    def keys(self) -> Keys:
        return Keys(most=self.most, finish="#", first_wait_s=15, wait_s=8)

    def keep(self, heard: Heard) -> Kept:
        if "*" in heard.digits:
            return Kept({"got": "cleared"})
        digits = heard.digits
        if not digits.isdecimal():
            return without_digits(heard)
        after = self.so_far.with_digits(digits)
        ended_short = bool(heard.finished_on) and after.may_be_short and after.count in SHORT
        if after.count < WHOLE and not ended_short:
            return _partial(after, digits)
        if not after.is_right:
            return Kept({"got": "fault", "ended": ended(heard, self.keys)})
        journal = {"got": "answer", "ended": ended(heard, self.keys), "last4": after.tail[-4:]}
        return Kept(journal | _known(after), sealed=digits)


def _complete(digits: str, how: str) -> Kept:
    so_far = SoFar().with_digits(digits)
    if not so_far.supported:
        return Kept({"got": "unsupported", "ended": how})
    if card_number_fault(digits) is not None:
        return Kept({"got": "fault", "ended": how})
    journal = {"got": "answer", "ended": how, "last4": digits[-4:]} | _known(so_far)
    return Kept(journal, sealed=digits)


def _partial(so_far: SoFar, digits: str) -> Kept:
    if not so_far.supported:
        return Kept({"got": "unsupported", "ended": "time"})
    return Kept({"got": "partial", "ended": "full"} | so_far.to_json(), sealed=digits)


def _known(so_far: SoFar) -> dict[str, Any]:
    return {"issuer": so_far.issuer}

"""The card number as an answer: in one go, as the rest of one, or four digits at a time.

The web process cannot open what it sealed, so a number keyed in pieces is checked by carrying
along one running check sum and no digit besides the last four. What may be shown of a number is
its issuer and its last four digits; those are split off before sealing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from billing_core.acquirers.issuers import (
    LENGTH_BY_PREFIX,
    card_number_fault,
    check_digit_is_strict,
    has_issuer,
    is_unsupported,
    issuer_of_prefix,
)
from ivr.answers import after_star, ended, no_entry
from ivr.turns import Heard, Json, Kept, Keys

WHOLE = 16
FOUR = 4
# Fewer digits than these are no number that was interrupted but a slip of the finger.
PARTIAL_MIN = 6
# After a star the caller has begun again on purpose; two digits already tell how many will come.
PREFIX = 2
# Digits before the last four are never kept.
SHOWN = 4


@dataclass(frozen=True)
class SoFar:
    """What is known of the digits keyed so far."""

    count: int = 0
    # How many digits the whole number has, by its first two.
    length: int = WHOLE
    # The Luhn sum, modulo ten.
    checksum: int = 0
    issuer: str | None = None
    strict: bool = True
    supported: bool = True
    tail: str = ""

    @classmethod
    def from_json(cls, kept: Json) -> SoFar:
        """What `to_json` wrote."""
        return cls(**{name: kept[name] for name in cls.__dataclass_fields__ if name in kept})

    def to_json(self) -> dict[str, Any]:
        """The form in which the journal keeps it."""
        return asdict(self)

    def with_digits(self, digits: str) -> SoFar:
        """The same after these digits."""
        begins = self.count == 0
        length = LENGTH_BY_PREFIX.get(digits[:PREFIX], WHOLE) if begins else self.length
        issuer = issuer_of_prefix(digits) if begins else None
        return SoFar(
            count=self.count + len(digits),
            length=length,
            checksum=self._sum(digits, length),
            issuer=issuer.code if issuer else self.issuer,
            strict=check_digit_is_strict(digits) if begins else self.strict,
            supported=not is_unsupported(digits) if begins else self.supported,
            tail=self.tail + digits[max(0, length - SHOWN - self.count) :],
        )

    @property
    def missing(self) -> int:
        """How many digits are still to come."""
        return self.length - self.count

    @property
    def is_right(self) -> bool:
        """Whether the number is whole and its check digit fits, where it must fit."""
        return self.count == self.length and (not self.strict or self.checksum == 0)

    def _sum(self, digits: str, length: int) -> int:
        total = self.checksum
        for place, digit in enumerate(digits, start=self.count):
            value = int(digit) * (1 if (length - place) % 2 else 2)
            total += value - 9 if value > 9 else value
        return total % 10


@dataclass(frozen=True)
class WholeNumber:
    """A card number in one go. Sixteen digits end by themselves, fourteen or fifteen with `#`."""

    name: str = "card number"
    keys: Keys = Keys(most=WHOLE, finish="#", first_wait_s=15, wait_s=8)

    def keep(self, heard: Heard) -> Kept:
        if (other := no_entry(heard, self.keys)) is not None:
            return other
        digits = after_star(heard.digits)
        so_far, how = SoFar().with_digits(digits), ended(heard, self.keys)
        if so_far.missing <= 0:
            # A pause after a short number is as good as its `#`.
            return _complete(so_far, digits, how)
        began_again = "*" in heard.digits
        if how != "key" and len(digits) >= (PREFIX if began_again else PARTIAL_MIN):
            return _partial(so_far, digits)
        return Kept({"got": "replay" if began_again else "fault", "ended": how})


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
        if (other := no_entry(heard, self.keys)) is not None:
            return other
        digits = heard.digits
        after = self.so_far.with_digits(digits)
        if after.count < after.length:
            return _partial(after, digits)
        if not after.is_right:
            return Kept({"got": "fault", "ended": ended(heard, self.keys)})
        journal = {"got": "answer", "ended": ended(heard, self.keys), "last4": after.tail[-4:]}
        return Kept(journal | _known(after), sealed=digits)


def _complete(so_far: SoFar, digits: str, how: str) -> Kept:
    if not so_far.supported:
        return Kept({"got": "unsupported", "ended": how})
    if card_number_fault(digits) is not None:
        return Kept({"got": "fault", "ended": how})
    journal = {"got": "answer", "ended": how, "last4": digits[-4:]} | _known(so_far)
    return Kept(journal, sealed=digits)


def _partial(so_far: SoFar, digits: str) -> Kept:
    if not so_far.supported:
        return Kept({"got": "unsupported", "ended": "time"})
    if so_far.count == len(digits) and not has_issuer(digits):
        # Refused at its first piece, so that nothing needs to be remembered of it.
        return Kept({"got": "fault", "ended": "time"})
    return Kept({"got": "partial", "ended": "full"} | so_far.to_json(), sealed=digits)


def _known(so_far: SoFar) -> dict[str, Any]:
    return {"issuer": so_far.issuer}

"""Money is a whole number of won. Won has no minor unit, so nothing here is ever a fraction."""

from __future__ import annotations

from dataclasses import dataclass

# Twelve digits of won are about a thousand times the largest card payment; beyond it is a typing error.
WON_MAX = 999_999_999_999


@dataclass(frozen=True, order=True)
class Money:
    """An amount in won, never negative."""

    won: int

    def __post_init__(self) -> None:
        if type(self.won) is not int:
            raise TypeError("Money takes an int of won; fractions and floats do not exist here")
        if not 0 <= self.won <= WON_MAX:
            raise ValueError(f"Money takes 0 to {WON_MAX} won")

    def __add__(self, other: Money) -> Money:
        return Money(self.won + other.won)

    def __sub__(self, other: Money) -> Money:
        return Money(self.won - other.won)

    def __str__(self) -> str:
        return f"{self.won:,}원"

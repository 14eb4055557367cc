"""Remembers what a person keyed, for a call script of it; but only as long as every card is a test card.

The first entry of four keys or more is a card number in every call of this kind, any of twelve or more is one, and four
entries of four keys in a row are one in pieces. A card that does not begin as the test cards do makes the recording forget
everything, for good.
"""

from dataclasses import dataclass, field

PIECE = 4
PIECES = 4
CERTAINLY_A_CARD = 12


@dataclass
class Recording:
    """The keys of each Gather by the number of the timeline's entry that shows how many they were."""

    # What test cards begin with; without any, no card is kept.
    test_cards: tuple[str, ...] = ()
    is_on: bool = False
    is_withheld: bool = False
    _keys: dict[int, str] = field(default_factory=dict, repr=False)
    _has_card: bool = False
    # Of entries of four keys in a row: whether each begins as a test card does.
    _pieces: list[bool] = field(default_factory=list)

    def keep(self, entry: int, digits: str, finished_on: str) -> None:
        """Take what one Gather got."""
        if not self.is_on or self.is_withheld:
            return
        # A star clears the field, but what stood before it was keyed all the same.
        if any(self._may_be_somebodys_card(typed) for typed in digits.split("*")):
            self.is_withheld = True
            self._keys.clear()
            return
        self._keys[entry] = digits + finished_on

    def keys_of(self, entry: int) -> str | None:
        return self._keys.get(entry)

    def _may_be_somebodys_card(self, typed: str) -> bool:
        is_test = typed.startswith(self.test_cards)
        self._pieces = [*self._pieces, is_test] if len(typed) == PIECE else []
        if self._pieces and len(self._pieces) % PIECES == 0 and not self._pieces[-PIECES]:
            return True
        first = not self._has_card and len(typed) >= PIECE
        if not first and len(typed) < CERTAINLY_A_CARD:
            return False
        self._has_card = True
        return not is_test

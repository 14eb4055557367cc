"""The numbers lent to what a script asked for: by them it knows its texts from those of somebody else's requests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from phone_simulator.clock import monotonic_s
from phone_simulator.phones import number_in_text
from phone_simulator.switchboard import Switchboard
from phone_simulator.texts import Text


@dataclass
class LentNumbers:
    """Whose number a text names. A phone may be asked for several things at once, by whoever knows it."""

    board: Switchboard
    began_at: datetime
    # Fetches a registration or charge from the product's API.
    fetch: Callable[[str], Any]
    # Oldest first.
    numbers: list[str] = field(default_factory=list)
    _paths: list[str] = field(default_factory=list)
    _of_others: set[str] = field(default_factory=set)

    def note(self, path: str, thing: Any) -> None:
        """Remember what the script has made, and the number that is lent to it now."""
        if path not in self._paths:
            self._paths.append(path)
        number = thing.get("virtual_number") if isinstance(thing, dict) else None
        if number and str(number) not in self.numbers:
            self.numbers.append(str(number))

    def number_in(self, text: Text) -> str | None:
        """The number to call that a text names; one of the script's own, once it was lent any."""
        # Texts name the merchant's own telephone too, so only numbers known to be lent count.
        known = self.numbers or self._of_the_pool()
        return number_in_text(text.received_body, known)

    def is_own(self, text: Text) -> bool:
        """Whether a text can be about the script's requests: it names their number, or nobody's."""
        if not self.numbers or number_in_text(text.received_body, self.numbers):
            return True
        pool = self._of_the_pool()
        return not pool or number_in_text(text.received_body, pool) is None

    def wait_until(
        self, is_there: Callable[[], bool], inboxes: Sequence[str], seconds: float
    ) -> bool:
        """Wait for texts; the product is asked whose number it is that nobody has heard of."""
        deadline = monotonic_s() + seconds
        while True:
            came = self.board.wait_until(
                lambda: bool(self._strange(inboxes)) or is_there(), deadline - monotonic_s()
            )
            strange = self._strange(inboxes)
            if not strange:
                return came
            self._ask_about(strange)

    def _strange(self, inboxes: Sequence[str]) -> list[Text]:
        return [
            text
            for inbox in inboxes
            for text in self.board.texts_to(inbox)
            if text.created_at >= self.began_at
            and text.sid not in self._of_others
            and not self.is_own(text)
        ]

    def _ask_about(self, strange: list[Text]) -> None:
        """A request that waits for long is lent another number. What is still strange then is somebody else's."""
        for path in list(self._paths):
            self.note(path, self.fetch(path))
        self._of_others.update(text.sid for text in strange if not self.is_own(text))

    def _of_the_pool(self) -> list[str]:
        return [number.phone_number for number in list(self.board.numbers.values())]

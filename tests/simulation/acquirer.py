"""A simulated acquirer behind a line on which requests and answers are lost, late or doubled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from billing_core.acquirers.protocol import (
    Approved,
    Canceled,
    CardSecrets,
    ChargeOrder,
    Declined,
    Issued,
    Listed,
    NotFound,
    Removed,
    Unknown,
    Voided,
)
from foundation.money import Money
from foundation.sealing import Secret
from tests.simulation.books import Books
from tests.simulation.weather import Fault, Weather

Answer = TypeVar("Answer")

LOST = Unknown("no answer")
READ_TIMEOUT = timedelta(seconds=30)
# Within the quiet time of 120 seconds, counted from before the request was sent.
SOON_S = (1, 20, 60, 85)
# Far beyond it: only the last look or the acquirer's list of the day can find these.
MUCH_LATER_S = (300, 1200, 3000)
FAR_TOO_LATE_S = (7200, 20_000)


class Surroundings(Protocol):
    """What the acquirer needs of the run around it."""

    weather: Weather
    books: Books

    def now(self) -> datetime: ...
    def passes(self, time: timedelta) -> None: ...
    def between(self, place: str) -> None: ...
    def note(self, *what: object) -> None: ...
    def about_to_charge(self, order: ChargeOrder) -> None: ...
    def answered(self, order_id: str, answer: object) -> None: ...


@dataclass
class SimulatedAcquirer:
    """Keeps the protocol of acquirers; the truth stands in `books`."""

    around: Surroundings
    has_void: bool = True
    voids_first: bool = False
    name: str = "simulated"
    # Requests that are on their way: when they arrive, and what they do then.
    _under_way: list[tuple[datetime, Callable[[], object]]] = field(default_factory=list)

    def arrivals(self, *, everything: bool = False) -> None:
        """Let arrive what has been under way for long enough."""
        now = self.around.now()
        ready = [item for item in self._under_way if everything or item[0] <= now]
        self._under_way = [item for item in self._under_way if item not in ready]
        for _at, effect in sorted(ready, key=lambda item: item[0]):
            self.around.note("arrives late", type(effect()).__name__)

    def issue_bill_key(self, order_id: str, card: CardSecrets) -> Issued | Declined | Unknown:
        books, rng = self.around.books, self.around.weather.rng
        late_s = SOON_S + MUCH_LATER_S
        return self._ask("issue", order_id, late_s, lambda: books.issue(rng, order_id))

    def find_bill_key(self, order_id: str) -> Issued | Declined | NotFound | Unknown:
        return self._inquire("find key", order_id, lambda: self.around.books.find_key(order_id))

    def remove_bill_key(self, acquirer_key: Secret, order_id: str) -> Removed | Declined | Unknown:
        books, token = self.around.books, acquirer_key.reveal()
        return self._ask("remove key", order_id, SOON_S, lambda: books.remove_key(token, order_id))

    def charge(self, order: ChargeOrder) -> Approved | Declined | Unknown:
        self.around.about_to_charge(order)
        around, sent_at = self.around, self.around.now()
        late_s = SOON_S + MUCH_LATER_S + FAR_TOO_LATE_S
        answer = self._ask(
            "charge",
            order.order_id,
            late_s,
            lambda: around.books.charge(around.weather.rng, order, sent_at, around.now()),
        )
        around.answered(order.order_id, answer)
        return answer

    def find_charge(self, order_id: str) -> Approved | Declined | NotFound | Voided | Unknown:
        return self._inquire("find", order_id, lambda: self.around.books.find_charge(order_id))

    def void_charge(self, order_id: str, amount: Money) -> Voided | Declined | NotFound | Unknown:
        around = self.around
        return self._ask(
            "void", order_id, SOON_S, lambda: around.books.void(order_id, amount, around.now())
        )

    def cancel_charge(
        self,
        transaction_id: str,
        cancel_id: str,
        amount: Money,
        tax_free: Money,
        remaining: Money,
        reason: str,
    ) -> Canceled | Declined | Unknown:
        around = self.around
        return self._ask(
            "cancel",
            cancel_id,
            SOON_S + MUCH_LATER_S,
            lambda: around.books.cancel(transaction_id, cancel_id, amount, remaining, around.now()),
        )

    def find_cancel(self, transaction_id: str, cancel_id: str) -> Canceled | NotFound | Unknown:
        books = self.around.books
        return self._inquire(
            "find cancel",
            cancel_id,
            lambda: books.find_cancel(transaction_id, cancel_id, self.around.now()),
        )

    def list_day(self, day: date) -> Sequence[Listed] | Unknown:
        return self._inquire("list", day.isoformat(), lambda: self.around.books.list_day(day))

    def _inquire(self, verb: str, what: str, look: Callable[[], Answer]) -> Answer | Unknown:
        self.around.between(f"before {verb}")
        is_down = self.around.weather.is_inquiry_down(verb)
        if is_down:
            self.around.passes(READ_TIMEOUT)
        answer = LOST if is_down else look()
        self.around.note(verb, what, type(answer).__name__)
        self.around.between(f"after {verb}")
        return answer

    def _ask(
        self, verb: str, order_id: str, late_s: Sequence[int], effect: Callable[[], Answer]
    ) -> Answer | Unknown:
        self.around.between(f"before {verb}")
        fault = self.around.weather.fault(verb)
        answer: Answer | Unknown = LOST
        if fault is Fault.LATE:
            after = timedelta(seconds=self.around.weather.rng.choice(late_s))
            self._under_way.append((self.around.now() + after, effect))
        elif fault not in (Fault.REQUEST_LOST, Fault.ERROR_BEFORE):
            answer = effect()
            if fault is Fault.TWICE:
                answer = effect()
            if fault in (Fault.REPLY_LOST, Fault.ERROR_AFTER):
                answer = LOST
        self.around.note(verb, order_id, fault, type(answer).__name__)
        if fault in (Fault.REQUEST_LOST, Fault.REPLY_LOST, Fault.LATE):
            self.around.passes(READ_TIMEOUT)
        self.around.between(f"after {verb}")
        return answer

"""Brings texts to phones and delivery receipts to the product, on the postal clock.

One thread sleeps until something is due; with nothing due it sleeps for good, so that idling costs nothing.
"""

import heapq
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from threading import Thread

from phone_simulator.clock import PostalClock
from phone_simulator.line.courier import CookieJar, Courier, Webhook
from phone_simulator.line.exchange import Exchange
from phone_simulator.texts import API_VERSION, Text

# Receipts are small and slow receivers few.
RECEIPT_THREADS = 4


@dataclass(frozen=True)
class Receipt:
    status: str
    # Counted from the moment the text was handed over.
    after_s: float = 0.0
    error_code: int | None = None


@dataclass
class Postman:
    clock: PostalClock
    courier: Courier
    exchanges: list[Exchange] = field(default_factory=list)
    # Told when a text has moved on.
    on_change: Callable[[str], None] = field(default=lambda _: None)
    _due: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)
    _threads: ThreadPoolExecutor | None = None

    def bring(self, text: Text, receipts: list[Receipt]) -> None:
        """Hand in the receipts one after the other, each not before its time."""
        if receipts:
            due = text.created_at + timedelta(seconds=receipts[0].after_s)
            self._at(due, lambda: self._hand_in(text, receipts))

    def _hand_in(self, text: Text, receipts: list[Receipt]) -> None:
        receipt = receipts[0]
        text.move_to(receipt.status, receipt.error_code, self.clock.now())
        text.receipts.append(receipt.status)
        self.on_change(text.sid)
        if text.status_callback:
            webhook = Webhook("receipt", "POST", text.status_callback, _parameters(text, receipt))
            self.courier.deliver(webhook, CookieJar(), self.exchanges.append)
            del self.exchanges[:-100]
        self.bring(text, receipts[1:])

    def _at(self, due: datetime, job: Callable[[], None]) -> None:
        with self.clock.moved:
            heapq.heappush(self._due, (due, next(self._order), job))
            if self._threads is None:
                self._threads = ThreadPoolExecutor(RECEIPT_THREADS)
                Thread(
                    target=self._work, args=(self._threads,), daemon=True, name="postman"
                ).start()
            self.clock.moved.notify_all()

    def _work(self, threads: ThreadPoolExecutor) -> None:
        while True:
            with self.clock.moved:
                while (wait_s := self._wait_s()) != 0:
                    self.clock.moved.wait(wait_s)
                job = heapq.heappop(self._due)[2]
            threads.submit(job)

    def _wait_s(self) -> float | None:
        """Seconds until the next job; None while there is none."""
        if not self._due:
            return None
        return max(0.0, (self._due[0][0] - self.clock.now()).total_seconds())


def _parameters(text: Text, receipt: Receipt) -> dict[str, str]:
    found = {
        "AccountSid": text.account_sid, "ApiVersion": API_VERSION, "From": text.from_, "To": text.to,
        "MessageSid": text.sid, "MessageStatus": receipt.status, "SmsSid": text.sid, "SmsStatus": receipt.status,
    }  # fmt: skip
    if text.messaging_service_sid:
        found["MessagingServiceSid"] = text.messaging_service_sid
    if receipt.error_code is not None:
        found["ErrorCode"] = str(receipt.error_code)
    if receipt.status in ("delivered", "undelivered") and text.updated_at is not None:
        found["RawDlrDoneDate"] = text.updated_at.strftime("%y%m%d%H%M")
    return found

"""Charges and cancels at PortOne, and their daily list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.portone_codes import BY_GATEWAY, INQUIRE, REFUSALS
from billing_core.acquirers.portone_wire import (
    CUSTOMER_NAME_BYTES,
    Done,
    PortoneLine,
    Refused,
    cut,
    order_name,
    path,
    payment_id,
    reason_with,
)
from billing_core.acquirers.portone_words import (
    APPROVED,
    CancelAnswer,
    Cancellation,
    Entries,
    Entry,
    Payment,
    canceled,
    listed,
    outcome,
    paid_at,
    read,
    unbelievable,
)
from billing_core.acquirers.protocol import (
    Approved,
    Canceled,
    ChargeOrder,
    Declined,
    Listed,
    NotFound,
    Unknown,
    Voided,
)
from billing_core.kst_days import day_bounds
from foundation.money import Money

MONTHS = frozenset({0, *range(2, 13)})
WON = "KRW"
# A page is about two megabytes at most; a million payments a day are far beyond one store.
PAGE_SIZE = 500
PAGES_MAX = 2_000
# Payments are listed by when they were begun, which may be the day before they were paid.
BEGUN_BEFORE = timedelta(hours=1)


class PortoneCharger:
    """Keeps the protocol of chargers at PortOne."""

    has_void = False
    voids_first = False

    def __init__(self, line: PortoneLine, store_id: str, channel_key: str) -> None:
        self._line = line
        self._store_id = store_id
        self._channel_key = channel_key
        self._store = {"storeId": store_id}

    def charge(self, order: ChargeOrder) -> Approved | Declined | Unknown:
        """Charge a key, then ask for what PortOne does not tell at once."""
        if order.months not in MONTHS:
            return Declined(DeclineCode.INSTALLMENT_NOT_ALLOWED)
        where = path("payments", payment_id(order.order_id), "billing-key")
        match self._line.post(where, order.order_id, self._new_payment(order)):
            case Done():
                return self._became(order, "PAID")
            case Refused(kind) if kind in INQUIRE:
                return self._became(order, kind)
            case Refused(kind):
                return Declined(REFUSALS[kind], kind)
            case unknown:
                return unknown

    def find_charge(self, order_id: str) -> Approved | Declined | NotFound | Voided | Unknown:
        """Ask for the payment of an order."""
        payment = self._payment(payment_id(order_id))
        return outcome(payment) if isinstance(payment, Payment) else payment

    def void_charge(self, order_id: str, amount: Money) -> Unknown:
        """PortOne undoes nothing of which it is not known whether it happened."""
        return Unknown("PortOne has no voids")

    def cancel_charge(
        self,
        transaction_id: str,
        cancel_id: str,
        amount: Money,
        tax_free: Money,
        remaining: Money,
        reason: str,
    ) -> Canceled | Declined | Unknown:
        """Give back, unless more or less is left than we believe."""
        body = {
            **self._store,
            "amount": amount.won,
            "taxFreeAmount": tax_free.won,
            "reason": reason_with(cancel_id, reason),
            "currentCancellableAmount": remaining.won,
        }
        match self._line.post(path("payments", transaction_id, "cancel"), cancel_id, body):
            case Done(words):
                answer = read(CancelAnswer, words)
                if isinstance(answer, Unknown):
                    return answer
                return _cancel_outcome(answer.cancellation, amount)
            case Refused(kind) if kind in INQUIRE:
                return self._cancel_after(kind, transaction_id, cancel_id)
            case Refused(kind):
                return Declined(REFUSALS[kind], kind)
            case unknown:
                return unknown

    def find_cancel(self, transaction_id: str, cancel_id: str) -> Canceled | NotFound | Unknown:
        """Look for a cancel among those of its payment, by the id that its reason carries."""
        found = self._cancellation(transaction_id, cancel_id)
        if not isinstance(found, Cancellation):
            return found
        if found.status == "SUCCEEDED":
            return canceled(found)
        # A cancel that failed gave nothing back. One that is only requested may yet do so.
        return NotFound() if found.status == "FAILED" else Unknown("the cancel is not finished")

    def list_day(self, day: date) -> Sequence[Listed] | Unknown:
        """List what was paid on a day in Korea, by pages."""
        first, end = day_bounds(day)
        entries = self._begun(first - BEGUN_BEFORE, end)
        if isinstance(entries, Unknown):
            return entries
        paid = {
            entry.payment.id: entry.payment
            for entry in entries
            if entry.payment.status in {*APPROVED, "CANCELLED"}
            and first <= paid_at(entry.payment) < end
        }
        return [listed(payment) for payment in paid.values()]

    def _new_payment(self, order: ChargeOrder) -> dict[str, Any]:
        body: dict[str, Any] = {
            **self._store,
            "channelKey": self._channel_key,
            "billingKey": order.acquirer_key.reveal(),
            "orderName": order_name(order.item),
            "customer": {"name": {"full": cut(order.customer_name, CUSTOMER_NAME_BYTES)}},
            "amount": {"total": order.amount.won, "taxFree": order.tax_free.won},
            "currency": WON,
            "installmentMonth": order.months,
        }
        return body | ({"useFreeInterestFromMerchant": True} if order.is_interest_free else {})

    def _became(self, order: ChargeOrder, said: str) -> Approved | Declined | Unknown:
        """What the payment's own record says after an answer that does not say enough."""
        payment = self._payment(payment_id(order.order_id))
        if isinstance(payment, NotFound):
            return Unknown(f"{said}, and no such payment")
        if isinstance(payment, Unknown):
            return payment
        if payment.amount.total != order.amount.won or payment.currency != WON:
            return unbelievable("is about another amount than was asked for")
        became = outcome(payment)
        return Unknown(f"{said}, and canceled") if isinstance(became, Voided) else became

    def _payment(self, payment_id: str) -> Payment | NotFound | Unknown:
        answer = self._line.get(path("payments", payment_id), self._store)
        if isinstance(answer, Refused):
            return NotFound() if answer.type == "PAYMENT_NOT_FOUND" else Unknown(answer.type)
        payment = read(Payment, answer.words) if isinstance(answer, Done) else answer
        if isinstance(payment, Payment) and payment.id != payment_id:
            return unbelievable("is about another payment than was asked for")
        return payment

    def _cancellation(
        self, transaction_id: str, cancel_id: str
    ) -> Cancellation | NotFound | Unknown:
        payment = self._payment(transaction_id)
        if not isinstance(payment, Payment):
            return payment
        mark = payment_id(cancel_id)
        marked = [one for one in payment.cancellations if mark in one.reason.split()]
        # A failed one may stand beside the one that succeeded.
        marked.sort(key=lambda one: one.status == "FAILED")
        return marked[0] if marked else NotFound()

    def _cancel_after(
        self, kind: str, transaction_id: str, cancel_id: str
    ) -> Canceled | Declined | Unknown:
        """Whether it was canceled after all, by an earlier request of the same cancel."""
        found = self._cancellation(transaction_id, cancel_id)
        if isinstance(found, Unknown):
            return found
        if isinstance(found, Cancellation) and found.status != "FAILED":
            is_done = found.status == "SUCCEEDED"
            return canceled(found) if is_done else Unknown("the cancel is not finished")
        if isinstance(found, NotFound) and kind in BY_GATEWAY:
            return Unknown(f"{kind}, and no such cancel")
        return Declined(DeclineCode.CANCEL_REFUSED, kind)

    def _begun(self, first: datetime, end: datetime) -> list[Entry] | Unknown:
        """Every payment that was begun between two moments, whatever became of it."""
        wanted: dict[str, Any] = {
            **self._store,
            "from": first.isoformat(),
            "until": end.isoformat(),
            "size": PAGE_SIZE,
        }
        entries: list[Entry] = []
        for _ in range(PAGES_MAX):
            answer = self._line.search("/payments-by-cursor", wanted)
            page = read(Entries, answer.words) if isinstance(answer, Done) else answer
            if isinstance(page, Unknown | Refused):
                return Unknown(page.type) if isinstance(page, Refused) else page
            entries += page.items
            if len(page.items) < PAGE_SIZE:
                return entries
            wanted["cursor"] = page.items[-1].cursor
        return Unknown("a list without end")


def _cancel_outcome(found: Cancellation, amount: Money) -> Canceled | Declined | Unknown:
    if found.total_amount != amount.won:
        return unbelievable("is about another amount than was to be given back")
    if found.status == "SUCCEEDED":
        return canceled(found)
    if found.status == "FAILED":
        return Declined(DeclineCode.CANCEL_REFUSED, "FAILED")
    return Unknown("the cancel is not finished")

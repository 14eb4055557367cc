"""PortOne V2: one interface to several gateways.

A request is repeated under its idempotency key, since a connection that is dropped does not stop
the work; what it answers to a charge is little, so the payment itself is looked at, and only what
stands there is believed. Unknown fields and words are ignored, as PortOne asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from urllib.parse import quote

import structlog
from standardwebhooks import Webhook, WebhookVerificationError

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.gateway import Gateway, Wire
from billing_core.acquirers.gateway_line import Answer, NotAnswered, Words
from billing_core.acquirers.portone_answers import (
    NAME,
    PortOneContract,
    as_query,
    credentials_fault,
    fits,
    good,
    items_of,
    no_network,
    no_or_unknown,
    outcome_of,
    read_notice,
    refused_by_gateway,
    type_of,
    unknown,
)
from billing_core.acquirers.portone_codes import GONE
from billing_core.acquirers.portone_payments import (
    canceled_of,
    issued_of,
    listed_of,
    text_at,
    words_at,
)
from billing_core.acquirers.portone_requests import charge_body, issue_body
from billing_core.acquirers.protocol import (
    Approved,
    Canceled,
    CardSecrets,
    ChargeOrder,
    Checked,
    Declined,
    Issued,
    Listed,
    NotFound,
    Removed,
    Unknown,
    Voided,
)
from billing_core.kst_days import day_bounds
from foundation.money import Money
from foundation.sealing import Secret

PAGE = 100
PAGES_MAX = 500
REASON_MAX = 200
# A payment that was begun before midnight may be paid after it.
BEGUN_BEFORE = timedelta(hours=1)

log = structlog.get_logger()


class PortOne:
    """Keeps the protocol of acquirers."""

    name = NAME
    has_void = False
    voids_first = False

    def __init__(self, contract: PortOneContract, wire: Wire) -> None:
        self._contract = contract
        self._clock = wire.clock
        self._line = wire.line(contract.base_url)

    def issue_bill_key(self, order_id: str, card: CardSecrets) -> Issued | Declined | Unknown:
        """Issue a key under our order id as the customer's, by which it is found again."""
        answer = self._send("/billing-keys", order_id, issue_body(self._contract, order_id, card))
        key = text_at(answer, "billingKeyInfo", "billingKey")
        if key:
            return self._look_at_key(key)
        if type_of(answer) == "PG_PROVIDER":
            # Any of these may have been a wrong password, so it counts as one.
            return refused_by_gateway(answer, otherwise=DeclineCode.IDENTITY_INVALID)
        return no_or_unknown(answer)

    def find_bill_key(self, order_id: str) -> Issued | Declined | NotFound | Unknown:
        """Look among the keys of the customer that carries our order id."""
        wanted = {"storeId": self._contract.store_id, "customerId": order_id}
        answer = self._get("/billing-keys", as_query({"filter": wanted}))
        items = items_of(answer)
        if items is None:
            return unknown(answer)
        for item in items:
            is_ours = text_at(item, "customer", "id") == order_id
            if is_ours and item.get("status") == "ISSUED":
                return issued_of(item) or Unknown("PortOne described a key without a card")
        return NotFound()

    def remove_bill_key(self, acquirer_key: Secret, order_id: str) -> Removed | Declined | Unknown:
        """Delete a key; one that is gone already stays so."""
        path = f"/billing-keys/{quote(acquirer_key.reveal(), safe='')}"
        query = {"storeId": self._contract.store_id, "reason": order_id}
        answer = self._line.delete(path, self._headers(), query)
        if text_at(answer, "deletedAt") or type_of(answer) in GONE:
            return Removed()
        return no_or_unknown(answer)

    def charge(self, order: ChargeOrder) -> Approved | Declined | Unknown:
        """Charge a key, then look at the payment."""
        path = f"/payments/{quote(order.order_id, safe='')}/billing-key"
        answer = self._send(path, order.order_id, charge_body(self._contract, order))
        is_taken = bool(text_at(answer, "payment", "paidAt"))
        if not is_taken and type_of(answer) != "PG_PROVIDER":
            return no_or_unknown(answer)
        found = self._payment(order.order_id)
        if not isinstance(found, Mapping):
            return Unknown("the payment could not be looked at")
        if text_at(found, "status") == "PAID" and not fits(found, order):
            log.error("acquirer.answer_does_not_fit", acquirer=self.name, order=order.order_id)
            return Unknown("the payment is of another amount")
        outcome = outcome_of(found)
        return outcome if isinstance(outcome, Approved | Declined) else Unknown("not settled yet")

    def find_charge(self, order_id: str) -> Approved | Declined | NotFound | Voided | Unknown:
        """Look at the payment."""
        found = self._payment(order_id)
        return outcome_of(found) if isinstance(found, Mapping) else found

    def void_charge(self, order_id: str, amount: Money) -> Unknown:
        """PortOne cannot undo by order id."""
        return Unknown("PortOne has no void")

    def cancel_charge(
        self,
        transaction_id: str,
        cancel_id: str,
        amount: Money,
        tax_free: Money,
        remaining: Money,
        reason: str,
    ) -> Canceled | Declined | Unknown:
        """Cancel, if PortOne too has so much left."""
        body = {
            "storeId": self._contract.store_id,
            "reason": f"[{cancel_id}] {reason}"[:REASON_MAX],
            "amount": amount.won,
            "taxFreeAmount": tax_free.won,
            "currentCancellableAmount": remaining.won,
        }
        path = f"/payments/{quote(transaction_id, safe='')}/cancel"
        answer = self._send(path, cancel_id, body)
        cancellation = words_at(answer, "cancellation")
        if cancellation is None:
            return no_or_unknown(answer)
        if cancellation.get("status") == "FAILED":
            return Declined(DeclineCode.CANCEL_REFUSED, "cancellation_failed")
        return canceled_of(cancellation) or Unknown("the cancellation is not finished")

    def find_cancel(self, transaction_id: str, cancel_id: str) -> Canceled | NotFound | Unknown:
        """Look for our cancel id among the reasons of the payment's cancellations."""
        found = self._payment(transaction_id)
        if not isinstance(found, Mapping):
            return found
        cancellations = found.get("cancellations")
        for one in cancellations if isinstance(cancellations, list) else []:
            if isinstance(one, dict) and f"[{cancel_id}]" in str(one.get("reason")):
                is_over = one.get("status") == "FAILED"
                return NotFound() if is_over else canceled_of(one) or Unknown("not finished")
        return NotFound()

    def list_day(self, day: date) -> Sequence[Listed] | Unknown:
        """Go through the payments of a day, page by page."""
        first, end = day_bounds(day)
        span = {"from": (first - BEGUN_BEFORE).isoformat(), "until": end.isoformat()}
        listed: list[Listed] = []
        cursor: dict[str, str] = {}
        for _ in range(PAGES_MAX):
            answer = self._get("/payments-by-cursor", as_query({**span, **cursor, "size": PAGE}))
            items = items_of(answer)
            if items is None:
                return unknown(answer)
            listed += [one for item in items if (one := listed_of(words_at(item, "payment")))]
            if len(items) < PAGE:
                return [one for one in listed if first <= one.approved_at < end]
            cursor = {"cursor": text_at(items[-1], "cursor")}
        return Unknown("the list of the day has no end")

    def list_interest_free(self) -> None:
        """PortOne's promotions are discounts, not months free of interest."""

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the signature is that of Standard Webhooks under the store's secret."""
        secret = self._contract.webhook_secret
        if secret is None:
            return False
        try:
            Webhook(secret.get_secret_value()).verify(body, dict(headers))
        except (WebhookVerificationError, ValueError):
            return False
        return True

    def check(self) -> Checked:
        """Ask for a payment that does not exist."""
        answer = self._get("/payments/ars-check", {"storeId": self._contract.store_id})
        if isinstance(answer, NotAnswered):
            return Checked(network=no_network(answer, self._contract.base_url))
        ahead = (answer.at - self._clock.now()).total_seconds() if answer.at else None
        return Checked(credentials=credentials_fault(answer), clock_ahead_s=ahead)

    def _payment(self, order_id: str) -> Words | NotFound | Unknown:
        path = f"/payments/{quote(order_id, safe='')}"
        answer = self._get(path, {"storeId": self._contract.store_id})
        if type_of(answer) == "PAYMENT_NOT_FOUND":
            return NotFound()
        words = good(answer)
        if words is None:
            return unknown(answer)
        return words if words.get("id") == order_id else Unknown("another payment was shown")

    def _look_at_key(self, key: str) -> Issued | Unknown:
        path = f"/billing-keys/{quote(key, safe='')}"
        words = good(self._get(path, {"storeId": self._contract.store_id}))
        # The key exists; whoever inquires next finds it by its customer.
        return (words and issued_of(words)) or Unknown("the new key could not be looked at")

    def _send(self, path: str, order_id: str, body: Words) -> Answer:
        key = {"Idempotency-Key": f'"{order_id}"'}
        return self._line.post_repeatedly(path, {**self._headers(), **key}, body)

    def _get(self, path: str, query: Mapping[str, str]) -> Answer:
        return self._line.get(path, self._headers(), query)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"PortOne {self._contract.api_secret.get_secret_value()}"}


PORTONE = Gateway(NAME, PortOneContract, PortOne, read_notice)

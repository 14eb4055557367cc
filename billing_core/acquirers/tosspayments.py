"""TossPayments: bill keys, charges and cancels over its core API.

Every POST carries our own id as its idempotency key, so a request without an answer is sent again
within its deadline and has its effect once; what stays open is found by its order id. A replayed
answer says what happened then. There is no undoing by order id, and no way to look up a bill key.
"""

from __future__ import annotations

import structlog

from billing_core.acquirers import tosspayments_answers as answers
from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.gateway import Gateway, Notice
from billing_core.acquirers.gateway_line import Answered, Words
from billing_core.acquirers.protocol import (
    Approved,
    Canceled,
    CardSecrets,
    ChargeOrder,
    Declined,
    Issued,
    NotFound,
    Removed,
    Unknown,
    Voided,
)
from billing_core.acquirers.tosspayments_codes import CANCELS, GONE, ORDERS, REMOVALS
from billing_core.acquirers.tosspayments_office import NAME, TossOffice, TossPaymentsContract
from billing_core.acquirers.tosspayments_wire import Refused, customer_key_of, part_keys, read
from foundation.money import Money
from foundation.sealing import Secret

# Characters, not bytes.
ITEM_MAX, CUSTOMER_MAX, REASON_MAX = 100, 100, 200

log = structlog.get_logger()


class TossPayments(TossOffice):
    """Keeps the protocol of acquirers."""

    name = NAME
    has_void = False
    voids_first = False

    def issue_bill_key(self, order_id: str, card: CardSecrets) -> Issued | Declined | Unknown:
        """Have a key issued, where the contract allows it; a repeat gets the first answer again."""
        if not self._may_issue:
            return Declined(DeclineCode.MERCHANT_CONFIG)
        customer_key = customer_key_of(self._secret_key.get_secret_value(), order_id)
        body = {
            "customerKey": customer_key,
            "cardNumber": card.number.reveal(),
            "cardExpirationYear": f"{card.expiry_year % 100:02}",
            "cardExpirationMonth": f"{card.expiry_month:02}",
            "customerIdentityNumber": card.holder.reveal(),
            "cardPassword": card.password.reveal(),
        }
        said = read(self._line.post(order_id, body, "billing", "authorizations", "card"))
        if isinstance(said, Refused):
            return ORDERS.outcome(said.code)
        if isinstance(said, Unknown):
            return said
        return answers.issued(said, customer_key) or _not_ours("issue", order_id)

    def find_bill_key(self, order_id: str) -> Issued | Declined | NotFound | Unknown:
        """Nobody can look up a key here, and nobody can charge one whose answer was lost."""
        return NotFound()

    def remove_bill_key(self, acquirer_key: Secret, order_id: str) -> Removed | Declined | Unknown:
        """Remove a key; one that is gone already stays so."""
        _customer_key, billing_key = part_keys(acquirer_key.reveal())
        answer = self._line.delete("billing", billing_key)
        # It says yes with an empty body.
        if isinstance(answer, Answered) and answer.status == 200 and not answer.body.strip():
            return Removed()
        said = read(answer)
        if isinstance(said, Refused):
            return Removed() if said.code in GONE else REMOVALS.outcome(said.code)
        return said if isinstance(said, Unknown) else Removed()

    def charge(self, order: ChargeOrder) -> Approved | Declined | Unknown:
        """Charge a key, once under one order id."""
        if order.is_interest_free:
            # A charge by bill key has no field for it, and the customer would pay the interest.
            return Declined(DeclineCode.INSTALLMENT_NOT_ALLOWED)
        customer_key, billing_key = part_keys(order.acquirer_key.reveal())
        body = {
            "customerKey": customer_key,
            "amount": order.amount.won,
            "orderId": order.order_id,
            "orderName": order.item[:ITEM_MAX],
            "customerName": order.customer_name[:CUSTOMER_MAX],
            "cardInstallmentPlan": order.months,
            "taxFreeAmount": order.tax_free.won,
        }
        said = read(self._line.post(order.order_id, body, "billing", billing_key))
        if isinstance(said, Refused):
            return ORDERS.outcome(said.code)
        if isinstance(said, Unknown):
            return said
        if said.get("status") != "DONE" or answers.total_of(said) != order.amount:
            return _not_ours("charge", order.order_id)
        return answers.approved(said, order.order_id) or _not_ours("charge", order.order_id)

    def find_charge(self, order_id: str) -> Approved | Declined | NotFound | Voided | Unknown:
        """Say what became of an order."""
        said = self._payment("orders", order_id)
        if isinstance(said, NotFound | Unknown):
            return said
        found = answers.found(said, order_id)
        return found or Unknown("an order on its way, or another one")

    def void_charge(self, order_id: str, amount: Money) -> Voided | Declined | NotFound | Unknown:
        """Nothing can be undone by its order id here."""
        return Unknown("this gateway undoes nothing by an order id")

    def cancel_charge(
        self,
        transaction_id: str,
        cancel_id: str,
        amount: Money,
        tax_free: Money,
        remaining: Money,
        reason: str,
    ) -> Canceled | Declined | Unknown:
        """Give back what is asked, if as much is left as we think."""
        tag = _tag(cancel_id)
        body = {
            "cancelReason": reason[: REASON_MAX - len(tag)] + tag,
            "cancelAmount": amount.won,
            "taxFreeAmount": tax_free.won,
            "refundableAmount": remaining.won,
        }
        said = read(self._line.post(cancel_id, body, "payments", transaction_id, "cancel"))
        if isinstance(said, Refused):
            return CANCELS.outcome(said.code)
        if isinstance(said, Unknown):
            return said
        if said.get("paymentKey") != transaction_id:
            return _not_ours("cancel", cancel_id)
        return answers.canceled(said, tag, amount) or _not_ours("cancel", cancel_id)

    def find_cancel(self, transaction_id: str, cancel_id: str) -> Canceled | NotFound | Unknown:
        """Look for our id among the reasons of a payment's cancels."""
        said = self.find_payment(transaction_id)
        if isinstance(said, NotFound | Unknown):
            return said
        if said.get("paymentKey") != transaction_id:
            return _not_ours("cancel", cancel_id)
        return answers.canceled(said, _tag(cancel_id)) or NotFound()


def read_notice(words: Words) -> Notice | None:
    """What a webhook is about; None where it names no order, as when a key was deleted."""
    event, data = words.get("eventType"), words.get("data")
    if not isinstance(event, str) or not isinstance(data, dict):
        return None
    order_id = data.get("orderId")
    if not isinstance(order_id, str):
        return None
    # A repeat says the same again; the next cancel of a payment has another transaction.
    transaction = data.get("lastTransactionKey") or data.get("transactionKey")
    return Notice(order_id, f"{event}:{order_id}:{data.get('status')}:{transaction}")


def _tag(cancel_id: str) -> str:
    return f" [{cancel_id}]"


def _not_ours(verb: str, order_id: str) -> Unknown:
    log.error("acquirer.answer_not_believed", acquirer=NAME, verb=verb, order=order_id)
    return Unknown("a yes that is not about what was asked")


TOSSPAYMENTS = Gateway(NAME, TossPaymentsContract, TossPayments, read_notice)

"""NICEPAY's "start" interface. It demands that a charge without an answer is undone at once.

Almost every refusal comes with status 200, so codes decide. A key whose answer was lost cannot be
found there: nobody knows it, so nobody can charge it, and the customer keys the card again.
"""

from __future__ import annotations

from datetime import timedelta

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.gateway import Gateway, Wire
from billing_core.acquirers.gateway_line import Words
from billing_core.acquirers.issuers import BUSINESS_NUMBER_LENGTH
from billing_core.acquirers.nicepay_codes import (
    ABSENT,
    CANCELED,
    CANCELED_BEFORE,
    DONE,
    KEY_GONE,
    USED,
    issuer_of,
)
from billing_core.acquirers.nicepay_office import NicepayOffice, read_notice
from billing_core.acquirers.nicepay_wire import (
    NAME,
    NicepayContract,
    NicepayLine,
    Said,
    cut,
    disbelieved,
    in_path,
    refused,
)
from billing_core.acquirers.nicepay_words import REASON_BYTES_MAX, Payment, canceled
from billing_core.acquirers.protocol import (
    Approved,
    Canceled,
    CardSecrets,
    CardType,
    ChargeOrder,
    Declined,
    Issued,
    NotFound,
    Owner,
    Removed,
    Unknown,
    Voided,
)
from foundation.clock import kst_day
from foundation.ids import moment_of
from foundation.money import Money
from foundation.sealing import Secret

GOODS_BYTES_MAX = 40
NAME_BYTES_MAX = 30
BID_LENGTH_MAX = 40
# An order that was made before midnight may have reached NICEPAY behind it.
MIDNIGHT = timedelta(minutes=5)


class Nicepay(NicepayOffice):
    """Keeps the protocol of acquirers with one shop's keys."""

    name = NAME
    has_void = True
    voids_first = True

    def issue_bill_key(self, order_id: str, card: CardSecrets) -> Issued | Declined | Unknown:
        """Have a card checked and a key issued for it."""
        words = {"orderId": order_id, "encMode": "A2", "encData": self._line.encrypted(card)}
        said = self._line.post("/v1/subscribe/regist", words, order_id)
        if isinstance(said, Unknown):
            return said
        return _issued(said, order_id, card) if said.code == DONE else refused_order(said)

    def find_bill_key(self, order_id: str) -> Issued | Declined | NotFound | Unknown:
        """NICEPAY has no such inquiry."""
        return NotFound()

    def remove_bill_key(self, acquirer_key: Secret, order_id: str) -> Removed | Declined | Unknown:
        """Have a key expire; one that did before stays so."""
        bid = acquirer_key.reveal()
        path = f"/v1/subscribe/{in_path(bid)}/expire"
        said = self._line.post(path, {"orderId": order_id}, order_id, bid)
        if isinstance(said, Unknown):
            return said
        if said.code == KEY_GONE:
            return Removed()
        if said.code != DONE:
            return refused_order(said)
        return Removed() if said.words.get("bid") == bid else disbelieved("the key that expired")

    def charge(self, order: ChargeOrder) -> Approved | Declined | Unknown:
        """Charge a key once. NICEPAY lets merchants bear no interest on charges of a key."""
        if order.is_interest_free:
            return Declined(DeclineCode.INSTALLMENT_NOT_ALLOWED, "not_sent")
        bid = order.acquirer_key.reveal()
        path = f"/v1/subscribe/{in_path(bid)}/payments"
        said = self._line.post(path, _charge_words(order), order.order_id, bid)
        if isinstance(said, Unknown):
            return said
        if said.code in USED:
            return self._adopted(order)
        if said.code != DONE:
            return refused_order(said)
        payment = self._believed_order(said, order.order_id)
        if isinstance(payment, Unknown):
            return payment
        return _approved(payment, order.amount) if payment.status == "paid" else _odd(payment)

    def find_charge(self, order_id: str) -> Approved | Declined | NotFound | Voided | Unknown:
        """Ask about an order. Refused ones are not found by their order id."""
        payment = self._payment_of_order(order_id)
        if not isinstance(payment, Payment):
            return payment
        return _state(payment)

    def void_charge(self, order_id: str, amount: Money) -> Voided | Declined | NotFound | Unknown:
        """Net-cancel an order, which also keeps it from being approved later."""
        said = self._line.post("/v1/payments/netcancel", {"orderId": order_id}, order_id)
        if isinstance(said, Unknown):
            return said
        if said.code in ABSENT:
            return NotFound()
        if said.code in CANCELED_BEFORE:
            found = self.find_charge(order_id)
            return found if isinstance(found, Voided) else Unknown(f"code {said.code}")
        if said.code not in CANCELED:
            return refused_order(said)
        payment = self._believed_order(said, order_id)
        if isinstance(payment, Unknown):
            return payment
        is_undone = payment.status == "cancelled" and payment.amount == amount.won
        return Voided() if is_undone else _odd(payment)

    def cancel_charge(
        self,
        transaction_id: str,
        cancel_id: str,
        amount: Money,
        tax_free: Money,
        remaining: Money,
        reason: str,
    ) -> Canceled | Declined | Unknown:
        """Give back what is asked, after a look at what is left there."""
        payment = self.payment_of(transaction_id)
        if not isinstance(payment, Payment):
            return payment if isinstance(payment, Unknown) else Unknown("no such payment now")
        if known := payment.cancel_of(cancel_id):
            return canceled(known) or disbelieved("the moment of a cancel")
        if payment.balance_amt != remaining.won:
            return Declined(DeclineCode.CANCEL_REFUSED, "balance_differs")
        words = {"orderId": cancel_id, "reason": cut(f"{cancel_id} {reason}", REASON_BYTES_MAX)}
        # Without amounts it is the whole, which is all that NICEPAY's sandbox cancels.
        if not payment.amount == payment.balance_amt == amount.won:
            parts = {"cancelAmt": amount.won, "taxFreeAmt": tax_free.won}
            return self._cancel(transaction_id, cancel_id, amount, {**words, **parts})
        return self._cancel(transaction_id, cancel_id, amount, words)

    def find_cancel(self, transaction_id: str, cancel_id: str) -> Canceled | NotFound | Unknown:
        """Look for a cancel of ours on its payment."""
        payment = self.payment_of(transaction_id)
        if not isinstance(payment, Payment):
            return payment
        cancel = payment.cancel_of(cancel_id)
        if cancel is None:
            return NotFound()
        return canceled(cancel) or disbelieved("the moment of a cancel")

    def _cancel(
        self, transaction_id: str, cancel_id: str, amount: Money, words: Words
    ) -> Canceled | Declined | Unknown:
        path = f"/v1/payments/{in_path(transaction_id)}/cancel"
        said = self._line.post(path, words, transaction_id)
        if isinstance(said, Unknown):
            return said
        if said.code in USED | CANCELED_BEFORE:
            found = self.find_cancel(transaction_id, cancel_id)
            return found if isinstance(found, Canceled) else Unknown(f"code {said.code}")
        if said.code not in CANCELED:
            return refused_order(said)
        payment = self.believed(said.words)
        if isinstance(payment, Unknown):
            return payment
        cancel = payment.cancel_of(cancel_id) if payment.tid == transaction_id else None
        if cancel is None or cancel.amount != amount.won:
            return disbelieved("what was given back")
        return canceled(cancel) or disbelieved("the moment of a cancel")

    def _adopted(self, order: ChargeOrder) -> Approved | Unknown:
        """The order id was used before: by this very order, if it was for the same amount."""
        payment = self._payment_of_order(order.order_id)
        if isinstance(payment, Payment) and isinstance(_state(payment), Approved):
            return _approved(payment, order.amount)
        return Unknown("the order id was used before")

    def _payment_of_order(self, order_id: str) -> Payment | NotFound | Unknown:
        made = moment_of(order_id)
        for day in dict.fromkeys((kst_day(made), kst_day(made + MIDNIGHT))):
            # The signature for this inquiry is over an id that only its answer tells.
            path, query = f"/v1/payments/find/{in_path(order_id)}", {"orderDate": f"{day:%Y%m%d}"}
            said = self._line.get_unsigned(path, query)
            if isinstance(said, Unknown):
                return said
            if said.code == DONE:
                return self._believed_order(said, order_id)
            if said.code not in ABSENT:
                answer = refused_order(said)
                return answer if isinstance(answer, Unknown) else Unknown(f"code {said.code}")
        return NotFound()

    def _believed_order(self, said: Said, order_id: str) -> Payment | Unknown:
        payment = self.believed(said.words)
        if isinstance(payment, Payment) and payment.order_id != order_id:
            return disbelieved("the order id of a payment")
        return payment


def refused_order(said: Said) -> Declined | Unknown:
    """What an answer that is no yes means for an order of ours."""
    if said.code in USED | ABSENT | CANCELED_BEFORE:
        return Unknown(f"code {said.code}")
    return refused(said)


def _charge_words(order: ChargeOrder) -> Words:
    return {
        "orderId": order.order_id,
        "amount": order.amount.won,
        "taxFreeAmt": order.tax_free.won,
        # It stands between double quotes in messages of theirs.
        "goodsName": cut(order.item.replace('"', " "), GOODS_BYTES_MAX),
        "buyerName": cut(order.customer_name.replace('"', " "), NAME_BYTES_MAX),
        "cardQuota": str(order.months),
        "useShopInterest": False,
    }


def _issued(said: Said, order_id: str, card: CardSecrets) -> Issued | Unknown:
    bid, card_code = said.words.get("bid"), str(said.words.get("cardCode", ""))
    if said.words.get("orderId") != order_id:
        return disbelieved("the order id of a key")
    if not isinstance(bid, str) or not 0 < len(bid) <= BID_LENGTH_MAX:
        return disbelieved("a key")
    issuer = issuer_of(card_code)
    printed = str(said.words.get("cardName", "")).strip("[] ").removesuffix("카드")
    is_company = len(card.holder.reveal()) == BUSINESS_NUMBER_LENGTH
    return Issued(
        acquirer_key=Secret(bid),
        issuer=issuer.spoken if issuer else cut(printed, NAME_BYTES_MAX),
        issuer_code=issuer.code if issuer else card_code[:3],
        # NICEPAY tells a check card only when it is charged.
        card_type=CardType.CREDIT,
        owner=Owner.CORPORATE if is_company else Owner.PERSONAL,
    )


def _state(payment: Payment) -> Approved | Declined | Voided | Unknown:
    match payment.status:
        case "paid" | "partialCancelled":
            return payment.approved() or disbelieved("the moment of an approval")
        case "cancelled":
            return Voided()
        case "failed" | "expired":
            return Declined(DeclineCode.ISSUER_UNAVAILABLE, payment.status)
        case _:
            return _odd(payment)


def _approved(payment: Payment, amount: Money) -> Approved | Unknown:
    if payment.amount != amount.won:
        return disbelieved("the amount of a payment")
    return payment.approved() or disbelieved("the moment of an approval")


def _odd(_payment: Payment) -> Unknown:
    return disbelieved("the status or amount of a payment")


def open_nicepay(contract: NicepayContract, wire: Wire) -> Nicepay:
    """NICEPAY under a shop's contract."""
    return Nicepay(NicepayLine(contract, wire))


NICEPAY = Gateway(
    name=NAME,
    contract=NicepayContract,
    open=open_nicepay,
    read_notice=read_notice,
    thanks=("OK", "text/html"),
)

"""What is sent to PortOne."""

from __future__ import annotations

from typing import Any

from billing_core.acquirers.portone_answers import PortOneContract
from billing_core.acquirers.protocol import CardSecrets, ChargeOrder


def issue_body(contract: PortOneContract, order_id: str, card: CardSecrets) -> dict[str, Any]:
    """A card and whose it is: our order id is the customer, by which the key is found again."""
    credential = {
        "number": card.number.reveal(),
        "expiryYear": f"{card.expiry_year % 100:02}",
        "expiryMonth": f"{card.expiry_month:02}",
        "birthOrBusinessRegistrationNumber": card.holder.reveal(),
        "passwordTwoDigits": card.password.reveal(),
    }
    return {
        "storeId": contract.store_id,
        "channelKey": contract.channel_key,
        "customer": {"id": order_id},
        "method": {"card": {"credential": credential}},
    }


def charge_body(contract: PortOneContract, order: ChargeOrder) -> dict[str, Any]:
    """A charge on a key."""
    return {
        "storeId": contract.store_id,
        "channelKey": contract.channel_key,
        "billingKey": order.acquirer_key.reveal(),
        "orderName": order.item,
        "customer": {"name": {"full": order.customer_name}},
        "amount": {"total": order.amount.won, "taxFree": order.tax_free.won},
        "currency": "KRW",
        "installmentMonth": order.months,
        "useFreeInterestFromMerchant": order.is_interest_free,
    }

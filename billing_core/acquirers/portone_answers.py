"""What PortOne's answers mean: an explicit no, or that nobody knows."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import structlog
from pydantic import Field, SecretStr

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.gateway import Contract, Notice
from billing_core.acquirers.gateway_line import Answer, Answered, NotAnswered, Words
from billing_core.acquirers.portone_codes import REFUSALS, UNCLEAR, reason_of
from billing_core.acquirers.portone_payments import approved_of, text_at, words_at
from billing_core.acquirers.protocol import Approved, ChargeOrder, Declined, Unknown, Voided

NAME = "portone"
NOT_TOLD = "PortOne did not answer: "

log = structlog.get_logger()


class PortOneContract(Contract):
    """What PortOne's console shows for a store."""

    base_url: str = Field(
        "https://api.portone.io", description="PortOne's address", min_length=8, max_length=200
    )
    api_secret: SecretStr = Field(description="the V2 API secret of the store", min_length=1)
    store_id: str = Field(description="the store's id, `store-…`", min_length=1, max_length=100)
    channel_key: str = Field(
        description="the channel that registers and charges cards, `channel-key-…`",
        min_length=1,
        max_length=100,
    )
    webhook_secret: SecretStr | None = Field(
        None, description="the webhook's secret, `whsec_…`; without it webhooks are ignored"
    )


def read_notice(words: Words) -> Notice | None:
    """A transaction's notice names its payment; everything else is no business of ours."""
    kind, order_id = text_at(words, "type"), text_at(words, "data", "paymentId")
    if not kind.startswith("Transaction.") or not order_id:
        return None
    parts = (kind, order_id, text_at(words, "data", "cancellationId"), text_at(words, "timestamp"))
    return Notice(order_id, ":".join(parts))


def as_query(words: Words) -> dict[str, str]:
    """The body of a question, as PortOne takes it in an address."""
    return {"requestBody": json.dumps(words)}


def good(answer: Answer) -> Words | None:
    """What an answer says where all is well; None otherwise."""
    if isinstance(answer, Answered) and answer.status == HTTPStatus.OK:
        return answer.words()
    return None


def items_of(answer: Answer) -> list[dict[str, Any]] | None:
    """The rows of a list; None where there is no list."""
    items = (good(answer) or {}).get("items")
    if not isinstance(items, list):
        return None
    return [item for item in items if isinstance(item, dict)]


def type_of(answer: Answer) -> str:
    """The type of an error; empty for an answer that is none."""
    if not isinstance(answer, Answered) or answer.status == HTTPStatus.OK:
        return ""
    return text_at(answer, "type")


def no_or_unknown(answer: Answer) -> Declined | Unknown:
    """An explicit no by its type, or Unknown; a type that nobody knows is an alarm."""
    kind = type_of(answer)
    if kind in REFUSALS:
        return Declined(REFUSALS[kind], kind)
    if kind and kind not in UNCLEAR:
        log.error("acquirer.code_unknown", acquirer=NAME, code=kind[:64])
    return unknown(answer)


def unknown(answer: Answer) -> Unknown:
    """Nothing was learnt, and why."""
    if isinstance(answer, NotAnswered):
        return Unknown(NOT_TOLD + answer.why)
    return Unknown(f"PortOne answered {answer.status} {type_of(answer)[:64]}".strip())


def refused_by_gateway(answer: Answer, *, otherwise: DeclineCode) -> Declined:
    """What the gateway behind PortOne said, in our words."""
    code = reason_of(text_at(answer, "pgMessage"), otherwise)
    return Declined(code, text_at(answer, "pgCode")[:32] or "PG_PROVIDER")


def outcome_of(payment: Words) -> Approved | Declined | Voided | Unknown:
    """Where a payment stands."""
    match payment.get("status"):
        case "PAID" | "PARTIAL_CANCELLED":
            return approved_of(payment) or Unknown("PortOne described a payment in part")
        case "CANCELLED":
            return Voided()
        case "FAILED":
            sentence = text_at(payment, "failure", "pgMessage")
            code = reason_of(sentence, DeclineCode.CARD_SUSPENDED)
            return Declined(code, text_at(payment, "failure", "pgCode")[:32] or "FAILED")
        case _:
            return Unknown("the payment is not settled")


def fits(payment: Words, order: ChargeOrder) -> bool:
    """Whether a payment is the one that was ordered."""
    amount = words_at(payment, "amount") or {}
    return amount.get("total") == order.amount.won and payment.get("currency", "KRW") == "KRW"


def no_network(answer: NotAnswered, base_url: str) -> str:
    """What to do where PortOne cannot be reached."""
    return (
        f"{base_url} did not answer ({answer.why}). Check PORTONE_BASE_URL, the name service, and "
        "that this machine may open connections to it."
    )


def credentials_fault(answer: Answered) -> str | None:
    """What is wrong with the contract, by the answer to a question about nothing."""
    kind = type_of(answer)
    if kind == "PAYMENT_NOT_FOUND":
        return None
    faults = {
        "UNAUTHORIZED": "PortOne does not know PORTONE_API_SECRET. Copy the V2 API secret anew.",
        "FORBIDDEN": "the API secret is not for PORTONE_STORE_ID. Copy both from the same store.",
        "INVALID_REQUEST": "PORTONE_STORE_ID is not an id of a store. It begins with store-.",
    }
    other = f"PortOne answered {answer.status} {kind[:64]}, which is no answer of its API."
    return faults.get(kind, f"{other} Check PORTONE_BASE_URL.")

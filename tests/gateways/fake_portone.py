"""PortOne V2 with one channel, a gateway of NICE's kind behind it, true to the wire.

It refuses what any gateway behind PortOne would refuse, goes on working when its caller hangs up,
repeats its first answer under the same idempotency key, and adds fields and values that nobody
knows yet.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from foundation.clock import Clock
from tests.gateways.fake_gateway import Asked, FakeGateway, Reply

SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYwJalrXUtn"
STORE = "store-4ff4af41-85e3-4559-8eb8-0d08a2c6ceec"
CHANNEL = "channel-key-9987cb87-6458-4888-b94e-68d9a2da896d"
GOOD_CARD = "4906251234123456"
KEY_LIFE = timedelta(hours=3)
INSTALMENTS_FROM = 50_000

# What the gateway behind answers to a check of these cards, and to a charge of those.
REFUSED_CARDS = {
    "4906251234120011": ("3011", "카드번호 오류"),
    "4906251234120021": ("3021", "유효기간 오류"),
    "4906251234120113": ("F113", "본인의 신용카드 확인중 오류"),
    "4906251234120118": ("F118", "해당카드 사용 불가"),
    "4906251234120095": ("3095", "분실 신고된 카드입니다"),
    "4906251234129999": ("Z999", "처리할 수 없습니다"),
}
CARDS_WITHOUT_MONEY = {
    "4906251234125001": ("3095", "통장 잔액 부족"),
    "4906251234125002": ("3095", "1일 한도초과"),
    "4906251234125003": ("3095", "거래 정지 카드"),
    "4906251234125004": ("3021", "유효기간 오류"),
    "4906251234125005": ("Z999", "처리할 수 없습니다"),
}
STATUS = {
    "INVALID_REQUEST": 400,
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "BILLING_KEY_NOT_FOUND": 404,
    "CHANNEL_NOT_FOUND": 404,
    "PAYMENT_NOT_FOUND": 404,
    "PG_PROVIDER": 502,
}
CREDENTIAL = {
    "number": re.compile(r"[0-9]{10,20}"),
    "expiryYear": re.compile(r"[0-9]{2}"),
    "expiryMonth": re.compile(r"0[1-9]|1[0-2]"),
    "birthOrBusinessRegistrationNumber": re.compile(r"[0-9]{6}|[0-9]{10}"),
    "passwordTwoDigits": re.compile(r"[0-9]{2}"),
}
ID = re.compile(r"[A-Za-z0-9]{1,40}")
CUSTOMER_ID = re.compile(r"[A-Za-z0-9]{1,20}")


class No(Exception):
    """A refusal on its way to the caller."""

    def __init__(self, kind: str, **more: Any) -> None:
        super().__init__(kind)
        self.reply = Reply(
            {"type": kind, "message": "요청을 처리하지 못했습니다.", **more}, STATUS.get(kind, 409)
        )


@dataclass
class Key:
    """A billing key and the card behind it."""

    id: str
    number: str
    customer: str
    issued_at: datetime
    deleted_at: datetime | None = None


@dataclass
class Payment:
    """A payment and all that became of it."""

    id: str
    key: Key
    words: Mapping[str, Any]
    requested_at: datetime
    status: str = "PAID"
    failure: tuple[str, str] | None = None
    cancels: list[dict[str, Any]] = field(default_factory=list)

    def total(self) -> int:
        return int(self.words["amount"]["total"])

    def canceled(self, what: str = "totalAmount") -> int:
        return sum(one[what] for one in self.cancels if one["status"] == "SUCCEEDED")


def wants(is_right: object) -> None:
    if not is_right:
        raise No("INVALID_REQUEST")


def only(words: Mapping[str, Any], **kinds: type) -> None:
    """Every field is known, there where it must be, and of its kind; a name with _ may be absent."""
    known = {name.rstrip("_"): kind for name, kind in kinds.items()}
    wants(words.keys() <= known.keys())
    wants(all(name in words for name in kinds if not name.endswith("_")))
    wants(all(type(words[name]) is known[name] for name in words))


class FakePortone(FakeGateway):
    """One store at PortOne."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock: Clock = clock
        self.keys: dict[str, Key] = {}
        self.payments: dict[str, Payment] = {}
        self.cancel_status = "SUCCEEDED"
        self._numbers = itertools.count(1)
        self._answered: dict[tuple[str, str, str], tuple[datetime, Reply]] = {}

    def live_keys(self) -> set[str]:
        return {key.id for key in self.keys.values() if key.deleted_at is None}

    def captured(self) -> int:
        paid = [payment for payment in self.payments.values() if payment.status != "FAILED"]
        return sum(payment.total() - payment.canceled() for payment in paid)

    def verb_of(self, asked: Asked) -> str:
        last = asked.path.rpartition("/")[2]
        verbs = {"billing-keys": "issue", "billing-key": "charge", "cancel": "cancel"}
        return {"GET": "inquire", "DELETE": "remove"}.get(asked.method) or verbs[last]

    def answer(self, asked: Asked) -> Reply:
        if asked.method == "GET":
            return self._said(asked)
        given = asked.headers.get("idempotency-key", "")
        if not re.fullmatch(r'"[A-Za-z0-9_-]{16,256}"', given):
            return No("INVALID_REQUEST").reply
        place = (given, asked.method, asked.path)
        before = self._answered.get(place)
        if before and self.clock.now() < before[0] + KEY_LIFE:
            return before[1]
        reply = self._said(asked)
        self._answered[place] = (self.clock.now(), reply)
        return reply

    def _said(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"PortOne {SECRET}":
            return No("UNAUTHORIZED").reply
        try:
            return Reply({**self._do(asked), "addedLater": {"deep": [1]}})
        except No as no:
            return no.reply

    def _do(self, asked: Asked) -> dict[str, Any]:
        parts = [unquote(part) for part in asked.path.strip("/").split("/")]
        match asked.method, *parts:
            case "POST", "billing-keys":
                return self._issue(asked.words())
            case "GET", "billing-keys":
                return self._list_keys(json.loads(asked.query["requestBody"]))
            case "GET", "billing-keys", id_:
                self._in_store(asked.query)
                return self._key_words(self._key(id_))
            case "DELETE", "billing-keys", id_:
                self._in_store(asked.query)
                return self._delete(self._key(id_))
            case "POST", "payments", id_, "billing-key":
                return self._charge(id_, asked.words())
            case "POST", "payments", id_, "cancel":
                return self._cancel(self._payment(id_), asked.words())
            case "GET", "payments-by-cursor":
                return self._list(json.loads(asked.query["requestBody"]))
            case "GET", "payments", id_:
                self._in_store(asked.query)
                return self._payment_words(self._payment(id_))
        raise No("INVALID_REQUEST")

    def _in_store(self, words: Mapping[str, Any]) -> None:
        if words.get("storeId") != STORE:
            raise No("FORBIDDEN")

    def _in_channel(self, words: Mapping[str, Any]) -> None:
        self._in_store(words)
        if words["channelKey"] != CHANNEL:
            raise No("CHANNEL_NOT_FOUND")

    def _key(self, id_: str) -> Key:
        if id_ not in self.keys:
            raise No("BILLING_KEY_NOT_FOUND")
        return self.keys[id_]

    def _payment(self, id_: str) -> Payment:
        if id_ not in self.payments:
            raise No("PAYMENT_NOT_FOUND")
        return self.payments[id_]

    def _issue(self, words: dict[str, Any]) -> dict[str, Any]:
        only(words, storeId=str, channelKey=str, customer=dict, method=dict)
        self._in_channel(words)
        only(words["customer"], id=str)
        wants(CUSTOMER_ID.fullmatch(words["customer"]["id"]))
        only(words["method"], card=dict)
        only(words["method"]["card"], credential=dict)
        card = words["method"]["card"]["credential"]
        only(card, **dict.fromkeys(CREDENTIAL, str))
        wants(all(form.fullmatch(card[name]) for name, form in CREDENTIAL.items()))
        if refusal := REFUSED_CARDS.get(card["number"]):
            raise No("PG_PROVIDER", pgCode=refusal[0], pgMessage=refusal[1])
        id_ = f"billing-key-75ae3cab-6afe-422d-bf34-{next(self._numbers):012x}"
        now = self.clock.now()
        self.keys[id_] = Key(id_, card["number"], words["customer"]["id"], now)
        info = {"billingKey": id_, "channels": [self._channel()], "issuedAt": now.isoformat()}
        return {"billingKeyInfo": info, "channelSpecificFailures": []}

    def _list_keys(self, words: dict[str, Any]) -> dict[str, Any]:
        only(words, page_=dict, sort_=dict, filter_=dict)
        wanted = words["filter"]
        only(wanted, storeId_=str, customerId_=str, status_=list)
        self._in_store(wanted)
        found = [
            self._key_words(key)
            for key in self.keys.values()
            if key.customer == wanted.get("customerId", key.customer)
            and (key.deleted_at is None or "DELETED" in wanted.get("status", ["DELETED"]))
        ]
        page = {"number": 0, "size": 10, "totalCount": len(found)}
        return {"items": found[:10], "page": page}

    def _delete(self, key: Key) -> dict[str, Any]:
        if key.deleted_at:
            raise No("BILLING_KEY_ALREADY_DELETED")
        key.deleted_at = self.clock.now()
        return {"deletedAt": key.deleted_at.isoformat()}

    def _charge(self, id_: str, words: dict[str, Any]) -> dict[str, Any]:
        only(
            words,
            storeId=str,
            channelKey=str,
            billingKey=str,
            orderName=str,
            customer_=dict,
            amount=dict,
            currency=str,
            installmentMonth_=int,
            useFreeInterestFromMerchant_=bool,
        )
        self._in_channel(words)
        self._check_charge(id_, words)
        key = self._key(words["billingKey"])
        if key.deleted_at:
            raise No("BILLING_KEY_ALREADY_DELETED")
        if id_ in self.payments and self.payments[id_].status != "FAILED":
            raise No("ALREADY_PAID")
        payment = Payment(id_, key, words, self.clock.now())
        self.payments[id_] = payment
        if failure := self._refusal(key, words):
            payment.status, payment.failure = "FAILED", failure
            raise No("PG_PROVIDER", pgCode=failure[0], pgMessage=failure[1])
        paid_at = payment.requested_at.isoformat()
        return {"payment": {"pgTxId": f"nictest0m0101{next(self._numbers):08}", "paidAt": paid_at}}

    def _check_charge(self, id_: str, words: dict[str, Any]) -> None:
        wants(ID.fullmatch(id_))
        wants(1 <= len(words["orderName"].encode()) <= 40)
        wants(not re.search(r"[%&|$\-+=\[\]]", words["orderName"]))
        only(words["amount"], total=int, taxFree_=int, vat_=int)
        wants(words["amount"]["total"] > 0 and words["currency"] == "KRW")
        wants(words.get("installmentMonth", 0) in {0, *range(2, 13)})
        wants(len(words["customer"]["name"]["full"].encode()) <= 30)
        if words["amount"].get("taxFree", 0) > words["amount"]["total"]:
            raise No("SUM_OF_PARTS_EXCEEDS_TOTAL_AMOUNT")

    def _refusal(self, key: Key, words: dict[str, Any]) -> tuple[str, str] | None:
        if words.get("installmentMonth") and words["amount"]["total"] < INSTALMENTS_FROM:
            return "3024", "할부 가능 금액이 아닙니다"
        return CARDS_WITHOUT_MONEY.get(key.number)

    def _cancel(self, payment: Payment, words: dict[str, Any]) -> dict[str, Any]:
        only(
            words,
            storeId=str,
            amount=int,
            taxFreeAmount_=int,
            reason=str,
            currentCancellableAmount_=int,
        )
        self._in_store(words)
        wants(words["reason"] and len(words["reason"].encode()) <= 100)
        self._check_cancel(payment, words)
        now = self.clock.now().isoformat()
        cancel = {
            "status": self.cancel_status,
            "id": f"0cdd91e9-4e7c-44a3-a72e-{next(self._numbers):012x}",
            "totalAmount": words["amount"],
            "taxFreeAmount": words.get("taxFreeAmount", 0),
            "vatAmount": 0,
            "reason": words["reason"],
            "requestedAt": now,
            **({"cancelledAt": now} if self.cancel_status == "SUCCEEDED" else {}),
        }
        payment.cancels.append(cancel)
        if given_back := payment.canceled():
            is_all = given_back == payment.total()
            payment.status = "CANCELLED" if is_all else "PARTIAL_CANCELLED"
        return {"cancellation": {**cancel, "addedLater": True}}

    def _check_cancel(self, payment: Payment, words: dict[str, Any]) -> None:
        if payment.status == "FAILED":
            raise No("PAYMENT_NOT_PAID")
        if payment.status == "CANCELLED":
            raise No("PAYMENT_ALREADY_CANCELLED")
        left = payment.total() - payment.canceled()
        tax_free = payment.words["amount"].get("taxFree", 0) - payment.canceled("taxFreeAmount")
        wanted, of_it = words["amount"], words.get("taxFreeAmount", 0)
        if words.get("currentCancellableAmount", left) != left:
            raise No("CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN")
        if wanted > left:
            raise No("CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT")
        if of_it > wanted:
            raise No("SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT")
        if of_it > tax_free:
            raise No("CANCEL_TAX_FREE_AMOUNT_EXCEEDS_CANCELLABLE_TAX_FREE_AMOUNT")
        if wanted - of_it > left - tax_free:
            raise No("CANCEL_TAX_AMOUNT_EXCEEDS_CANCELLABLE_TAX_AMOUNT")

    def _list(self, words: dict[str, Any]) -> dict[str, Any]:
        only(words, storeId_=str, from_=str, until_=str, cursor_=str, size_=int)
        self._in_store(words)
        wants(1 <= words.get("size", 10) <= 1000)
        first, end = (datetime.fromisoformat(words[name]) for name in ("from", "until"))
        begun = [one for one in self.payments.values() if first <= one.requested_at <= end]
        begun.sort(key=lambda one: (one.requested_at, one.id))
        start = int(words.get("cursor", "0"))
        page = begun[start : start + words.get("size", 10)]
        return {
            "items": [
                {"payment": self._payment_words(one), "cursor": str(start + at)}
                for at, one in enumerate(page, start=1)
            ]
        }

    def _key_words(self, key: Key) -> dict[str, Any]:
        method = {"type": "BillingKeyPaymentMethodCard", "card": self._card_words(key)}
        return {
            "status": "DELETED" if key.deleted_at else "ISSUED",
            "billingKey": key.id,
            "merchantId": "merchant-test",
            "storeId": STORE,
            "methods": [method, {"type": "BillingKeyPaymentMethodOfTomorrow"}],
            "channels": [self._channel()],
            "customer": {"id": key.customer},
            "issuedAt": key.issued_at.isoformat(),
            **({"deletedAt": key.deleted_at.isoformat()} if key.deleted_at else {}),
        }

    def _card_words(self, key: Key) -> dict[str, Any]:
        return {
            "publisher": "BC_CARD",
            "issuer": "BC_CARD",
            "brand": "BRAND_OF_TOMORROW",
            "type": "CREDIT",
            "ownerType": "PERSONAL",
            "bin": key.number[:6],
            "number": f"{key.number[:6]}******{key.number[-4:]}",
        }

    def _payment_words(self, payment: Payment) -> dict[str, Any]:
        at = payment.requested_at.isoformat()
        paid = {
            "paidAt": at,
            "pgTxId": "nictest0m01012601020304050607",
            "receiptUrl": "https://npg.nicepay.co.kr/issue/IssueLoader.do?TID=nictest0m",
        }
        failed = {}
        if payment.failure:
            code, message = payment.failure
            failed = {"failure": {"reason": message, "pgCode": code, "pgMessage": message}}
        return {
            "status": payment.status,
            "id": payment.id,
            "transactionId": "55451513-9763-4a7a-bb43-78a4c65be843",
            "storeId": STORE,
            "channel": self._channel(),
            "version": "V2",
            "requestedAt": at,
            "orderName": payment.words["orderName"],
            "amount": self._amount_words(payment),
            "currency": "KRW",
            "customer": {},
            "billingKey": payment.key.id,
            "method": {
                "type": "PaymentMethodCard",
                "card": self._card_words(payment.key),
                "approvalNumber": "00012345",
                "installment": {
                    "month": payment.words.get("installmentMonth", 0),
                    "isInterestFree": False,
                },
            },
            **({"failedAt": at, **failed} if payment.failure else paid),
            **({"cancellations": payment.cancels} if payment.cancels else {}),
            "stateOfTomorrow": "SHINY",
        }

    def _amount_words(self, payment: Payment) -> dict[str, Any]:
        total, tax_free = payment.total(), payment.words["amount"].get("taxFree", 0)
        vat = (total - tax_free) // 11
        return {
            "total": total,
            "taxFree": tax_free,
            "vat": vat,
            "supply": total - tax_free - vat,
            "discount": 0,
            "paid": 0 if payment.failure else total,
            "cancelled": payment.canceled(),
            "cancelledTaxFree": payment.canceled("taxFreeAmount"),
        }

    def _channel(self) -> dict[str, Any]:
        return {
            "type": "TEST",
            "id": "channel-id-1",
            "key": CHANNEL,
            "name": "나이스",
            "pgProvider": "NICE_V2",
            "pgMerchantId": "nictest00m",
        }

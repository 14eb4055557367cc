"""A PortOne V2 that is true to the wire: strict about requests, generous with unknown fields.

Written from the published interface. Its truth is `payments` and `keys`; what it answered is beside
the point. It has fields and words on purpose that nobody has heard of.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from standardwebhooks import Webhook

from foundation.clock import Clock
from tests.gateways.fake_gateway import Asked, FakeGateway, Reply

API_SECRET, STORE_ID, CHANNEL_KEY = "portone-test-secret", "store-test-1", "channel-key-test-1"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"portone webhook secret of tests!").decode()
REMEMBERED_FOR = timedelta(hours=3)
QUOTED = re.compile(r'"[\x21\x23-\x7e ]{16,256}"')

GOOD_CARD = "9410123412341234"
# What the card company says at once, and what it says when a key of the card is charged.
REFUSED_AT_ISSUE = {
    "9410000000000001": ("3011", "카드번호 오류"),
    "9410000000000002": ("3021", "유효기간 오류"),
    "9410000000000003": ("8373", "비밀번호 오류"),
    "9410000000000004": ("8314", "분실 혹은 거래불가 카드"),
    "9410000000000005": ("8901", "카드사 시스템 점검중"),
    "9410000000000006": ("9999", "승인거절"),
}
REFUSED_AT_CHARGE = {
    "9411000000000001": ("8326", "통장 잔액부족"),
    "9411000000000002": ("8324", "1회 한도초과"),
    "9411000000000003": ("8315", "도난카드"),
    "9411000000000004": ("8350", "정지카드"),
    "9411000000000005": ("8900", "카드사 TIMEOUT"),
}


@dataclass
class Key:
    """A billing key."""

    billing_key: str
    customer_id: str
    number: str
    issued_at: str
    is_live: bool = True


@dataclass
class Payment:
    """A payment, by the merchant's own id."""

    id: str
    status: str
    total: int
    tax_free: int
    requested_at: datetime
    failure: tuple[str, str] | None = None
    cancellations: list[dict[str, Any]] = field(default_factory=list)

    @property
    def cancelled(self) -> int:
        return sum(one["totalAmount"] for one in self.cancellations)

    @property
    def cancelled_tax_free(self) -> int:
        return sum(one["taxFreeAmount"] for one in self.cancellations)


class Refused(Exception):
    """An error of the interface."""

    def __init__(self, status: int, kind: str, **words: Any) -> None:
        super().__init__(kind)
        self.reply = Reply({"type": kind, "message": "요청을 처리할 수 없습니다", **words}, status)


class FakePortOne(FakeGateway):
    """The gateway."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.keys: dict[str, Key] = {}
        self.payments: dict[str, Payment] = {}
        self._answers: dict[str, tuple[datetime, Reply]] = {}

    def live_keys(self) -> set[str]:
        return {key.billing_key for key in self.keys.values() if key.is_live}

    def captured(self) -> int:
        approved = [one for one in self.payments.values() if one.status != "FAILED"]
        return sum(one.total - one.cancelled for one in approved)

    def notice(self, payment_id: str, secret: str = WEBHOOK_SECRET) -> tuple[dict[str, str], bytes]:
        """A signed webhook about a payment."""
        now = datetime.now(UTC)
        words = {
            "type": "Transaction.Paid",
            "timestamp": now.isoformat(),
            "data": {
                "paymentId": payment_id,
                "transactionId": f"tx-{payment_id}",
                "storeId": STORE_ID,
            },
        }
        body = json.dumps(words)
        headers = {
            "webhook-id": f"msg-{payment_id}",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(f"msg-{payment_id}", now, body),
        }
        return headers, body.encode()

    def verb_of(self, asked: Asked) -> str:
        if asked.method == "GET":
            return "inquire"
        if asked.method == "DELETE":
            return "remove"
        return {"billing-keys": "issue", "billing-key": "charge", "cancel": "cancel"}[
            asked.path.rsplit("/", 1)[-1]
        ]

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"PortOne {API_SECRET}":
            return Refused(401, "UNAUTHORIZED").reply
        try:
            return self._once(asked) if asked.method == "POST" else self._answer(asked)
        except Refused as refused:
            return refused.reply

    def _once(self, asked: Asked) -> Reply:
        key = asked.headers.get("idempotency-key", "")
        if not QUOTED.fullmatch(key):
            raise Refused(400, "INVALID_REQUEST")
        name = f"{asked.path} {key}"
        if name in self._answers and self.clock.now() - self._answers[name][0] < REMEMBERED_FOR:
            return self._answers[name][1]
        try:
            reply = self._answer(asked)
        except Refused as refused:
            reply = refused.reply
        self._answers[name] = (self.clock.now(), reply)
        return reply

    def _answer(self, asked: Asked) -> Reply:
        match (asked.method, asked.path.strip("/").split("/")):
            case ("POST", ["billing-keys"]):
                return self._issue(asked.words())
            case ("GET", ["billing-keys"]):
                return self._list_keys(json.loads(asked.query["requestBody"]))
            case ("GET", ["billing-keys", name]):
                return Reply(self._key_view(self._key(name)))
            case ("DELETE", ["billing-keys", name]):
                return self._delete(self._key(name))
            case ("POST", ["payments", name, "billing-key"]):
                return self._charge(name, asked.words())
            case ("POST", ["payments", name, "cancel"]):
                return self._cancel(self._payment(name), asked.words())
            case ("GET", ["payments", name]):
                self._must_be_ours(asked.query)
                return Reply(self._payment_view(self._payment(name)))
            case ("GET", ["payments-by-cursor"]):
                return self._list(json.loads(asked.query["requestBody"]))
            case _:
                raise Refused(404, "NOT_FOUND")

    def _must_be_ours(self, words: Any) -> None:
        if words.get("storeId") != STORE_ID:
            raise Refused(403, "FORBIDDEN")

    def _must_be_whole(self, words: dict[str, Any]) -> None:
        self._must_be_ours(words)
        if words.get("channelKey") != CHANNEL_KEY:
            raise Refused(404, "CHANNEL_NOT_FOUND")

    def _issue(self, words: dict[str, Any]) -> Reply:
        self._must_be_whole(words)
        card = words["method"]["card"]["credential"]
        shapes = {
            "number": r"\d{14,16}",
            "expiryYear": r"\d{2}",
            "expiryMonth": r"(0[1-9]|1[0-2])",
            "birthOrBusinessRegistrationNumber": r"\d{6}|\d{10}",
            "passwordTwoDigits": r"\d{2}",
        }
        if not all(re.fullmatch(shape, card[name]) for name, shape in shapes.items()):
            raise Refused(400, "INVALID_REQUEST")
        refusal = REFUSED_AT_ISSUE.get(card["number"])
        if card["passwordTwoDigits"] != "12":
            refusal = ("8373", "비밀번호 오류")
        if refusal:
            raise Refused(502, "PG_PROVIDER", pgCode=refusal[0], pgMessage=refusal[1])
        name = f"billing-key-{len(self.keys) + 1:08}"
        self.keys[name] = Key(name, words["customer"]["id"], card["number"], self._now())
        info = {"billingKey": name, "channels": [], "issuedAt": self._now(), "novelty": 1}
        return Reply({"billingKeyInfo": info, "channelSpecificFailures": []})

    def _list_keys(self, words: dict[str, Any]) -> Reply:
        self._must_be_ours(words["filter"])
        customer = words["filter"]["customerId"]
        found = [self._key_view(key) for key in self.keys.values() if key.customer_id == customer]
        return Reply({"items": found, "page": {"number": 0, "size": 10, "totalCount": len(found)}})

    def _key(self, name: str) -> Key:
        if name not in self.keys:
            raise Refused(404, "BILLING_KEY_NOT_FOUND")
        return self.keys[name]

    def _key_view(self, key: Key) -> dict[str, Any]:
        card = {
            "issuer": "SHINHAN_CARD",
            "type": "CREDIT",
            "ownerType": "PERSONAL",
            "brand": "LOCAL",
        }
        return {
            "billingKey": key.billing_key,
            "status": "ISSUED" if key.is_live else "DELETED",
            "customer": {"id": key.customer_id},
            "methods": [{"type": "BillingKeyPaymentMethodCard", "card": card}],
            "issuedAt": key.issued_at,
            "mood": "SUNNY",
        }

    def _delete(self, key: Key) -> Reply:
        if not key.is_live:
            raise Refused(409, "BILLING_KEY_ALREADY_DELETED")
        key.is_live = False
        return Reply({"deletedAt": self._now()})

    def _charge(self, name: str, words: dict[str, Any]) -> Reply:
        self._must_be_whole(words)
        total, tax_free = words["amount"]["total"], words["amount"]["taxFree"]
        if words["currency"] != "KRW" or not words["orderName"] or type(total) is not int:
            raise Refused(400, "INVALID_REQUEST")
        if tax_free > total:
            raise Refused(400, "SUM_OF_PARTS_EXCEEDS_TOTAL_AMOUNT")
        known = self.payments.get(name)
        if known and known.status != "FAILED":
            raise Refused(409, "ALREADY_PAID")
        key = self._key(words["billingKey"])
        if not key.is_live:
            raise Refused(409, "BILLING_KEY_ALREADY_DELETED")
        refusal = REFUSED_AT_CHARGE.get(key.number)
        months = words["installmentMonth"]
        if months == 1 or (months and total < 50_000):
            refusal = ("3022", "할부개월수 오류")
        status = "FAILED" if refusal else "PAID"
        self.payments[name] = Payment(name, status, total, tax_free, self.clock.now(), refusal)
        if refusal:
            raise Refused(502, "PG_PROVIDER", pgCode=refusal[0], pgMessage=refusal[1])
        return Reply({"payment": {"pgTxId": f"pg-{name}", "paidAt": self._now()}})

    def _payment(self, name: str) -> Payment:
        if name not in self.payments:
            raise Refused(404, "PAYMENT_NOT_FOUND")
        return self.payments[name]

    def _payment_view(self, payment: Payment) -> dict[str, Any]:
        view: dict[str, Any] = {
            "id": payment.id,
            "status": payment.status,
            "transactionId": f"tx-{payment.id}",
            "currency": "KRW",
            "amount": {
                "total": payment.total,
                "taxFree": payment.tax_free,
                "cancelled": payment.cancelled,
                "cancelledTaxFree": payment.cancelled_tax_free,
            },
            "requestedAt": payment.requested_at.isoformat(),
            "novelty": {"of": "tomorrow"},
        }
        if payment.failure:
            code, message = payment.failure
            return view | {"failure": {"reason": message, "pgCode": code, "pgMessage": message}}
        return view | {
            "paidAt": payment.requested_at.isoformat(),
            "pgTxId": f"pg-{payment.id}",
            "receiptUrl": "https://receipt.example/1",
            "method": {"type": "PaymentMethodCard", "approvalNumber": "30012345"},
            "cancellations": payment.cancellations,
        }

    def _cancel(self, payment: Payment, words: dict[str, Any]) -> Reply:
        self._must_be_ours(words)
        if not words["reason"] or payment.status == "FAILED":
            raise Refused(409, "PAYMENT_NOT_PAID")
        left = payment.total - payment.cancelled
        tax_free_left = payment.tax_free - payment.cancelled_tax_free
        amount, tax_free = words["amount"], words["taxFreeAmount"]
        if not left:
            raise Refused(409, "PAYMENT_ALREADY_CANCELLED")
        if words["currentCancellableAmount"] != left:
            raise Refused(409, "CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN")
        if amount > left:
            raise Refused(409, "CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT")
        if tax_free > tax_free_left:
            raise Refused(409, "CANCEL_TAX_FREE_AMOUNT_EXCEEDS_CANCELLABLE_TAX_FREE_AMOUNT")
        if amount - tax_free > left - tax_free_left:
            raise Refused(409, "CANCEL_TAX_AMOUNT_EXCEEDS_CANCELLABLE_TAX_AMOUNT")
        cancellation = {
            "status": "SUCCEEDED",
            "id": f"cancellation-{payment.id}-{len(payment.cancellations) + 1}",
            "totalAmount": amount,
            "taxFreeAmount": tax_free,
            "reason": words["reason"],
            "cancelledAt": self._now(),
        }
        payment.cancellations.append(cancellation)
        payment.status = "CANCELLED" if amount == left else "PARTIAL_CANCELLED"
        return Reply({"cancellation": cancellation})

    def _list(self, words: dict[str, Any]) -> Reply:
        first, end = (datetime.fromisoformat(words[name]) for name in ("from", "until"))
        payments = sorted(self.payments.values(), key=lambda one: one.id)
        found = [
            {"payment": self._payment_view(one), "cursor": one.id}
            for one in payments
            if first <= one.requested_at < end and one.id > words.get("cursor", "")
        ]
        return Reply({"items": found[: words["size"]]})

    def _now(self) -> str:
        return self.clock.now().isoformat()

"""TossPayments as its references describe it: strict about every request, and with its oddities."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from foundation.clock import KST
from tests.gateways.fake_gateway import Asked, FakeGateway, Reply

SECRET_KEY = "test_sk_D4yKeq5bgrpKRd0JYbLVGX0lzW6Y"
KEPT = timedelta(days=15)
ORDER_ID = re.compile(r"[A-Za-z0-9_-]{6,64}")
CUSTOMER_KEY = re.compile(r"[A-Za-z0-9\-_=.@]{2,255}")
LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?")
DIGITS = re.compile(r"\d+")
# Only the first six digits have to be those of a real card; the rest says how it behaves.
REFUSED_AT_ISSUE = {
    "4906250000000016": "INVALID_CARD_NUMBER",
    "4906250000000024": "INVALID_CARD_EXPIRATION",
    "4906250000000032": "INVALID_CARD_PASSWORD",
    "4906250000000040": "INVALID_CARD_IDENTITY",
    "4906250000000057": "EXCEED_MAX_AUTH_COUNT",
    "4906250000000065": "INVALID_STOPPED_CARD",
}
REFUSED_AT_CHARGE = {
    "4906250000000115": "REJECT_CARD_PAYMENT",
    "4906250000000123": "REJECT_ACCOUNT_PAYMENT",
    "4906250000000131": "INVALID_CARD_LOST_OR_STOLEN",
    "4906250000000149": "PROVIDER_ERROR",
    "4906250000000156": "NOT_SUPPORTED_CARD_TYPE",
}
STATUSES = {
    **dict.fromkeys(("UNAUTHORIZED_KEY",), 401),
    **dict.fromkeys(
        (
            "EXCEED_MAX_AUTH_COUNT",
            "FORBIDDEN_CONSECUTIVE_REQUEST",
            "FORBIDDEN_REQUEST",
            "INCORRECT_BASIC_AUTH_FORMAT",
            "NOT_AVAILABLE_BANK",
            "NOT_CANCELABLE_AMOUNT",
            "NOT_CANCELABLE_PAYMENT",
            "REJECT_ACCOUNT_PAYMENT",
            "REJECT_CARD_COMPANY",
            "REJECT_CARD_PAYMENT",
        ),
        403,
    ),
    **dict.fromkeys(("NOT_FOUND", "NOT_FOUND_BILLING", "NOT_FOUND_PAYMENT"), 404),
    "IDEMPOTENT_REQUEST_PROCESSING": 409,
    **dict.fromkeys(
        (
            "COMMON_ERROR",
            "FAILED_INTERNAL_SYSTEM_PROCESSING",
            "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING",
            "UNKNOWN_PAYMENT_ERROR",
        ),
        500,
    ),
}
ISSUE = {
    "customerKey": (str, 255),
    "cardNumber": (str, 20),
    "cardExpirationYear": (str, 2),
    "cardExpirationMonth": (str, 2),
    "customerIdentityNumber": (str, 10),
}
ISSUE_TOO = {"cardPassword": (str, 2), "customerName": (str, 100), "customerEmail": (str, 100)}
CHARGE = {
    "customerKey": (str, 255),
    "amount": (int, 0),
    "orderId": (str, 64),
    "orderName": (str, 100),
}
CHARGE_TOO = {
    "cardInstallmentPlan": (int, 0),
    "taxFreeAmount": (int, 0),
    "taxExemptionAmount": (int, 0),
    "customerEmail": (str, 100),
    "customerName": (str, 100),
}
CANCEL = {"cancelReason": (str, 200)}
CANCEL_TOO = {"cancelAmount": (int, 0), "taxFreeAmount": (int, 0), "refundableAmount": (int, 0)}

Fields = Mapping[str, tuple[type, int]]


class RefusedError(Exception):
    """Carries the code with which a request is refused."""


@dataclass(frozen=True)
class Rows(Reply):
    """A reply that is a list."""

    rows: tuple[Mapping[str, Any], ...] = ()

    def body(self, charset: str = "utf-8") -> bytes:
        return json.dumps(list(self.rows), ensure_ascii=False).encode(charset)


@dataclass
class Key:
    billing_key: str
    customer_key: str
    number: str
    is_alive: bool = True


@dataclass
class Payment:
    key: str
    order_id: str
    order_name: str
    amount: int
    tax_free: int
    months: int
    at: datetime
    refusal: str | None = None
    cancels: list[dict[str, Any]] = field(default_factory=list)

    @property
    def balance(self) -> int:
        return self.amount - sum(cancel["cancelAmount"] for cancel in self.cancels)

    @property
    def tax_free_balance(self) -> int:
        return self.tax_free - sum(cancel["taxFreeAmount"] for cancel in self.cancels)


class FakeTossPayments(FakeGateway):
    """Its truth is in `keys` and `payments`, whatever it answered."""

    def __init__(self, now: Callable[[], datetime], secret_key: str = SECRET_KEY) -> None:
        self._now = now
        self.secret_key = secret_key
        self.keys: dict[str, Key] = {}
        self.payments: dict[str, Payment] = {}
        self.rows: list[dict[str, Any]] = []
        # Switches, for what is not settled or differs between contracts.
        self.gone_code = "NOT_FOUND_BILLING"
        self.keeps_refused = False
        self.stays_partially_canceled = False
        self.list_lag = timedelta(0)
        self.in_flight: set[str] = set()
        self.promotions: list[dict[str, Any]] = []
        self.says: dict[str, Any] = {}
        self._answered: dict[tuple[str, ...], tuple[datetime, Reply]] = {}
        self._numbers: Iterator[int] = itertools.count(1)
        super().__init__()

    def verb_of(self, asked: Asked) -> str:
        if asked.method == "GET":
            return "inquire"
        if asked.method == "DELETE":
            return "remove"
        if asked.path.endswith("/authorizations/card"):
            return "issue"
        return "cancel" if asked.path.endswith("/cancel") else "charge"

    def live_keys(self) -> set[str]:
        """In the form in which the adapter keeps them."""
        alive = [key for key in self.keys.values() if key.is_alive]
        return {f"{key.customer_key}:{key.billing_key}" for key in alive}

    def captured(self) -> int:
        return sum(payment.balance for payment in self.payments.values() if not payment.refusal)

    def answer(self, asked: Asked) -> Reply:
        try:
            self._check(asked)
            return self._once(asked) if asked.method == "POST" else self._do(asked)
        except RefusedError as refused:
            return _error(str(refused))

    def _check(self, asked: Asked) -> None:
        kind, _, value = asked.headers.get("authorization", "").partition(" ")
        said = base64.b64decode(value).decode()
        if kind != "Basic" or not said.endswith(":"):
            raise RefusedError("INCORRECT_BASIC_AUTH_FORMAT")
        if said != f"{self.secret_key}:":
            raise RefusedError("UNAUTHORIZED_KEY")
        # The forced error wins over everything that is wrong with the request.
        forced = asked.headers.get("tosspayments-test-code")
        if forced and self.secret_key.startswith("test_"):
            raise RefusedError(forced)

    def _once(self, asked: Asked) -> Reply:
        key = asked.headers.get("idempotency-key")
        if key is None:
            return self._do(asked)
        if len(key) > 300:
            raise RefusedError("INVALID_IDEMPOTENCY_KEY")
        if key in self.in_flight:
            raise RefusedError("IDEMPOTENT_REQUEST_PROCESSING")
        identity = (key, asked.headers["authorization"], asked.method, asked.path)
        before = self._answered.get(identity)
        if before and self._now() < before[0] + KEPT:
            return before[1]
        try:
            reply = self._do(asked)
        except RefusedError as refused:
            reply = _error(str(refused))
        self._answered[identity] = (self._now(), reply)
        return reply

    def _do(self, asked: Asked) -> Reply:
        match asked.method, [unquote(part) for part in asked.path.split("/")[2:]]:
            case "POST", ["billing", "authorizations", "card"]:
                return self._issue(asked)
            case "POST", ["billing", billing_key]:
                return self._charge(asked, billing_key)
            case "DELETE", ["billing", billing_key]:
                return self._remove(billing_key)
            case "POST", ["payments", payment_key, "cancel"]:
                return self._cancel(asked, payment_key)
            case "GET", ["payments", "orders", order_id]:
                return self._found(lambda one: one.order_id == order_id)
            case "GET", ["payments", payment_key]:
                return self._found(lambda one: one.key == payment_key)
            case "GET", ["transactions"]:
                return self._list(asked.query)
            case "GET", ["promotions", "card"]:
                return Reply({"discountCards": [], "interestFreeCards": self.promotions})
        raise RefusedError("NOT_FOUND")

    def _issue(self, asked: Asked) -> Reply:
        body = _fields(asked, ISSUE, ISSUE_TOO)
        number = body["cardNumber"]
        if not CUSTOMER_KEY.fullmatch(body["customerKey"]):
            raise RefusedError("INVALID_REQUEST")
        if not DIGITS.fullmatch(number) or number in REFUSED_AT_ISSUE:
            raise RefusedError(REFUSED_AT_ISSUE.get(number, "INVALID_CARD_NUMBER"))
        if not 1 <= int(body["cardExpirationMonth"]) <= 12 or len(body["cardExpirationYear"]) != 2:
            raise RefusedError("INVALID_CARD_EXPIRATION")
        holder = body["customerIdentityNumber"]
        if len(holder) not in (6, 10) or not DIGITS.fullmatch(holder):
            raise RefusedError("INVALID_BIRTH_DAY_FORMAT")
        # Real ones are base64, with a sign that does not belong in a path.
        billing_key = base64.b64encode(f"billing-{next(self._numbers):022}".encode()).decode()
        self.keys[billing_key] = Key(billing_key, body["customerKey"], number)
        return self._reply(
            {
                "mId": "tvivarepublica",
                "customerKey": body["customerKey"],
                "authenticatedAt": self._written(),
                "method": "카드",
                "billingKey": billing_key,
                "card": _card(number, is_company=len(holder) == 10),
            }
        )

    def _charge(self, asked: Asked, billing_key: str) -> Reply:
        body = _fields(asked, CHARGE, CHARGE_TOO)
        key = self.keys.get(billing_key)
        months, tax_free = body.get("cardInstallmentPlan", 0), body.get("taxFreeAmount", 0)
        if not ORDER_ID.fullmatch(body["orderId"]) or tax_free > body["amount"]:
            raise RefusedError("INVALID_REQUEST")
        if key is None or not key.is_alive:
            raise RefusedError("INVALID_BILL_KEY_REQUEST")
        if body["customerKey"] != key.customer_key:
            raise RefusedError("NOT_MATCHES_CUSTOMER_KEY")
        before = [one for one in self.payments.values() if one.order_id == body["orderId"]]
        if any(not one.refusal for one in before):
            raise RefusedError("DUPLICATED_ORDER_ID")
        if body["amount"] < 100:
            raise RefusedError("BELOW_MINIMUM_AMOUNT")
        if months and (body["amount"] < 50_000 or not 2 <= months <= 12):
            raise RefusedError("INVALID_CARD_INSTALLMENT_PLAN")
        payment = Payment(
            f"tviva{next(self._numbers):020}",
            body["orderId"],
            body["orderName"],
            body["amount"],
            tax_free,
            months,
            self._now(),
            REFUSED_AT_CHARGE.get(key.number),
        )
        if payment.refusal and not self.keeps_refused:
            raise RefusedError(payment.refusal)
        self.payments[payment.key] = payment
        if payment.refusal:
            raise RefusedError(payment.refusal)
        self._note(payment, "DONE", payment.amount)
        return self._reply(self._payment(payment))

    def _remove(self, billing_key: str) -> Reply:
        key = self.keys.get(billing_key)
        if key is None or not key.is_alive:
            raise RefusedError(self.gone_code)
        key.is_alive = False
        return Reply()

    def _cancel(self, asked: Asked, payment_key: str) -> Reply:
        body = _fields(asked, CANCEL, CANCEL_TOO)
        payment = self.payments.get(payment_key)
        if payment is None or payment.refusal:
            raise RefusedError("NOT_FOUND_PAYMENT")
        if payment.balance == 0:
            raise RefusedError("ALREADY_CANCELED_PAYMENT")
        amount, tax_free = body.get("cancelAmount", payment.balance), body.get("taxFreeAmount", 0)
        if body.get("refundableAmount", payment.balance) != payment.balance:
            raise RefusedError("NOT_MATCHES_REFUNDABLE_AMOUNT")
        taxed_left = payment.balance - payment.tax_free_balance
        if not 0 < amount <= payment.balance or not 0 <= tax_free <= payment.tax_free_balance:
            raise RefusedError("NOT_CANCELABLE_AMOUNT")
        if not 0 <= amount - tax_free <= taxed_left:
            raise RefusedError("NOT_CANCELABLE_AMOUNT")
        payment.cancels.append(
            {
                "cancelAmount": amount,
                "cancelReason": body["cancelReason"],
                "taxFreeAmount": tax_free,
                "refundableAmount": payment.balance - amount,
                "canceledAt": self._written(),
                "transactionKey": f"{next(self._numbers):032X}",
                "cancelStatus": "DONE",
            }
        )
        self._note(payment, self._status(payment), -amount)
        return self._reply(self._payment(payment))

    def _found(self, is_it: Callable[[Payment], bool]) -> Reply:
        for payment in self.payments.values():
            if is_it(payment):
                return self._reply(self._payment(payment))
        raise RefusedError("NOT_FOUND_PAYMENT")

    def _list(self, query: Mapping[str, str]) -> Reply:
        bounds = [query.get(name, "") for name in ("startDate", "endDate")]
        if not all(LOCAL.fullmatch(bound) for bound in bounds) or bounds[0] > bounds[1]:
            raise RefusedError("INVALID_DATE")
        limit = int(query.get("limit", "100"))
        if not 1 <= limit <= 5000 or set(query) - {
            "startDate",
            "endDate",
            "limit",
            "startingAfter",
        }:
            raise RefusedError("INVALID_REQUEST")
        visible = self._written(self._now() - self.list_lag)
        seen = [
            row
            for row in self.rows
            if bounds[0] <= row["transactionAt"][:19] <= bounds[1]
            and row["transactionAt"] <= visible
        ]
        keys = [row["transactionKey"] for row in seen]
        after = query.get("startingAfter")
        start = keys.index(after) + 1 if after else 0
        return Rows(rows=tuple(seen[start : start + limit]))

    def _note(self, payment: Payment, status: str, amount: int) -> None:
        self.rows.append(
            {
                "mId": "tvivarepublica",
                "transactionKey": f"{next(self._numbers):032X}",
                "paymentKey": payment.key,
                "orderId": payment.order_id,
                "method": "카드",
                "customerKey": None,
                "useEscrow": False,
                "receiptUrl": "https://dashboard.tosspayments.com/receipt/redirection",
                "status": status,
                "transactionAt": self._written(),
                "currency": "KRW",
                "amount": amount,
            }
        )

    def _status(self, payment: Payment) -> str:
        if payment.refusal:
            return "ABORTED"
        if not payment.cancels:
            return "DONE"
        is_whole = payment.balance == 0 and not self.stays_partially_canceled
        return "CANCELED" if is_whole else "PARTIAL_CANCELED"

    def _payment(self, payment: Payment) -> dict[str, Any]:
        refusal = payment.refusal
        return {
            "version": "2022-11-16",
            "paymentKey": payment.key,
            "type": "BILLING",
            "orderId": payment.order_id,
            "orderName": payment.order_name,
            "mId": "tvivarepublica",
            "currency": "KRW",
            "method": "카드",
            "totalAmount": payment.amount,
            "balanceAmount": 0 if refusal else payment.balance,
            "status": self._status(payment),
            "requestedAt": self._written(payment.at),
            "approvedAt": None if refusal else self._written(payment.at),
            "lastTransactionKey": (payment.cancels or [{}])[-1].get("transactionKey"),
            "taxFreeAmount": payment.tax_free,
            "isPartialCancelable": True,
            "cancels": list(payment.cancels) or None,
            "card": {"amount": payment.amount, "approveNo": f"{payment.key[-8:]}"},
            "receipt": {"url": "https://dashboard.tosspayments.com/receipt/redirection"},
            "failure": {"code": refusal, "message": "거절"} if refusal else None,
        }

    def _reply(self, words: Mapping[str, Any]) -> Reply:
        return Reply({**words, **self.says})

    def _written(self, at: datetime | None = None) -> str:
        return (at or self._now()).astimezone(KST).isoformat(timespec="seconds")


def _error(code: str) -> Reply:
    return Reply({"code": code, "message": "실패했습니다."}, status=STATUSES.get(code, 400))


def _card(number: str, *, is_company: bool) -> dict[str, str]:
    return {
        "issuerCode": "31" if number.startswith("490625") else "41",
        "acquirerCode": "31",
        "number": f"{number[:8]}****{number[-4:-1]}*",
        "cardType": "신용",
        "ownerType": "법인" if is_company else "개인",
    }


def _fields(asked: Asked, needed: Fields, allowed: Fields) -> dict[str, Any]:
    body = asked.words()
    known = {**needed, **allowed}
    if set(needed) - set(body) or set(body) - set(known):
        raise RefusedError("INVALID_REQUEST")
    for name, value in body.items():
        kind, longest = known[name]
        if type(value) is not kind or (isinstance(value, str) and not 0 < len(value) <= longest):
            raise RefusedError("INVALID_REQUEST")
        if isinstance(value, int) and value < 0:
            raise RefusedError("INVALID_REQUEST")
    return body

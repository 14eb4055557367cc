"""NICEPAY as its manual has it, on a port of this machine.

A card's digits say how it behaves: the second four at its registration, the third four at a charge.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from foundation.clock import KST, Clock
from tests.gateways.fake_gateway import Asked, FakeGateway, Reply

CLIENT_KEY = "R2_af0d116236df437f831483ee9c500bc4"
SECRET_KEY = "2dcc2a0d63bf469490bb19a201be3735"
NET_CANCEL_WINDOW = timedelta(hours=1)
CANCEL_WINDOW = timedelta(days=365)
TOKEN_LIFE = timedelta(minutes=30)
SMALLEST = 1_000
SMALLEST_IN_INSTALMENTS = 50_000

CARD = re.compile(
    r"cardNo=(?P<cardNo>\d{14,16})&expYear=\d{2}&expMonth=(0[1-9]|1[0-2])"
    r"(&idNo=(?P<idNo>\d{6}|\d{10}))?(&cardPw=(?P<cardPw>\d{2}))?"
)
EDI_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0900")
WANTED_BY_LEVEL = {"01": (), "03": ("cardPw",), "10": ("idNo",), "11": ("idNo", "cardPw")}

AT_ISSUE = {
    "3011": ("3011", "카드번호 오류"),
    "0112": ("F112", "유효하지않은 카드번호를 입력하셨습니다.(card_bin 없음)"),
    "3021": ("3021", "유효기간 오류"),
    "0113": ("F113", "본인의 신용카드 확인중 오류가 발생하였습니다."),
    "0118": ("F118", "해당카드 사용불가"),
    "0201": ("F201", "이미 등록된 카드 입니다."),
    "0110": ("F110", "빌키발급 처리중 오류가 발생하였습니다."),
    "9999": ("Q987", "처음 보는 오류"),
}
AT_CHARGE = {
    "0001": ("3095", "1회 한도초과"),
    "0002": ("3095", "통장 잔액부족"),
    "0003": ("3095", "도난카드"),
    "0004": ("3095", "거래정지카드"),
    "0005": ("3095", "카드사 시스템 점검"),
    "0006": ("3095", "가맹점 한도초과"),
    "3091": ("3091", "해당카드 사용불가"),
    "0027": ("P027", "카드사 TIMEOUT"),
    "0501": ("U501", "원천사 통신 오류"),
    "0508": ("U508", "원천사 응답 지연"),
    "9999": ("Q987", "처음 보는 오류"),
}
BYTES_MAX = {
    "encData": 512,
    "orderId": 64,
    "buyerName": 30,
    "buyerTel": 20,
    "buyerEmail": 60,
    "goodsName": 40,
    "cardQuota": 2,
    "reason": 100,
    "encMode": 10,
    "mallReserved": 500,
}
STAMP = {"ediDate", "signData"}
FIELDS = {
    "issue": ({"encData", "orderId"} | STAMP, {"encMode", "buyerName", "buyerTel", "buyerEmail"}),
    "charge": (
        {"orderId", "amount", "goodsName", "cardQuota", "useShopInterest"} | STAMP,
        {"buyerName", "buyerTel", "buyerEmail", "taxFreeAmt", "mallReserved"},
    ),
    "remove": ({"orderId"} | STAMP, set[str]()),
    "void": ({"orderId"} | STAMP, {"mallReserved"}),
    "cancel": ({"orderId", "reason"} | STAMP, {"cancelAmt", "taxFreeAmt", "mallReserved"}),
}


def sha256(*parts: object) -> str:
    return hashlib.sha256("".join(map(str, parts)).encode()).hexdigest()


def decrypted(hexadecimal: str) -> str:
    key = SECRET_KEY.encode()
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    padded = cipher.update(bytes.fromhex(hexadecimal)) + cipher.finalize()
    unpadder = PKCS7(128).unpadder()
    return (unpadder.update(padded) + unpadder.finalize()).decode()


@dataclass
class Key:
    number: str
    is_live: bool = True


@dataclass
class Paid:
    words: dict[str, Any]
    at: datetime
    tax_free_left: int
    cancels: list[dict[str, Any]] = field(default_factory=list)

    @property
    def left(self) -> int:
        left: int = self.words["balanceAmt"]
        return left


class Refusal(Exception):
    def __init__(self, code: str, message: str = "거절") -> None:
        super().__init__(code)
        self.code = code
        self.message = message


class FakeNicepay(FakeGateway):
    """One shop at NICEPAY."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.auth_level = "11"
        self.is_sandbox = False
        self.writes_capitals = False
        self.lets_in = True
        self.page_max = 500
        self.offers: list[dict[str, Any]] = []
        self.keys: dict[str, Key] = {}
        self.payments: dict[str, Paid] = {}
        self.used: set[str] = set()
        # Changes an answer on its way out, as a forger or a broken proxy would.
        self.bend: Callable[[dict[str, Any]], None] = lambda _words: None
        self._number = 0
        super().__init__()

    def live_keys(self) -> set[str]:
        return {bid for bid, key in self.keys.items() if key.is_live}

    def captured(self) -> int:
        return sum(paid.left for paid in self.payments.values())

    def webhook(self, order_id: str) -> dict[str, Any]:
        """What is pushed about an order."""
        return self._payment(self.payments[order_id])

    def verb_of(self, asked: Asked) -> str:
        if asked.path == "/v1/subscribe/regist":
            return "issue"
        if asked.path == "/v1/payments/netcancel":
            return "void"
        last = asked.path.rpartition("/")[2]
        is_charge = asked.path.startswith("/v1/subscribe/") and last == "payments"
        verbs = {"expire": "remove", "cancel": "cancel"}
        return "charge" if is_charge else verbs.get(last, "inquire")

    def answer(self, asked: Asked) -> Reply:
        pair = b64encode(f"{CLIENT_KEY}:{SECRET_KEY}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {pair}":
            return Reply(_result("U304", "인증 실패"), status=401)
        if not self.lets_in:
            return Reply(_result("U315", "허용되지 않은 IP"))
        try:
            words = self._do(asked)
        except Refusal as refusal:
            return Reply(_result(refusal.code, refusal.message))
        if words is None:
            return Reply({"error": "Not Found"}, status=404)
        said = {**_result("0000", "정상 처리되었습니다."), **words}
        self.bend(said)
        return Reply(
            {_capital(name): value for name, value in said.items()}
            if self.writes_capitals
            else said
        )

    def _do(self, asked: Asked) -> dict[str, Any] | None:
        verb, steps = self.verb_of(asked), asked.path.split("/")[2:]
        if verb != "inquire":
            if asked.method != "POST":
                return None
            words = self._strict(asked, verb)
            match verb:
                case "issue":
                    return self._issue(words)
                case "charge":
                    return self._charge(steps[1], words)
                case "remove":
                    return self._expire(steps[1], words)
                case "void":
                    return self._net_cancel(words)
                case _:
                    return self._cancel(steps[1], words)
        match (asked.method, *steps):
            case ("POST", "access-token"):
                return self._token()
            case ("GET", "payments", "find", order_id):
                return self._find(order_id, asked)
            case ("GET", "payments", tid):
                self._signed(dict(asked.query), tid)
                return self._payment(self._by_tid(tid, "U107"))
            case ("GET", "transactions"):
                return self._list(asked)
            case ("GET", "card", "interest-free"):
                return self._interest_free(asked)
        return None

    def _strict(self, asked: Asked, verb: str) -> dict[str, Any]:
        assert asked.headers["content-type"] == "application/json;charset=utf-8"
        words = asked.words()
        wanted, allowed = FIELDS[verb]
        if not wanted <= words.keys():
            raise Refusal("U100", "필수 파라미터 누락")
        unheard = words.keys() - wanted - allowed
        assert not unheard, f"fields that the manual does not have: {unheard}"
        for name, value in words.items():
            if len(str(value).encode()) > BYTES_MAX.get(name, 256):
                raise Refusal("U105", f"{name} 길이 오류")
            if name in BYTES_MAX and not isinstance(value, str):
                raise Refusal("U105", f"{name} 형식 오류")
        return words

    def _signed(self, words: dict[str, Any], *parts: str) -> None:
        if not EDI_DATE.fullmatch(str(words.get("ediDate"))):
            raise Refusal("U100", "ediDate")
        if words.get("signData") != sha256(*parts, words["ediDate"], SECRET_KEY):
            raise Refusal("U312", "SIGN DATA 검증 실패")

    def _issue(self, words: dict[str, Any]) -> dict[str, Any]:
        self._signed(words, words["orderId"])
        if words.get("encMode") != "A2":
            raise Refusal("F101", "복호화 실패")
        try:
            keyed = CARD.fullmatch(decrypted(words["encData"]))
        except ValueError:
            raise Refusal("F101", "복호화 실패") from None
        if keyed is None:
            raise Refusal("U317", "인증정보 확인")
        sent = {name for name in ("idNo", "cardPw") if keyed[name] is not None}
        if sent != set(WANTED_BY_LEVEL[self.auth_level]):
            raise Refusal("U317", "인증정보 확인")
        if words["orderId"] in self.used:
            raise Refusal("A127", "주문번호 중복")
        number = keyed["cardNo"]
        if number[4:8] in AT_ISSUE:
            raise Refusal(*AT_ISSUE[number[4:8]])
        self.used.add(words["orderId"])
        bid = f"BIKYnictest00m{self._next():016}"
        self.keys[bid] = Key(number)
        return {
            "tid": self._tid(),
            "orderId": words["orderId"],
            "bid": bid,
            "authDate": _moment(self.clock.now()),
            "cardCode": "04" if self.is_sandbox else "06",
            "cardName": "[삼성]" if self.is_sandbox else "[신한]",
        }

    def _charge(self, bid: str, words: dict[str, Any]) -> dict[str, Any]:
        order_id = words["orderId"]
        self._signed(words, order_id, bid)
        self._check_amounts(words)
        key = self.keys.get(bid)
        if key is None:
            raise Refusal("U309", "존재하지 않는 빌키")
        if not key.is_live:
            raise Refusal("U115", "삭제된 빌키")
        if order_id in self.used:
            raise Refusal("U112" if order_id in self.payments else "A127", "중복된 주문번호")
        if key.number[8:12] in AT_CHARGE:
            raise Refusal(*AT_CHARGE[key.number[8:12]])
        self.used.add(order_id)
        at = self.clock.now()
        paid = Paid(self._paid_words(words, key.number, at), at, words.get("taxFreeAmt", 0))
        self.payments[order_id] = paid
        return self._payment(paid)

    def _check_amounts(self, words: dict[str, Any]) -> None:
        amount, quota = words["amount"], words["cardQuota"]
        if type(amount) is not int or type(words.get("taxFreeAmt", 0)) is not int:
            raise Refusal("U113", "금액 형식 오류")
        if words["useShopInterest"] is not False:
            raise Refusal("U100", "상점분담무이자 사용 불가")
        if amount < SMALLEST:
            raise Refusal("3041", "1000원 미만의 신용카드 승인 불가")
        if words.get("taxFreeAmt", 0) > amount:
            raise Refusal("P036", "면세금액 초과")
        if not re.fullmatch(r"0|[2-9]|[1-3]\d", quota):
            raise Refusal("P028", "할부개월 오류")
        if quota != "0" and amount < SMALLEST_IN_INSTALMENTS:
            raise Refusal("P037", "5만원 미만 할부 불가")

    def _paid_words(self, words: dict[str, Any], number: str, at: datetime) -> dict[str, Any]:
        quota = 0 if self.is_sandbox else int(words["cardQuota"])
        return {
            "tid": self._tid(),
            "cancelledTid": None,
            "orderId": words["orderId"],
            "status": "paid",
            "paidAt": _moment(at),
            "failedAt": "0",
            "cancelledAt": "0",
            "payMethod": "card",
            "amount": words["amount"],
            "balanceAmt": words["amount"],
            "goodsName": words["goodsName"],
            "mallReserved": None,
            "useEscrow": False,
            "currency": "KRW",
            "channel": "null",
            "approveNo": "000000" if self.is_sandbox else f"{30000000 + self._number}",
            "buyerName": words.get("buyerName"),
            "receiptUrl": "https://npg.nicepay.co.kr/issue/receipt",
            "issuedCashReceipt": False,
            "coupon": None,
            "card": {
                "cardCode": "06",
                "cardName": "신한",
                "cardNum": f"{number[:6]}******{number[-4:]}",
                "cardQuota": quota,
                "isInterestFree": False,
                "cardType": "credit",
                "canPartCancel": True,
                "acquCardCode": "06",
                "acquCardName": "신한",
            },
        }

    def _expire(self, bid: str, words: dict[str, Any]) -> dict[str, Any]:
        self._signed(words, words["orderId"], bid)
        key = self.keys.get(bid)
        if key is None:
            raise Refusal("U309", "존재하지 않는 빌키")
        if not key.is_live:
            raise Refusal("U115", "이미 삭제된 빌키")
        key.is_live = False
        at = _moment(self.clock.now())
        return {"tid": self._tid(), "orderId": words["orderId"], "bid": bid, "authDate": at}

    def _net_cancel(self, words: dict[str, Any]) -> dict[str, Any]:
        self._signed(words, words["orderId"])
        paid = self.payments.get(words["orderId"])
        if paid is None:
            raise Refusal("U107", "원거래 없음")
        if paid.left == 0:
            raise Refusal("2013", "취소 완료 거래")
        if self.clock.now() > paid.at + NET_CANCEL_WINDOW:
            raise Refusal("2020", "망상 취소 허용시간 초과")
        if paid.cancels:
            raise Refusal("2014", "취소 불가 거래")
        self._give_back(paid, paid.left, paid.tax_free_left, "망취소")
        return self._payment(paid)

    def _cancel(self, tid: str, words: dict[str, Any]) -> dict[str, Any]:
        self._signed(words, tid)
        paid = self._by_tid(tid, "2014")
        amount, tax_free = words.get("cancelAmt", paid.left), words.get("taxFreeAmt", 0)
        is_partial = "cancelAmt" in words
        if paid.left == 0:
            raise Refusal("2013", "취소 완료 거래")
        if is_partial and self.is_sandbox:
            raise Refusal("U128", "부분취소 불가")
        if is_partial and words["orderId"] in self.used:
            raise Refusal("A127", "주문번호 중복")
        if self.clock.now() > paid.at + CANCEL_WINDOW:
            raise Refusal("2016", "취소 기한 초과")
        if not is_partial:
            tax_free = paid.tax_free_left
        if not 0 < amount <= paid.left:
            raise Refusal("2032", "취소금액 초과")
        if tax_free > min(amount, paid.tax_free_left):
            raise Refusal("U319", "면세금액 초과")
        if amount - tax_free > paid.left - paid.tax_free_left:
            raise Refusal("2033", "부분취소 불가")
        self.used.add(words["orderId"])
        self._give_back(paid, amount, tax_free, words["reason"], words["orderId"])
        return self._payment(paid)

    def _give_back(
        self, paid: Paid, amount: int, tax_free: int, reason: str, order_id: str = ""
    ) -> None:
        at, is_whole = _moment(self.clock.now()), amount == paid.words["amount"]
        tid = paid.words["tid"] if is_whole else self._tid()
        paid.tax_free_left -= tax_free
        paid.words["balanceAmt"] -= amount
        paid.words["cancelledTid"], paid.words["cancelledAt"] = tid, at
        paid.words["status"] = "partialCancelled" if paid.left else "cancelled"
        paid.cancels.append(
            {
                "tid": tid,
                "amount": amount,
                "cancelledAt": at,
                "reason": reason,
                "receiptUrl": "",
                "couponAmt": 0,
                "orderId": order_id,
            }
        )

    def _find(self, order_id: str, asked: Asked) -> dict[str, Any]:
        if "signData" in asked.query:
            # Nobody who does not know the transaction's id can sign this, says the manual.
            raise Refusal("U312", "SIGN DATA 검증 실패")
        paid = self.payments.get(order_id)
        if "orderDate" not in asked.query:
            raise Refusal("U100", "orderDate")
        if paid is None or f"{paid.at.astimezone(KST):%Y%m%d}" != asked.query["orderDate"]:
            raise Refusal("U107", "거래내역 없음")
        return self._payment(paid)

    def _by_tid(self, tid: str, otherwise: str) -> Paid:
        for paid in self.payments.values():
            if paid.words["tid"] == tid:
                return paid
        raise Refusal(otherwise, "거래내역 없음")

    def _payment(self, paid: Paid) -> dict[str, Any]:
        """A payment as every answer and webhook has it, signed at this moment."""
        at, words = _moment(self.clock.now()), paid.words
        signed = sha256(words["tid"], words["amount"], at, SECRET_KEY)
        cancels = [{k: v for k, v in one.items() if k != "orderId"} for one in paid.cancels]
        return {**words, "cancels": cancels or None, "ediDate": at, "signature": signed}

    def _list(self, asked: Asked) -> dict[str, Any]:
        if self.is_sandbox:
            raise Refusal("U100", "샌드박스 미지원")
        rows = [
            row
            for row in self._rows()
            if row["transactionAt"][:10].replace("-", "") == asked.query["date"]
        ]
        start = int(asked.query.get("startingSequence", "1"))
        size = min(int(asked.query["limit"]), self.page_max)
        page = [{"sequence": at, **row} for at, row in enumerate(rows, 1)][
            start - 1 : start - 1 + size
        ]
        has_more = start - 1 + size < len(rows)
        return {
            "pagination": {
                "count": len(page),
                "hasMore": has_more,
                "nextSequence": start + len(page),
            },
            "transactions": page,
        }

    def _rows(self) -> list[dict[str, Any]]:
        rows = []
        for paid in self.payments.values():
            words = paid.words
            shared = {
                "originalTid": words["tid"],
                "currency": "KRW",
                "method": "card",
                "useEscrow": False,
            }
            rows.append(
                shared
                | {"tid": words["tid"], "orderId": words["orderId"], "amount": words["amount"]}
                | {"transactionStatus": words["status"], "transactionAt": words["paidAt"][:19]}
            )
            rows += [
                shared
                | {"tid": one["tid"], "orderId": one["orderId"], "amount": one["amount"]}
                | {"transactionStatus": words["status"], "transactionAt": one["cancelledAt"][:19]}
                for one in paid.cancels
                if one["tid"] != words["tid"]
            ]
        return rows

    def _interest_free(self, asked: Asked) -> dict[str, Any]:
        self._signed(dict(asked.query))
        assert asked.query["useAuth"] == "false"
        at = _moment(self.clock.now())
        return {"ediDate": at, "signature": sha256(at, SECRET_KEY), "interestFree": self.offers}

    def _token(self) -> dict[str, Any]:
        now = self.clock.now()
        return {
            "accessToken": f"{self._next():040}",
            "tokenType": "Bearer",
            "expiredAt": _moment(now + TOKEN_LIFE),
            "now": _moment(now),
        }

    def _tid(self) -> str:
        return f"nictest00m0101{self._next():016}"

    def _next(self) -> int:
        self._number += 1
        return self._number


def _result(code: str, message: str) -> dict[str, Any]:
    return {"resultCode": code, "resultMsg": message}


def _moment(at: datetime) -> str:
    korean = at.astimezone(KST)
    return f"{korean:%Y-%m-%dT%H:%M:%S}.{korean.microsecond // 1000:03}+0900"


def _capital(name: str) -> str:
    return name.upper() if name in ("bid", "tid") else name[0].upper() + name[1:]

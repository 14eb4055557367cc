"""PortOne's words for a no, and those of the gateways behind it, in our vocabulary.

PortOne's own types are known in full. What a gateway behind it says is known by that gateway's
name, for codes of different gateways clash; else by the words of its message; else by nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.issuers import BY_NAME, Issuer
from billing_core.acquirers.protocol import Declined

# Nothing was done. Who asked in a way that cannot work is us or our contract.
REFUSALS: Mapping[str, DeclineCode] = {
    "UNAUTHORIZED": DeclineCode.MERCHANT_CONFIG,
    "FORBIDDEN": DeclineCode.MERCHANT_CONFIG,
    "INVALID_REQUEST": DeclineCode.MERCHANT_CONFIG,
    "CHANNEL_NOT_FOUND": DeclineCode.MERCHANT_CONFIG,
    "PAYMENT_SCHEDULE_ALREADY_EXISTS": DeclineCode.MERCHANT_CONFIG,
    "SUM_OF_PARTS_EXCEEDS_TOTAL_AMOUNT": DeclineCode.MERCHANT_CONFIG,
    "DISCOUNT_AMOUNT_EXCEEDS_TOTAL_AMOUNT": DeclineCode.MERCHANT_CONFIG,
    "PROMOTION_PAY_METHOD_DOES_NOT_MATCH": DeclineCode.MERCHANT_CONFIG,
    "MAX_TRANSACTION_COUNT_REACHED": DeclineCode.MERCHANT_CONFIG,
    "BILLING_KEY_NOT_FOUND": DeclineCode.BILLKEY_INVALID,
    "BILLING_KEY_NOT_ISSUED": DeclineCode.BILLKEY_INVALID,
    "BILLING_KEY_ALREADY_DELETED": DeclineCode.BILLKEY_INVALID,
    "PAYMENT_NOT_FOUND": DeclineCode.CANCEL_REFUSED,
    "PAYMENT_NOT_PAID": DeclineCode.CANCEL_REFUSED,
    "CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT": DeclineCode.CANCEL_REFUSED,
    "CANCEL_TAX_AMOUNT_EXCEEDS_CANCELLABLE_TAX_AMOUNT": DeclineCode.CANCEL_REFUSED,
    "CANCEL_TAX_FREE_AMOUNT_EXCEEDS_CANCELLABLE_TAX_FREE_AMOUNT": DeclineCode.CANCEL_REFUSED,
    "SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT": DeclineCode.CANCEL_REFUSED,
    "MAX_CANCEL_COUNT_REACHED": DeclineCode.CANCEL_REFUSED,
    "REMAINED_AMOUNT_LESS_THAN_PROMOTION_MIN_PAYMENT_AMOUNT": DeclineCode.CANCEL_REFUSED,
}
# An earlier request of ours may have done it, or the gateway behind said no: PortOne's own record
# tells which.
INQUIRE = frozenset(
    {
        "ALREADY_PAID",
        "CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN",
        "CHANNEL_SPECIFIC",
        "PAYMENT_ALREADY_CANCELLED",
        "PG_PROVIDER",
    }
)
# Of these the gateway behind has spoken; the others of INQUIRE are PortOne's own word.
BY_GATEWAY = frozenset({"CHANNEL_SPECIFIC", "PG_PROVIDER"})
# The first request under this key is still being worked on.
UNCLEAR = frozenset({"IDEMPOTENCY_OUTSTANDING_REQUEST"})

_NICE: Mapping[str, DeclineCode] = {
    "3011": DeclineCode.CARD_NUMBER_INVALID,
    "F112": DeclineCode.CARD_NUMBER_INVALID,
    "3021": DeclineCode.EXPIRY_INVALID,
    # A wrong birth date or a wrong password: it does not say which.
    "F113": DeclineCode.IDENTITY_INVALID,
    "U317": DeclineCode.IDENTITY_INVALID,
    "3022": DeclineCode.INSTALLMENT_NOT_ALLOWED,
    "3023": DeclineCode.INSTALLMENT_NOT_ALLOWED,
    "3024": DeclineCode.INSTALLMENT_NOT_ALLOWED,
    "P037": DeclineCode.INSTALLMENT_NOT_ALLOWED,
    "F118": DeclineCode.CARD_NOT_SUPPORTED,
    "3091": DeclineCode.CARD_NOT_SUPPORTED,
    "3012": DeclineCode.MERCHANT_CONFIG,
    "3013": DeclineCode.MERCHANT_CONFIG,
    "3014": DeclineCode.MERCHANT_CONFIG,
    "F115": DeclineCode.MERCHANT_CONFIG,
    "F116": DeclineCode.MERCHANT_CONFIG,
    "F117": DeclineCode.MERCHANT_CONFIG,
    "3041": DeclineCode.MERCHANT_CONFIG,
}
_TOSS: Mapping[str, DeclineCode] = {
    "INVALID_CARD_NUMBER": DeclineCode.CARD_NUMBER_INVALID,
    "INVALID_CARD_EXPIRATION": DeclineCode.EXPIRY_INVALID,
    "INVALID_CARD_PASSWORD": DeclineCode.PASSWORD_INVALID,
    "INVALID_CARD_IDENTITY": DeclineCode.IDENTITY_INVALID,
    "INVALID_BIRTH_DAY_FORMAT": DeclineCode.IDENTITY_INVALID,
    "EXCEED_MAX_AUTH_COUNT": DeclineCode.AUTH_COUNT_EXCEEDED,
    "INVALID_CARD_LOST_OR_STOLEN": DeclineCode.LOST_OR_STOLEN,
    "INVALID_STOPPED_CARD": DeclineCode.CARD_SUSPENDED,
    "INVALID_REJECT_CARD": DeclineCode.CARD_SUSPENDED,
    "REJECT_CARD_COMPANY": DeclineCode.CARD_SUSPENDED,
    "REJECT_CARD_PAYMENT": DeclineCode.INSUFFICIENT_LIMIT,
    "REJECT_ACCOUNT_PAYMENT": DeclineCode.INSUFFICIENT_FUNDS,
    "INVALID_CARD_INSTALLMENT_PLAN": DeclineCode.INSTALLMENT_NOT_ALLOWED,
    "NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT": DeclineCode.INSTALLMENT_NOT_ALLOWED,
    "NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN": DeclineCode.INSTALLMENT_NOT_ALLOWED,
    "NOT_SUPPORTED_CARD_TYPE": DeclineCode.CARD_NOT_SUPPORTED,
    "NOT_REGISTERED_CARD_COMPANY": DeclineCode.CARD_NOT_SUPPORTED,
    "INVALID_BILL_KEY_REQUEST": DeclineCode.BILLKEY_INVALID,
}
# By PortOne's names of the gateways behind it.
GATEWAY_CODES: Mapping[str, Mapping[str, DeclineCode]] = {
    "NICE": _NICE,
    "NICE_V2": _NICE,
    "TOSSPAYMENTS": _TOSS,
}
# Issuers' sentences are much the same behind every gateway. The first that occurs counts.
GATEWAY_WORDS: tuple[tuple[str, DeclineCode], ...] = (
    ("분실", DeclineCode.LOST_OR_STOLEN),
    ("도난", DeclineCode.LOST_OR_STOLEN),
    ("횟수", DeclineCode.AUTH_COUNT_EXCEEDED),
    ("비밀번호", DeclineCode.PASSWORD_INVALID),
    ("생년월일", DeclineCode.IDENTITY_INVALID),
    ("주민", DeclineCode.IDENTITY_INVALID),
    ("사업자번호", DeclineCode.IDENTITY_INVALID),
    ("유효기간", DeclineCode.EXPIRY_INVALID),
    ("카드번호", DeclineCode.CARD_NUMBER_INVALID),
    ("가맹점한도", DeclineCode.MERCHANT_LIMIT),
    ("할부", DeclineCode.INSTALLMENT_NOT_ALLOWED),
    ("잔액", DeclineCode.INSUFFICIENT_FUNDS),
    ("한도", DeclineCode.INSUFFICIENT_LIMIT),
    ("정지", DeclineCode.CARD_SUSPENDED),
    ("연체", DeclineCode.CARD_SUSPENDED),
    ("점검", DeclineCode.ISSUER_UNAVAILABLE),
    ("장애", DeclineCode.ISSUER_UNAVAILABLE),
)
# A refusal that nobody can read is taken for the costliest it may be: of a card check a wrong
# password, which issuers count; of a charge a card that must not be tried again by itself.
UNREAD_CHECK = DeclineCode.IDENTITY_INVALID
UNREAD_CHARGE = DeclineCode.CARD_SUSPENDED

ISSUERS: Mapping[str, Issuer] = {
    theirs: BY_NAME[ours]
    for theirs, ours in {
        "BC_CARD": "BC",
        "CITI_CARD": "CITI",
        "EPOST": "POST",
        "GWANGJU_CARD": "GWANGJU",
        "HANA_CARD": "HANA",
        "HYUNDAI_CARD": "HYUNDAI",
        "JEJU_CARD": "JEJU",
        "JEONBUK_CARD": "JEONBUK",
        "KAKAO_BANK": "KAKAOBANK",
        "KFCC": "KFCC",
        "KOOKMIN_CARD": "KB",
        "KOREA_DEVELOPMENT_BANK": "KDB",
        "K_BANK": "KBANK",
        "LOTTE_CARD": "LOTTE",
        "NH_CARD": "NH",
        "SAMSUNG_CARD": "SAMSUNG",
        "SAVINGS_BANK_KOREA": "SAVINGS",
        "SHINHAN_CARD": "SHINHAN",
        "SHINHYUP": "SHINHYUP",
        "SUHYUP_CARD": "SUHYUP",
        "TOSS_BANK": "TOSSBANK",
        "WOORI_CARD": "WOORI",
    }.items()
}


@dataclass(frozen=True)
class Failure:
    """What the gateway behind PortOne said."""

    gateway: str = ""
    code: str = ""
    # It is read for its words and shown to nobody: there is no telling what stands in it.
    message: str = field(default="", repr=False)

    def at(self, gateway: str) -> Failure:
        """The same, said by this gateway."""
        return replace(self, gateway=gateway)


def declined(failure: Failure, unread: DeclineCode) -> Declined:
    """An explicit no of the gateway behind."""
    known = GATEWAY_CODES.get(failure.gateway, {}).get(failure.code)
    message = re.sub(r"\s", "", failure.message)
    said = next((code for words, code in GATEWAY_WORDS if words in message), None)
    shown = f"{shown_code(failure.gateway)} {shown_code(failure.code)}".strip()
    return Declined(known or said or unread, shown or None)


def shown_code(code: str) -> str:
    """A foreign code as far as it may be shown: never what might be digits of a card."""
    is_code = re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", code) and not re.search(r"\d{6}", code)
    return code if is_code else ""

"""TossPayments' words in ours: its error codes, one table a request, and its card companies.

A code says what happened, the HTTP status does not: PROVIDER_ERROR comes with 400 and passes by
itself. What a code means depends on what was asked, so each request has its own table; a code in
none of its lists was never described to us, teaches nothing, and is worth an alarm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.issuers import BY_NAME, Issuer
from billing_core.acquirers.protocol import Declined, Unknown

log = structlog.get_logger()


@dataclass(frozen=True)
class Codes:
    """What the codes of one request mean."""

    refusals: Mapping[str, DeclineCode]
    # The request may have had its effect, or has to be sent again by somebody who knows more.
    unclear: frozenset[str]

    def outcome(self, code: str) -> Declined | Unknown:
        """What became of the request."""
        if code in self.refusals:
            return Declined(self.refusals[code], code)
        if code not in self.unclear:
            alarm_of_code(code)
            return Unknown("a code that nobody knows")
        return Unknown(code)


def alarm_of_code(code: str) -> None:
    """Somebody has to find out what this code means, and add it here."""
    log.error("acquirer.code_unknown", acquirer="tosspayments", code=code)


_CARD: Mapping[str, DeclineCode] = {
    "INVALID_CARD_NUMBER": DeclineCode.CARD_NUMBER_INVALID,
    "INVALID_CARD_EXPIRATION": DeclineCode.EXPIRY_INVALID,
    "INVALID_CARD_PASSWORD": DeclineCode.PASSWORD_INVALID,
    "INVALID_PASSWORD": DeclineCode.PASSWORD_INVALID,
    "INVALID_CARD_IDENTITY": DeclineCode.IDENTITY_INVALID,
    "INVALID_BIRTH_DAY_FORMAT": DeclineCode.IDENTITY_INVALID,
    "INVALID_AUTHORIZE_AUTH": DeclineCode.IDENTITY_INVALID,
    "EXCEED_MAX_AUTH_COUNT": DeclineCode.AUTH_COUNT_EXCEEDED,
    "INVALID_CARD_LOST_OR_STOLEN": DeclineCode.LOST_OR_STOLEN,
    "INVALID_STOPPED_CARD": DeclineCode.CARD_SUSPENDED,
    "INVALID_REJECT_CARD": DeclineCode.CARD_SUSPENDED,
    "REJECT_CARD_COMPANY": DeclineCode.CARD_SUSPENDED,
    "FDS_ERROR": DeclineCode.CARD_SUSPENDED,
    # The holder has to enable the card at its company first; no setting of ours helps.
    "NOT_REGISTERED_CARD_COMPANY": DeclineCode.CARD_SUSPENDED,
    "NOT_SUPPORTED_CARD_TYPE": DeclineCode.CARD_NOT_SUPPORTED,
    "NOT_SUPPORTED_METHOD": DeclineCode.CARD_NOT_SUPPORTED,
    "NOT_ALLOWED_POINT_USE": DeclineCode.CARD_NOT_SUPPORTED,
}
_MONEY: Mapping[str, DeclineCode] = {
    "REJECT_CARD_PAYMENT": DeclineCode.INSUFFICIENT_LIMIT,
    "EXCEED_MAX_ONE_DAY_AMOUNT": DeclineCode.INSUFFICIENT_LIMIT,
    "EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT": DeclineCode.INSUFFICIENT_LIMIT,
    "EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT": DeclineCode.INSUFFICIENT_LIMIT,
    "REJECT_ACCOUNT_PAYMENT": DeclineCode.INSUFFICIENT_FUNDS,
    "EXCEED_MAX_DAILY_PAYMENT_COUNT": DeclineCode.MERCHANT_LIMIT,
    "EXCEED_MAX_PAYMENT_AMOUNT": DeclineCode.MERCHANT_LIMIT,
    "EXCEED_MAX_AMOUNT": DeclineCode.MERCHANT_LIMIT,
    "EXCEED_MAX_MONTHLY_PAYMENT_AMOUNT": DeclineCode.MERCHANT_LIMIT,
    "INVALID_CARD_INSTALLMENT_PLAN": DeclineCode.INSTALLMENT_NOT_ALLOWED,
    "EXCEED_MAX_CARD_INSTALLMENT_PLAN": DeclineCode.INSTALLMENT_NOT_ALLOWED,
    "NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT": DeclineCode.INSTALLMENT_NOT_ALLOWED,
    "NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN": DeclineCode.INSTALLMENT_NOT_ALLOWED,
    "NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN_BELOW_AMOUNT": DeclineCode.INSTALLMENT_NOT_ALLOWED,
    "INVALID_BILL_KEY_REQUEST": DeclineCode.BILLKEY_INVALID,
    "NOT_MATCHES_CUSTOMER_KEY": DeclineCode.BILLKEY_INVALID,
    "INVALID_CARD_INFO_RE_REGISTER": DeclineCode.BILLKEY_INVALID,
    "INVALID_ACCOUNT_INFO_RE_REGISTER": DeclineCode.BILLKEY_INVALID,
    "RESTRICTED_TRANSFER_ACCOUNT": DeclineCode.BILLKEY_INVALID,
    "REJECT_TOSSPAY_INVALID_ACCOUNT": DeclineCode.BILLKEY_INVALID,
    "BILLING_KEY_NOT_FOUND": DeclineCode.BILLKEY_INVALID,
    "NOT_FOUND_BILLING": DeclineCode.BILLKEY_INVALID,
    "ALREADY_REMOVED_BILLING_KEY": DeclineCode.BILLKEY_INVALID,
}
_CONTRACT: Mapping[str, DeclineCode] = dict.fromkeys(
    (
        "BELOW_MINIMUM_AMOUNT",
        "FORBIDDEN_REQUEST",
        "INCORRECT_BASIC_AUTH_FORMAT",
        "INVALID_API_KEY",
        "INVALID_EMAIL",
        "INVALID_IDEMPOTENCY_KEY",
        "INVALID_REQUEST",
        "INVALID_UNREGISTERED_SUBMALL",
        "NOT_FOUND_PAYMENT",
        "NOT_FOUND_PAYMENT_SESSION",
        "NOT_FOUND_TERMINAL_ID",
        "NOT_REGISTERED_BUSINESS",
        "NOT_SUPPORTED_BILLING_MERCHANT",
        "UNAUTHORIZED_KEY",
    ),
    DeclineCode.MERCHANT_CONFIG,
)
_PASSES_BY: Mapping[str, DeclineCode] = {
    "PROVIDER_ERROR": DeclineCode.ISSUER_UNAVAILABLE,
    "NOT_AVAILABLE_PAYMENT": DeclineCode.ISSUER_UNAVAILABLE,
    "NOT_AVAILABLE_BANK": DeclineCode.ISSUER_UNAVAILABLE,
}
# Whatever was asked. Most of these come with a status of 5xx, which is unclear by itself.
_UNCLEAR = frozenset(
    {
        "ALREADY_PROCESSED_PAYMENT",
        "ALREADY_PROCESSING_REQUEST",
        "CARD_PROCESSING_ERROR",
        "COMMON_ERROR",
        "DUPLICATED_ORDER_ID",
        "FAILED_CARD_COMPANY_RESPONSE",
        "FAILED_DB_PROCESSING",
        "FAILED_INTERNAL_SYSTEM_PROCESSING",
        "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING",
        "IDEMPOTENT_REQUEST_PROCESSING",
        "UNAPPROVED_ORDER_ID",
        "UNKNOWN_PAYMENT_ERROR",
    }
)

# An issue and a charge share their codes.
ORDERS = Codes({**_CARD, **_MONEY, **_CONTRACT, **_PASSES_BY}, _UNCLEAR)

CANCELS = Codes(
    dict.fromkeys(
        (
            "EXCEED_CANCEL_AMOUNT_DISCOUNT_AMOUNT",
            "EXCEED_CANCEL_LIMIT",
            "EXCEED_MAX_REFUND_DUE",
            "FORBIDDEN_BANK_REFUND_REQUEST",
            "INVALID_BANK",
            "INVALID_IDEMPOTENCY_KEY",
            "INVALID_REFUND_ACCOUNT_INFO",
            "INVALID_REFUND_ACCOUNT_NUMBER",
            "INVALID_REQUEST",
            "NOT_ALLOWED_PARTIAL_REFUND",
            "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT",
            "NOT_CANCELABLE_AMOUNT",
            "NOT_CANCELABLE_PAYMENT",
            "NOT_CANCELABLE_PAYMENT_FOR_DORMANT_USER",
            "NOT_FOUND_PAYMENT",
            # What is left was compared with what we took to be left, and nothing was given back.
            "NOT_MATCHES_REFUNDABLE_AMOUNT",
            "REFUND_REJECTED",
        ),
        DeclineCode.CANCEL_REFUSED,
    ),
    _UNCLEAR
    | {
        "ALREADY_CANCELED_PAYMENT",
        "ALREADY_REFUND_PAYMENT",
        "FAILED_METHOD_HANDLING_CANCEL",
        "FAILED_PARTIAL_REFUND",
        "FAILED_REFUND_PROCESS",
        # These pass, or an operator sets them right; money owed is not given up for them.
        "FORBIDDEN_CONSECUTIVE_REQUEST",
        "FORBIDDEN_REQUEST",
        "INCORRECT_BASIC_AUTH_FORMAT",
        "NOT_AVAILABLE_BANK",
        "PROVIDER_ERROR",
        "UNAUTHORIZED_KEY",
    },
)

# Of a removal: the key is gone, whoever removed it. It was once ours, or we would not hold it.
GONE = frozenset(
    {
        "ALREADY_REMOVED_BILLING_KEY",
        "BILLING_KEY_NOT_FOUND",
        "INVALID_BILL_KEY_REQUEST",
        "NOT_FOUND_BILLING",
    }
)
REMOVALS = Codes(
    # A malformed request proves nothing about the key, so the removal is tried again.
    {"INVALID_REQUEST": DeclineCode.MERCHANT_CONFIG},
    _UNCLEAR
    | {"FORBIDDEN_REQUEST", "INCORRECT_BASIC_AUTH_FORMAT", "PROVIDER_ERROR", "UNAUTHORIZED_KEY"},
)

# Of an inquiry: there is no such payment. Every other code says that the inquiry itself failed.
ABSENT = frozenset({"NOT_FOUND_PAYMENT", "NOT_FOUND"})
INQUIRIES = Codes(
    {},
    _UNCLEAR
    | {
        "FORBIDDEN_CONSECUTIVE_REQUEST",
        "FORBIDDEN_REQUEST",
        "INCORRECT_BASIC_AUTH_FORMAT",
        "INVALID_DATE",
        "INVALID_REQUEST",
        "NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN_BELOW_AMOUNT",
        "UNAUTHORIZED_KEY",
    },
)

_ISSUERS: Mapping[str, str] = {
    "BC": "31 3K BC 비씨 기업비씨 기업BC IBK_BC",
    "KB": "11 국민 KB KB국민 KOOKMIN",
    "HANA": "21 하나 HANA",
    "SAMSUNG": "51 삼성 SAMSUNG",
    "SHINHAN": "41 신한 SHINHAN",
    "HYUNDAI": "61 현대 HYUNDAI",
    "LOTTE": "71 롯데 LOTTE",
    "CITI": "36 씨티 CITI",
    "NH": "91 농협 NH농협 NONGHYEOP",
    "SUHYUP": "34 수협 SUHYEOP",
    "SHINHYUP": "62 신협 SHINHYEOP",
    "WOORI": "W1 33 우리 WOORI",
    "GWANGJU": "46 광주 GWANGJUBANK",
    "JEONBUK": "35 전북 JEONBUKBANK",
    "JEJU": "42 제주 JEJUBANK",
    "KDB": "30 산업 KDB KDBBANK",
    "POST": "37 우체국 POST",
    "SAVINGS": "39 저축 SAVINGBANK",
    "KFCC": "38 새마을 SAEMAUL",
    "KAKAOBANK": "15 카카오뱅크 KAKAOBANK",
    "KBANK": "3A 케이뱅크 KBANK",
    "TOSSBANK": "24 토스뱅크 TOSSBANK",
    "VISA": "4V VISA",
    "MASTER": "4M 마스터 MASTER",
    "DINERS": "6D 다이너스 DINERS",
    "AMEX": "7A AMEX",
    "JCB": "4J JCB",
    "UPI": "3C 유니온페이 UNIONPAY",
}
_BY_WORD: Mapping[str, Issuer] = {
    word: BY_NAME[name] for name, words in _ISSUERS.items() for word in words.split()
}


def issuer_of(word: object) -> Issuer | None:
    """The issuer by its code or name, in either language; None for one that nobody told us of."""
    return _BY_WORD.get(word.removesuffix("카드")) if isinstance(word, str) else None

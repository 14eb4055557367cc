"""PortOne's words brought to ours: error types, the gateways' own sentences, and issuers.

PortOne passes on what the gateway behind a channel said, and every such gateway has codes of its
own. What they share are the sentences of the card companies, so those are read, not the codes.
"""

from __future__ import annotations

from collections.abc import Mapping

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.issuers import BY_NAME, Issuer

# Error types that are an explicit no: nothing was done, and repeating it changes nothing.
REFUSALS: Mapping[str, DeclineCode] = {
    "BILLING_KEY_ALREADY_DELETED": DeclineCode.BILLKEY_INVALID,
    "BILLING_KEY_NOT_FOUND": DeclineCode.BILLKEY_INVALID,
    "BILLING_KEY_NOT_ISSUED": DeclineCode.BILLKEY_INVALID,
    "CHANNEL_NOT_FOUND": DeclineCode.MERCHANT_CONFIG,
    "CHANNEL_SPECIFIC": DeclineCode.MERCHANT_CONFIG,
    "FORBIDDEN": DeclineCode.MERCHANT_CONFIG,
    "INVALID_REQUEST": DeclineCode.MERCHANT_CONFIG,
    "UNAUTHORIZED": DeclineCode.MERCHANT_CONFIG,
    "PAYMENT_SCHEDULE_ALREADY_EXISTS": DeclineCode.MERCHANT_CONFIG,
    "SUM_OF_PARTS_EXCEEDS_TOTAL_AMOUNT": DeclineCode.MERCHANT_CONFIG,
    "DISCOUNT_AMOUNT_EXCEEDS_TOTAL_AMOUNT": DeclineCode.MERCHANT_CONFIG,
    "PROMOTION_PAY_METHOD_DOES_NOT_MATCH": DeclineCode.MERCHANT_CONFIG,
    "MAX_TRANSACTION_COUNT_REACHED": DeclineCode.MERCHANT_CONFIG,
    "PAYMENT_NOT_PAID": DeclineCode.CANCEL_REFUSED,
    "PAYMENT_NOT_FOUND": DeclineCode.CANCEL_REFUSED,
    "CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN": DeclineCode.CANCEL_REFUSED,
    "CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT": DeclineCode.CANCEL_REFUSED,
    "CANCEL_TAX_FREE_AMOUNT_EXCEEDS_CANCELLABLE_TAX_FREE_AMOUNT": DeclineCode.CANCEL_REFUSED,
    "CANCEL_TAX_AMOUNT_EXCEEDS_CANCELLABLE_TAX_AMOUNT": DeclineCode.CANCEL_REFUSED,
    "SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT": DeclineCode.CANCEL_REFUSED,
    "MAX_CANCEL_COUNT_REACHED": DeclineCode.CANCEL_REFUSED,
}
# Error types after which only an inquiry tells where things stand.
UNCLEAR = frozenset(
    {
        "ALREADY_PAID",
        "IDEMPOTENCY_OUTSTANDING_REQUEST",
        "PAYMENT_ALREADY_CANCELLED",
        "PG_PROVIDER",
    }
)
GONE = frozenset({"BILLING_KEY_ALREADY_DELETED", "BILLING_KEY_NOT_FOUND"})

# What card companies say, in the order in which it decides: the first word that occurs.
SENTENCES: tuple[tuple[str, DeclineCode], ...] = (
    ("3회초과", DeclineCode.AUTH_COUNT_EXCEEDED),
    ("횟수", DeclineCode.AUTH_COUNT_EXCEEDED),
    ("비밀번호", DeclineCode.PASSWORD_INVALID),
    ("유효기간", DeclineCode.EXPIRY_INVALID),
    ("생년월일", DeclineCode.IDENTITY_INVALID),
    ("주민번호", DeclineCode.IDENTITY_INVALID),
    ("사업자", DeclineCode.IDENTITY_INVALID),
    ("본인", DeclineCode.IDENTITY_INVALID),
    ("카드번호", DeclineCode.CARD_NUMBER_INVALID),
    ("분실", DeclineCode.LOST_OR_STOLEN),
    ("도난", DeclineCode.LOST_OR_STOLEN),
    ("정지", DeclineCode.CARD_SUSPENDED),
    ("연체", DeclineCode.CARD_SUSPENDED),
    ("할부", DeclineCode.INSTALLMENT_NOT_ALLOWED),
    ("가맹점", DeclineCode.MERCHANT_LIMIT),
    ("잔액", DeclineCode.INSUFFICIENT_FUNDS),
    ("한도", DeclineCode.INSUFFICIENT_LIMIT),
    ("대상카드", DeclineCode.CARD_NOT_SUPPORTED),
    ("불가카드", DeclineCode.CARD_NOT_SUPPORTED),
    ("지원하지 않는", DeclineCode.CARD_NOT_SUPPORTED),
    ("점검", DeclineCode.ISSUER_UNAVAILABLE),
    ("장애", DeclineCode.ISSUER_UNAVAILABLE),
    ("TIMEOUT", DeclineCode.ISSUER_UNAVAILABLE),
)

ISSUERS: Mapping[str, str] = {
    "BC_CARD": "BC",
    "KOOKMIN_CARD": "KB",
    "SAMSUNG_CARD": "SAMSUNG",
    "SHINHAN_CARD": "SHINHAN",
    "HYUNDAI_CARD": "HYUNDAI",
    "LOTTE_CARD": "LOTTE",
    "CITI_CARD": "CITI",
    "NH_CARD": "NH",
    "SUHYUP_CARD": "SUHYUP",
    "SHINHYUP": "SHINHYUP",
    "WOORI_CARD": "WOORI",
    "HANA_CARD": "HANA",
    "GWANGJU_CARD": "GWANGJU",
    "JEONBUK_CARD": "JEONBUK",
    "JEJU_CARD": "JEJU",
    "EPOST": "POST",
    "SAVINGS_BANK_KOREA": "SAVINGS",
    "KFCC": "KFCC",
    "KOREA_DEVELOPMENT_BANK": "KDB",
    "KAKAO_BANK": "KAKAOBANK",
    "K_BANK": "KBANK",
    "TOSS_BANK": "TOSSBANK",
}
BRANDS: Mapping[str, str] = {
    "VISA": "VISA",
    "MASTER": "MASTER",
    "DINERS": "DINERS",
    "AMEX": "AMEX",
    "JCB": "JCB",
    "UNIONPAY": "UPI",
}
# An issuer that PortOne has added since; the card works all the same.
OTHER = Issuer("OTHER", "00", "등록하신")


def reason_of(sentence: str, otherwise: DeclineCode) -> DeclineCode:
    """What a card company's sentence means."""
    return next((code for word, code in SENTENCES if word in sentence), otherwise)


def issuer_of(issuer: object, brand: object) -> Issuer:
    """Our issuer for PortOne's; the brand tells of cards from abroad."""
    name = ISSUERS.get(str(issuer)) or BRANDS.get(str(brand))
    return BY_NAME[name] if name else OTHER

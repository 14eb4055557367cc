"""Issuers by the names we say, and what a card's digits tell before anybody is asked.

There is no open list of Korean card prefixes, so an unknown one is never refused: the issuer then
comes from the acquirer's answer. Each adapter maps its gateway's codes to these, for the codes of
different gateways clash ("11" is 씨티 at one and 국민 at another).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from stdnum import luhn

LENGTH = 16
LENGTH_BY_PREFIX = {"34": 15, "37": 15, "30": 14, "36": 14, "38": 14}
# Cards of the sandbox. Other numbers that begin with 9 are Korea's own, and some of those have been
# reported without a check digit.
SANDBOX_PREFIX = "9999"
DOMESTIC = "9"
# No issuer's numbers begin with it; sixteen zeros would pass every check sum.
NO_ISSUER = "0"
BIRTH_DATE_LENGTH = 6
BUSINESS_NUMBER_LENGTH = 10
_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)


@dataclass(frozen=True)
class Issuer:
    """An issuer: our name, the code merchants see (NICE's where it has one), the spoken names."""

    name: str
    code: str
    spoken: str
    english: str


ISSUERS: tuple[Issuer, ...] = (
    Issuer("BC", "01", "비씨", "BC"),
    Issuer("KB", "02", "국민", "KB Kookmin"),
    Issuer("SAMSUNG", "04", "삼성", "Samsung"),
    Issuer("SHINHAN", "06", "신한", "Shinhan"),
    Issuer("HYUNDAI", "07", "현대", "Hyundai"),
    Issuer("LOTTE", "08", "롯데", "Lotte"),
    Issuer("CITI", "11", "씨티", "Citi"),
    Issuer("NH", "12", "농협", "NongHyup"),
    Issuer("SUHYUP", "13", "수협", "Suhyup"),
    Issuer("SHINHYUP", "14", "신협", "Shinhyup"),
    Issuer("WOORI", "15", "우리", "Woori"),
    Issuer("HANA", "16", "하나", "Hana"),
    Issuer("GWANGJU", "21", "광주", "Gwangju Bank"),
    Issuer("JEONBUK", "22", "전북", "Jeonbuk Bank"),
    Issuer("JEJU", "23", "제주", "Jeju Bank"),
    Issuer("VISA", "25", "해외", "overseas"),
    Issuer("MASTER", "26", "해외", "overseas"),
    Issuer("DINERS", "27", "해외", "overseas"),
    Issuer("AMEX", "28", "해외", "overseas"),
    Issuer("JCB", "29", "해외", "overseas"),
    Issuer("POST", "32", "우체국", "Korea Post"),
    Issuer("SAVINGS", "33", "저축은행", "savings bank"),
    Issuer("UPI", "34", "해외", "overseas"),
    Issuer("KFCC", "35", "새마을금고", "MG Community"),
    Issuer("KDB", "36", "산업은행", "KDB"),
    Issuer("KAKAOBANK", "37", "카카오뱅크", "KakaoBank"),
    Issuer("KBANK", "38", "케이뱅크", "K bank"),
    # NICE's list has no code for it; this one is our own.
    Issuer("TOSSBANK", "TB", "토스뱅크", "Toss Bank"),
)
BY_NAME: Mapping[str, Issuer] = {issuer.name: issuer for issuer in ISSUERS}
BY_CODE: Mapping[str, Issuer] = {issuer.code: issuer for issuer in ISSUERS}

# What a gateway says instead where it does not tell the issuer.
_KINDS = {"체크": "check", "신용": "credit"}
_ENGLISH = _KINDS | {issuer.spoken: issuer.english for issuer in ISSUERS}
# Before "card"; a name that only a gateway knows stays unsaid.
SOME_BANK = "bank"

# First digits by which a prompt may name a card before the acquirer has seen it.
PREFIXES: Mapping[str, Issuer] = {
    SANDBOX_PREFIX: BY_NAME["SHINHAN"],
    "490625": BY_NAME["BC"],
}
# Cards known to be of no use here: Discover's own are issued abroad only.
UNSUPPORTED_PREFIXES: Collection[str] = ("6011",)


def issuer_of_prefix(digits: str, prefixes: Mapping[str, Issuer] = PREFIXES) -> Issuer | None:
    """Name a card by its first digits, the longest known prefix first; None when unknown."""
    for length in range(len(digits), 0, -1):
        if found := prefixes.get(digits[:length]):
            return found
    return None


def english_name(spoken: str) -> str:
    """The English name of an issuer, by the one that is spoken and kept."""
    return _ENGLISH.get(spoken) or (spoken if spoken.isascii() and spoken else SOME_BANK)


def is_unsupported(digits: str, prefixes: Collection[str] = UNSUPPORTED_PREFIXES) -> bool:
    """Whether a card is known to be of no use here. An unknown card is not."""
    return digits.startswith(tuple(prefixes))


def has_issuer(digits: str) -> bool:
    """Whether numbers that begin with these digits can belong to anybody."""
    return not digits.startswith(NO_ISSUER)


def check_digit_is_strict(digits: str) -> bool:
    """Whether a wrong check digit refuses a number that begins with these digits."""
    return not digits.startswith(DOMESTIC) or digits.startswith(SANDBOX_PREFIX)


def card_number_fault(digits: str) -> str | None:
    """Say what is wrong with a card number: "length", "issuer", "check_digit", or nothing."""
    if not _is_digits(digits) or len(digits) != LENGTH_BY_PREFIX.get(digits[:2], LENGTH):
        return "length"
    if not has_issuer(digits):
        return "issuer"
    if check_digit_is_strict(digits) and not luhn.is_valid(digits):
        return "check_digit"
    return None


def birth_date_is_possible(digits: str) -> bool:
    """Whether YYMMDD is a day of the 20th or 21st century; two digits do not say which."""
    # The length comes first: a lenient parser takes "9912" for the second of January 1999.
    if len(digits) != BIRTH_DATE_LENGTH or not _is_digits(digits):
        return False
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    return any(_exists(century + year, month, day) for century in (1900, 2000))


def business_number_is_valid(digits: str) -> bool:
    """Whether ten digits are a business number: the last one is a check digit."""
    if len(digits) != BUSINESS_NUMBER_LENGTH or not _is_digits(digits):
        return False
    *first, last = map(int, digits)
    total = sum(digit * weight for digit, weight in zip(first, _WEIGHTS, strict=True))
    total += first[-1] * 5 // 10
    return last == (10 - total % 10) % 10


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True

"""NICEPAY's codes brought to our words. Every code is in one of these classes, and in one only.

A code in none of them is unknown and an alarm, and so is one of the older protocol's successes,
which this interface does not use.
"""

from __future__ import annotations

from collections.abc import Mapping

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.issuers import BY_CODE, BY_NAME, Issuer

DONE = "0000"
# "Treat as a successful cancel, together with 2001", says the manual of its cancels.
CANCELED = frozenset({DONE, "2001", "2211"})
# The order id was used before: only an inquiry tells for what.
USED = frozenset({"U112", "P015", "A127"})
# Nothing under this id: refused, never arrived, or not there yet.
ABSENT = frozenset({"U107"})
# Given back already: a success only if an inquiry shows that it was this order that did it.
CANCELED_BEFORE = frozenset({"2013", "2015"})
# The key was removed before.
KEY_GONE = "U115"
# NICEPAY's own troubles, its own net-cancel, a time-out at the issuer: nobody knows yet.
UNCLEAR = frozenset(
    {"U303", "U501", "U503", "U504", "U506", "U508", "A299", "A401", "P026", "P027"}
    | {"X001", "X002", "X003", "X004", "X005", "X006", "X007", "X008", "X009"}
    | {"F104", "F110", "A253"}
    | {"3001", "F100", "F200"}
)
# The issuer's own refusal; why is in the message only.
BY_ISSUER = "3095"

_REFUSALS_BY_REASON: Mapping[DeclineCode, str] = {
    DeclineCode.CARD_NUMBER_INVALID: "3011 F112",
    DeclineCode.EXPIRY_INVALID: "3021",
    # NICEPAY does not tell a wrong password from a wrong birth date.
    DeclineCode.PASSWORD_INVALID: "F113",
    DeclineCode.IDENTITY_INVALID: "U317",
    DeclineCode.INSTALLMENT_NOT_ALLOWED: "3022 3023 3024 3031 3032 3033 3034 P028 P037",
    DeclineCode.CARD_NOT_SUPPORTED: "F118 3091",
    DeclineCode.BILLKEY_INVALID: "U309 U115 A124 A125 A126 A223",
    DeclineCode.ISSUER_UNAVAILABLE: "A256 A258",
    DeclineCode.CANCEL_REFUSED: "2014 2016 2020 2028 2029 2030 2032 2033 U123 U128",
    # Our contract, our keys, our address or our request: nothing that another card would mend.
    DeclineCode.MERCHANT_CONFIG: (
        "F101 F115 F116 F117 F201 3012 3013 3014 3041 A101 A109 A113 A114 A123 A128 A150 A211 A224 "
        "A245 A250 P036 U100 U105 U113 U127 U304 U305 U312 U313 U315 U316 U319 U321 U341 U345 U502"
    ),
}
REFUSALS: Mapping[str, DeclineCode] = {
    code: reason for reason, codes in _REFUSALS_BY_REASON.items() for code in codes.split()
}

# What an issuer's message says; the first that fits. Anything else is for the issuer to explain.
_ISSUER_SAYS: tuple[tuple[str, DeclineCode], ...] = (
    ("가맹점한도", DeclineCode.MERCHANT_LIMIT),
    ("가맹점", DeclineCode.MERCHANT_CONFIG),
    ("3회", DeclineCode.AUTH_COUNT_EXCEEDED),
    ("비밀번호", DeclineCode.PASSWORD_INVALID),
    ("주민번호", DeclineCode.IDENTITY_INVALID),
    ("사업자번호", DeclineCode.IDENTITY_INVALID),
    ("할부", DeclineCode.INSTALLMENT_NOT_ALLOWED),
    ("분실", DeclineCode.LOST_OR_STOLEN),
    ("도난", DeclineCode.LOST_OR_STOLEN),
    ("유효기간", DeclineCode.EXPIRY_INVALID),
    ("카드번호", DeclineCode.CARD_NUMBER_INVALID),
    ("잔액", DeclineCode.INSUFFICIENT_FUNDS),
    ("한도", DeclineCode.INSUFFICIENT_LIMIT),
    ("점검", DeclineCode.ISSUER_UNAVAILABLE),
    ("장애", DeclineCode.ISSUER_UNAVAILABLE),
    ("대상카드", DeclineCode.CARD_NOT_SUPPORTED),
    ("거래불가카드", DeclineCode.CARD_NOT_SUPPORTED),
)

# Its cards of the former 외환 are 하나's.
_OTHER_ISSUERS = {"03": BY_NAME["HANA"]}


def refusal_of(code: str, message: str) -> DeclineCode | None:
    """Our reason for a code; None where it is no refusal. Only issuers' own need the message."""
    if code != BY_ISSUER:
        return REFUSALS.get(code)
    said = message.replace(" ", "")
    fitting = (reason for words, reason in _ISSUER_SAYS if words in said)
    return next(fitting, DeclineCode.CARD_SUSPENDED)


def issuer_of(card_code: str) -> Issuer | None:
    """The issuer behind NICEPAY's code of a card; None for one that we have no name for."""
    return _OTHER_ISSUERS.get(card_code) or BY_CODE.get(card_code)

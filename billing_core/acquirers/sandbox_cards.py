"""The sandbox's test cards: 9999 RRRR CCCC 000x.

RRRR is what registration answers and CCCC what charges answer, by ISO 8583 where it has a code; x
is the check digit. The first digit of CCCC is how often a charge fails before it works (0: always);
for 068 it is what the later inquiry says (0: approved, 1: not approved).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from stdnum import luhn

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.issuers import (
    BY_NAME,
    LENGTH,
    SANDBOX_PREFIX,
    Issuer,
    business_number_is_valid,
)
from billing_core.acquirers.protocol import CardSecrets, Owner
from foundation.money import Money

BIRTH_DATE = "900101"
BUSINESS_NUMBER = "2208162517"
PASSWORD = "12"  # noqa: S105 (of the test cards)

# Every Korean issuer's bound; the sandbox keeps it by itself, as they do.
INSTALMENTS_FROM = Money(50_000)

WORKS = "0000"
NO_ANSWER = "0068"
# What registration answers. The card without an answer registers: the later inquiry says so.
REFUSALS: Mapping[str, DeclineCode] = {
    "0014": DeclineCode.CARD_NUMBER_INVALID,
    "0054": DeclineCode.EXPIRY_INVALID,
    "0055": DeclineCode.PASSWORD_INVALID,
    "0075": DeclineCode.AUTH_COUNT_EXCEEDED,
    "0082": DeclineCode.IDENTITY_INVALID,
    "0043": DeclineCode.LOST_OR_STOLEN,
    "0091": DeclineCode.ISSUER_UNAVAILABLE,
    # Ours beside the published list: a card of a kind that cannot be registered.
    "0057": DeclineCode.CARD_NOT_SUPPORTED,
}
# What charges answer, remembered with the key of a card that registers: the last three digits say
# why one is refused.
CHARGES = frozenset(
    {"0000", "0051", "2051", "0061", "0054", "0041", "0005", "0091", "0068", "1068", "0057"}
)
CHARGE_REFUSALS: Mapping[str, DeclineCode] = {
    "051": DeclineCode.INSUFFICIENT_FUNDS,
    "061": DeclineCode.INSUFFICIENT_LIMIT,
    "054": DeclineCode.EXPIRY_INVALID,
    "041": DeclineCode.LOST_OR_STOLEN,
    "005": DeclineCode.CARD_SUSPENDED,
    "091": DeclineCode.ISSUER_UNAVAILABLE,
}
SILENT, NO_INSTALMENTS = "068", "057"
# Public test numbers of 15 and 14 digits: American Express and Diners Club.
SHORT_NUMBERS: Mapping[str, Issuer] = {
    "378282246310005": BY_NAME["AMEX"],
    "30569309025904": BY_NAME["DINERS"],
}


@dataclass(frozen=True)
class SandboxCard:
    """How one test card behaves."""

    registration: str
    charge: str
    issuer: Issuer

    @property
    def is_silent(self) -> bool:
        """Whether the answer to its registration never arrives."""
        return self.registration == NO_ANSWER


def sandbox_card(number: str) -> SandboxCard | None:
    """The test card of this number, if it is one."""
    if issuer := SHORT_NUMBERS.get(number):
        return SandboxCard(WORKS, WORKS, issuer)
    prefix, registration, charge, last = (number[start : start + 4] for start in (0, 4, 8, 12))
    if len(number) != LENGTH or prefix != SANDBOX_PREFIX or not last.startswith("000"):
        return None
    if not luhn.is_valid(number) or not _is_listed(registration, charge):
        return None
    return SandboxCard(registration, charge, BY_NAME["SHINHAN"])


def refusal_of(card: SandboxCard | None, keyed: CardSecrets, today: date) -> DeclineCode | None:
    """Why this card with these details is refused, or None."""
    if card is None:
        return DeclineCode.CARD_NUMBER_INVALID
    if refusal := REFUSALS.get(card.registration):
        return refusal
    if not _is_in_use(keyed.expiry_year, keyed.expiry_month, today):
        return DeclineCode.EXPIRY_INVALID
    if keyed.holder.reveal() not in (BIRTH_DATE, BUSINESS_NUMBER):
        return DeclineCode.IDENTITY_INVALID
    if keyed.password.reveal() != PASSWORD:
        return DeclineCode.PASSWORD_INVALID
    return None


def charge_refusal(
    behaviour: str, *, owner: str, amount: Money, months: int, failures: int
) -> tuple[DeclineCode | None, bool]:
    """Why a charge is refused, or None; and whether nobody ever hears the answer."""
    often, why = int(behaviour[0]), behaviour[1:]
    if months and (amount < INSTALMENTS_FROM or months == 1 or owner == Owner.CORPORATE):
        return DeclineCode.INSTALLMENT_NOT_ALLOWED, False
    if why == SILENT:
        return (DeclineCode.ISSUER_UNAVAILABLE if often else None), True
    if why == NO_INSTALMENTS:
        return (DeclineCode.INSTALLMENT_NOT_ALLOWED if months else None), False
    if often and failures >= often:
        return None, False
    return CHARGE_REFUSALS.get(why), False


def owner_of(keyed: CardSecrets) -> Owner:
    """A business number is keyed for a company's card only."""
    is_company = business_number_is_valid(keyed.holder.reveal())
    return Owner.CORPORATE if is_company else Owner.PERSONAL


def _is_in_use(year: int, month: int, today: date) -> bool:
    # A card can be used until its month is over.
    return month in range(1, 13) and (year, month) >= (today.year, today.month)


def _is_listed(registration: str, charge: str) -> bool:
    if registration == WORKS:
        return charge in CHARGES
    return charge == WORKS and (registration in REFUSALS or registration == NO_ANSWER)

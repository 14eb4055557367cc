"""Card data in a request: checked as a caller's keys would be, never shown, never quoted."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo

from billing_core.acquirers.issuers import (
    birth_date_is_possible,
    business_number_is_valid,
    card_number_fault,
)
from billing_core.actions.open_registration import CardDigits
from foundation.clock import kst_day
from foundation.sealing import Secret
from merchant_api.fields import fault, present
from merchant_api.validation import Body

# Cards are issued for five years, some for ten; beyond that a digit was mistyped.
YEARS_AHEAD_MAX = 20

_SEPARATORS = re.compile(r"[ -]")
_DIGITS = re.compile(r"\d{1,4}", re.ASCII)
_NUMBER_FAULTS = {
    "length": "A card number has 16 digits; with some brands 14 or 15.",
    "issuer": "No card number begins with 0.",
    "check_digit": "A digit of the card number is mistyped.",
}


def _number(written: SecretStr) -> SecretStr:
    digits = _SEPARATORS.sub("", written.get_secret_value())
    if found := card_number_fault(digits):
        raise fault("invalid_card_number", _NUMBER_FAULTS[found])
    return SecretStr(digits)


def _whole_number(written: Any) -> Any:
    # Forms send "08" and programs send 8; both are one month.
    if isinstance(written, str) and _DIGITS.fullmatch(written):
        return int(written)
    return written


def _month(month: int) -> int:
    if month not in range(1, 13):
        raise fault("invalid_expiry", "A month is 1 to 12.")
    return month


def _year(year: int, known: ValidationInfo) -> int:
    if year in range(100):
        year += 2000
    today = kst_day(present(known.context))
    if year not in range(2000, today.year + YEARS_AHEAD_MAX + 1):
        raise fault("invalid_expiry", "Give the year in which the card ends, like 29 or 2029.")
    # A card is good to the end of its month.
    if (year, known.data.get("expiry_month", 12)) < (today.year, today.month):
        raise fault("card_expired", "This card has expired. Ask for another card.")
    return year


def _holder(written: SecretStr) -> SecretStr:
    digits = _SEPARATORS.sub("", written.get_secret_value())
    if not (birth_date_is_possible(digits) or business_number_is_valid(digits)):
        raise fault(
            "invalid_holder",
            "Give the birth date as YYMMDD, or the 10 digits of the business number.",
        )
    return SecretStr(digits)


def _password(written: SecretStr) -> SecretStr:
    if not re.fullmatch(r"\d\d", written.get_secret_value(), re.ASCII):
        raise fault("invalid_password", "Give the first two digits of the card's password.")
    return written


def _example(*values: str | int) -> Any:
    return Field(json_schema_extra={"examples": list(values)})


class CardRequest(Body):
    """A card, as its holder gave it to the merchant. Sealed on arrival and never shown again."""

    number: Annotated[SecretStr, AfterValidator(_number), _example("9999 0000 0000 0004")]
    expiry_month: Annotated[
        int, BeforeValidator(_whole_number), AfterValidator(_month), _example("12", 8)
    ]
    expiry_year: Annotated[
        int, BeforeValidator(_whole_number), AfterValidator(_year), _example("29", 2029)
    ]
    birth_or_business_number: Annotated[SecretStr, AfterValidator(_holder), _example("900101")]
    password_two_digits: Annotated[SecretStr, AfterValidator(_password), _example("12")]

    def digits(self) -> CardDigits:
        """The card as a caller would key it."""
        return CardDigits(
            number=Secret(self.number.get_secret_value()),
            expiry=Secret(f"{self.expiry_month:02}{self.expiry_year % 100:02}"),
            holder=Secret(self.birth_or_business_number.get_secret_value()),
            password=Secret(self.password_two_digits.get_secret_value()),
        )

"""A telephone number is a value in E.164, made from whatever a person would write."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
)

# Nobody writes a telephone number longer than this, even with spaces, hyphens and brackets.
WRITTEN_MAX = 40

_WRITTEN = re.compile(r"[\d\s+().\-\u2010-\u2015\u2212]*")
_A_MOBILE = "+821012345678"
_MOBILE_PREFIXES = ("+8210", "+8211", "+8216", "+8217", "+8218", "+8219")


@dataclass(frozen=True, order=True)
class PhoneNumber:
    """One telephone number. `e164` is like "+821012345678"."""

    e164: str

    @classmethod
    def parse(cls, written: str) -> PhoneNumber:
        """Read a number as a Korean person would write it, or in international form.

        Raises ValueError, whose message never repeats what was written.
        """
        if len(written) > WRITTEN_MAX:
            raise ValueError("a telephone number has at most 15 digits")
        # The library reads letters as the keys of a telephone, and drops what it does not know:
        # a slip of the finger would become the number of somebody else.
        if not _WRITTEN.fullmatch(unicodedata.normalize("NFKC", written)):
            raise ValueError("a telephone number has no letters and signs but + - . and brackets")
        try:
            parsed = phonenumbers.parse(written, "KR")
        except NumberParseException:
            raise ValueError("not a telephone number") from None
        if phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
            raise ValueError("too short or too long for a telephone number")
        number = cls(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))
        if number.e164.startswith("+8210") and len(number.e164) != len(_A_MOBILE):
            raise ValueError("a telephone number with 010 has eight digits after it")
        return number

    @property
    def is_korean_mobile(self) -> bool:
        """Whether a Korean operator would deliver a text to it: 010 and the old 01x ranges."""
        if not self.e164.startswith(_MOBILE_PREFIXES):
            return False
        if self.e164.startswith("+8210"):
            return len(self.e164) == len(_A_MOBILE)
        return phonenumbers.number_type(phonenumbers.parse(self.e164)) == PhoneNumberType.MOBILE

    @property
    def national(self) -> str:
        """As Korean people write it: 010-1234-5678."""
        return phonenumbers.format_number(phonenumbers.parse(self.e164), PhoneNumberFormat.NATIONAL)

    @property
    def masked(self) -> str:
        """For logs: the last four digits only."""
        return f"…{self.e164[-4:]}"

    def __str__(self) -> str:
        return self.e164

"""A telephone number is a value in E.164, made from whatever a person would write."""

from __future__ import annotations

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
        try:
            parsed = phonenumbers.parse(written, "KR")
        except NumberParseException:
            raise ValueError("not a telephone number") from None
        if phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
            raise ValueError("too short or too long for a telephone number")
        return cls(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))

    @property
    def is_korean_mobile(self) -> bool:
        """Whether a Korean operator would deliver a text to it: 010 and the old 01x ranges."""
        if not self.e164.startswith(_MOBILE_PREFIXES):
            return False
        parsed = phonenumbers.parse(self.e164)
        return phonenumbers.number_type(parsed) == PhoneNumberType.MOBILE or (
            self.e164.startswith("+8210") and len(self.e164) == len("+821012345678")
        )

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

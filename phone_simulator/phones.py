"""Telephone numbers as a Korean writes them, as the network shows them, and as presets for odd callers."""

import re
from dataclasses import dataclass

KOREA = "+82"
# The longest prefix that fits wins; +266 is Lesotho, where the keypad spelling of ANONYMOUS seems to come from.
COUNTRIES = {"+82": "KR", "+1": "US", "+266": "LS", "+81": "JP", "+86": "CN", "+44": "GB"}
PRESETS = {
    "010": "010-0000-0001",
    "02": "02-312-3456",
    "hidden": "anonymous",
    "withheld": "anonymous",
    "empty": "",
    "sip": "sip:caller@example.com",
}
# Test phones that call with another face than their own number.
TEST_PHONES = {"+821000000000": "anonymous", "+821000000403": "+821099990403"}


@dataclass(frozen=True)
class Presented:
    """What the called side sees of a caller, and whose text inbox it is."""

    number: str
    inbox: str


def to_e164(written: str) -> str:
    """Turn any usual way of writing a Korean number into E.164; leave what is not one as it is."""
    digits = re.sub(r"[\s().-]", "", written)
    if not re.fullmatch(r"\+?\d{3,15}", digits):
        return written.strip()
    if digits.startswith("+820"):
        return KOREA + digits[4:]
    if digits.startswith("+"):
        return digits
    if digits.startswith("00"):
        return "+" + digits[2:]
    if digits.startswith("0"):
        return KOREA + digits[1:]
    return "+" + digits if digits.startswith("82") and len(digits) >= 10 else digits


def present(written: str) -> Presented:
    """Read `as:` of a call script: a phone, a preset, or `raw:` for a number without its country code."""
    if written.startswith("raw:"):
        raw = re.sub(r"[\s-]", "", written.removeprefix("raw:"))
        return Presented(raw, to_e164(raw))
    number = to_e164(PRESETS.get(written, written))
    return Presented(TEST_PHONES.get(number, number), number)


def country_of(number: str) -> str:
    fitting = [prefix for prefix in COUNTRIES if number.startswith(prefix)]
    return COUNTRIES[max(fitting, key=len)] if fitting else ""


def is_korean_mobile(number: str) -> bool:
    return re.fullmatch(r"\+8210\d{8}|\+821[16789]\d{7,8}", number) is not None


def is_e164(number: str) -> bool:
    return re.fullmatch(r"\+[1-9]\d{6,14}", number) is not None


def written_forms(number: str) -> tuple[str, ...]:
    """The digit strings under which a number may stand in a text, hyphens removed."""
    national = "0" + number.removeprefix(KOREA)
    return (
        (number.removeprefix("+"), national)
        if number.startswith(KOREA)
        else (number.removeprefix("+"),)
    )


def number_in_text(body: str, known: list[str]) -> str | None:
    """Find the number a customer would tap: one of ours, or if none is known the first that looks like one."""
    found = [re.sub(r"[^\d]", "", match) for match in re.findall(r"\+?\d[\d -]{6,16}\d", body)]
    for number in known:
        if any(form in found for form in written_forms(number)):
            return number
    if known:
        return None
    candidates = [digits for digits in found if 8 <= len(digits) <= 13 and digits[0] in "08"]
    return to_e164(candidates[0]) if candidates else None

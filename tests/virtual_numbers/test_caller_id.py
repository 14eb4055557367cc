"""Caller numbers as networks write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.phone_number import PhoneNumber
from virtual_numbers.caller_id import Unknown, Withheld, identify

CUSTOMER = PhoneNumber("+821012345678")


@pytest.mark.parametrize(
    "raw",
    [
        "+821012345678",
        "821012345678",
        " 821012345678",
        "01012345678",
        "010-1234-5678",
        "010 1234 5678",
        "+8201012345678",
        "+82 010-1234-5678",
        "+82-10-1234-5678",
        "8201012345678",
    ],
)
def test_all_spellings_of_a_korean_number_are_one_number(raw: str) -> None:
    assert identify(raw) == CUSTOMER


@pytest.mark.parametrize(
    ("raw", "e164"),
    [
        ("02-312-3456", "+8223123456"),
        ("07012345678", "+827012345678"),
        ("15881234", "+8215881234"),
        ("+14155550100", "+14155550100"),
        ("+8613812345678", "+8613812345678"),
    ],
)
def test_other_telephones_are_numbers_too(raw: str, e164: str) -> None:
    assert identify(raw) == PhoneNumber(e164)


@pytest.mark.parametrize(
    "raw",
    [
        "+266696687",
        "266696687",
        "+7378742833",
        "+2562533",
        "+8656696",
        "+86282452253",
        "anonymous",
        "Anonymous",
        "ANONYMOUS",
        "RESTRICTED",
        "unavailable",
        "unknown",
        "Blocked",
        "Private",
        "sip:anonymous@anonymous.invalid",
        "",
        "   ",
    ],
)
def test_a_hidden_number_is_withheld_however_it_is_written(raw: str) -> None:
    assert identify(raw) == Withheld()


@pytest.mark.parametrize(
    "raw",
    [
        "sip:alice@example.com",
        "sip:+821012345678@example.com",
        "client:handset",
        "112",
        "1588",
        "1234567",
        "+1234567",
        "ARS",
        "홍길동",
        "+123456789012345678",
        "++++++++",
        "0" * 500,
    ],
)
def test_what_is_not_a_telephone_is_unknown(raw: str) -> None:
    assert identify(raw) == Unknown()


@given(st.text(max_size=300))
def test_anything_at_all_can_be_read(raw: str) -> None:
    assert isinstance(identify(raw), PhoneNumber | Withheld | Unknown)

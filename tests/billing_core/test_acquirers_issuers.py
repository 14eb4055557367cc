"""What a card's digits tell: its brand's length, its check digit, its issuer, its holder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from billing_core.acquirers.issuers import (
    BY_CODE,
    BY_NAME,
    ISSUERS,
    birth_date_is_possible,
    business_number_is_valid,
    card_number_fault,
    check_digit_is_strict,
    english_name,
    is_unsupported,
    issuer_of_prefix,
)


@pytest.mark.parametrize(
    "number",
    [
        *("4111111111111111", "5555555555554444", "3530111333300000", "6011111111111117"),
        *("378282246310005", "341111111111111", "30569309025904", "36700102000000"),
        *("2223003122003222", "9999000000000004"),
    ],
)
def test_a_number_of_its_brands_length_with_its_check_digit_is_accepted(number: str) -> None:
    assert card_number_fault(number) is None


@pytest.mark.parametrize(
    "number",
    [
        *("", "411111111111111", "41111111111111111", "3782822463100050", "305693090259040"),
        *("4111-1111-1111-1111", "４１１１１１１１１１１１１１１１", "41111111111111①1"),
    ],
)
def test_another_length_or_anything_but_digits_is_a_fault_of_length(number: str) -> None:
    assert card_number_fault(number) == "length"


@given(st.sampled_from(("35", "4", "5", "62")), st.integers(0, 10**13 - 1))
def test_a_wrong_check_digit_is_noticed_on_international_cards(first: str, rest: int) -> None:
    number = f"{first}{rest:0{15 - len(first)}}"
    right = luhn.calc_check_digit(number)
    wrong = str((int(right) + 1) % 10)

    assert card_number_fault(number + right) is None
    assert card_number_fault(number + wrong) == "check_digit"


def test_a_domestic_card_may_have_no_check_digit_but_the_sandboxes_must() -> None:
    assert card_number_fault("9410000000000001") is None
    assert card_number_fault("9999000000000005") == "check_digit"
    assert not check_digit_is_strict("9410")
    assert check_digit_is_strict("9999")
    assert check_digit_is_strict("4")


def test_issuers_have_one_name_and_one_code_each_and_are_spoken_without_the_word_card() -> None:
    assert len(BY_NAME) == len(BY_CODE) == len(ISSUERS)
    assert not [issuer for issuer in ISSUERS if "카드" in issuer.spoken or not issuer.spoken]


def test_the_longest_known_prefix_names_a_card_and_an_unknown_one_is_nobodys() -> None:
    table = {"94": BY_NAME["BC"], "9410": BY_NAME["SHINHAN"]}

    assert issuer_of_prefix("9999000000000004") == BY_NAME["SHINHAN"]
    assert issuer_of_prefix("9999") == BY_CODE["06"]
    assert issuer_of_prefix("9410123", table) == BY_NAME["SHINHAN"]
    assert issuer_of_prefix("9411", table) == BY_NAME["BC"]
    assert issuer_of_prefix("1234567890123456") is None
    assert issuer_of_prefix("") is None


def test_only_a_card_known_to_be_of_no_use_is_unsupported() -> None:
    assert is_unsupported("6011000000000004")
    assert not is_unsupported("9999000000000004")
    assert not is_unsupported("1234")
    assert not is_unsupported("6")


@pytest.mark.parametrize("number", ["2208162517", "1208147521", "1248100998"])
def test_a_business_number_has_a_check_digit(number: str) -> None:
    assert business_number_is_valid(number)
    assert not business_number_is_valid(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize(
    "text", ["", "220816251", "22081625170", "220-81-625", "가나다라마바사아자차"]
)
def test_anything_but_ten_digits_is_no_business_number(text: str) -> None:
    assert not business_number_is_valid(text)


@pytest.mark.parametrize("digits", ["900101", "550301", "000229", "040229", "991231"])
def test_a_day_of_either_century_may_be_a_birth_date(digits: str) -> None:
    assert birth_date_is_possible(digits)


@pytest.mark.parametrize(
    "digits",
    ["9912", "", "901301", "900132", "900230", "010229", "9001011", "90010a", "９００１０１"],
)
def test_what_is_no_day_or_not_six_digits_is_no_birth_date(digits: str) -> None:
    assert not birth_date_is_possible(digits)


def test_every_issuer_has_a_name_that_an_english_voice_can_say() -> None:
    assert all(issuer.english.isascii() and issuer.english for issuer in ISSUERS)
    assert [english_name(name) for name in ("신한", "해외", "국민")] == [
        *("Shinhan", "overseas", "KB Kookmin")
    ]


def test_a_name_that_only_a_gateway_knows_is_said_in_english_where_it_can_be() -> None:
    names = {name: english_name(name) for name in ("체크", "페이팔카드", "PAYCO", "")}

    assert names == {"체크": "check", "페이팔카드": "bank", "PAYCO": "PAYCO", "": "bank"}

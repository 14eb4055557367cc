"""How numbers are written, and what of keys may be shown."""

import pytest

from phone_simulator.masking import masked_keys, without_card_numbers
from phone_simulator.phones import number_in_text, to_e164


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("010-1234-5678", "+821012345678"),
        ("+82 10-1234-5678", "+821012345678"),
        ("+8201012345678", "+821012345678"),
        ("821012345678", "+821012345678"),
        ("0505-123-4567", "+825051234567"),
        ("02-123-4567", "+8221234567"),
        ("+15005550006", "+15005550006"),
        ("anonymous", "anonymous"),
        ("sip:a@b.example", "sip:a@b.example"),
    ],
)
def test_numbers_are_understood_as_they_are_written(written: str, number: str) -> None:
    assert to_e164(written) == number


@pytest.mark.parametrize(
    "body",
    [
        "전화 070-1234-5678 문의 02-312-3456",
        "문의 02-312-3456\n전화 +82 70-1234-5678",
        "07012345678 로 전화",
    ],
)
def test_our_own_number_is_found_in_a_text(body: str) -> None:
    assert number_in_text(body, ["+827012345678"]) == "+827012345678"


def test_the_first_telephone_number_is_taken_if_none_is_ours() -> None:
    assert (
        number_in_text("주문 2026.11.03 번호 0505-123-4567, 문의 02-312-3456", [])
        == "+825051234567"
    )
    assert number_in_text("번호가 없습니다 1234", []) is None


@pytest.mark.parametrize(
    ("keys", "menu", "shown"),
    [
        ("1", True, "1"),
        ("#", True, "#"),
        ("1", False, "•  1 digit"),
        ("9999000000000004", False, "••••••••••••  16 digits"),
        ("12*34", False, "••••  4 digits and *"),
        ("*", False, "*"),
    ],
)
def test_only_single_menu_keys_are_shown(keys: str, menu: bool, shown: str) -> None:
    assert masked_keys(keys, menu=menu) == shown


@pytest.mark.parametrize(
    "card", ["9999000000000004", "9999-0000-0000-0004", "9 9 9 9 0 0 0 0 0 0 0 0 0 0 0 4"]
)
def test_a_card_number_in_words_is_covered_but_a_telephone_number_is_not(card: str) -> None:
    shown = without_card_numbers(f"번호 {card} 전화 070-1234-5678")

    assert card not in shown
    assert "070-1234-5678" in shown

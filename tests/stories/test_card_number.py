"""The card number: in one go, in pieces, in fours, and what is wrong with it."""

import pytest

from tests.stories.caller import GOOD_CARD, Caller
from tests.stories.service import Service

WRONG_CHECK_DIGIT = "9999000000000005"
UNSUPPORTED = "6011000990139424"
AMEX, DINERS = "378282246310005", "30569309025904"


@pytest.fixture
def asked(service: Service, caller: Caller) -> Caller:
    """A caller who is asked for the card number."""
    return caller.dials(service.registers()["virtual_number"]).presses("1", "1", "1")


def registers_with_the_rest(caller: Caller) -> None:
    caller.hears("유효기간을 눌러 주세요").presses("0829", "1", "900101", "12").holds()
    caller.hears("등록이 끝났습니다")


def test_a_number_that_cannot_be_one_is_asked_again(asked: Caller) -> None:
    for entry in ("99990", "9999000000#", "999900000000000#", WRONG_CHECK_DIGIT):
        asked.presses(entry).hears("카드번호와 맞지 않습니다", "우물정자를 눌러 주세요").hangs_up()
        asked.dials(asked.dialled).presses("1", "1")
    asked.presses(WRONG_CHECK_DIGIT)

    registers_with_the_rest(asked.presses(GOOD_CARD))


def test_whoever_then_keys_nothing_is_not_called_wrong_again(asked: Caller) -> None:
    for wrong, hint in ((WRONG_CHECK_DIGIT, "우물정자를 눌러 주세요"), (UNSUPPORTED, "별표를")):
        asked.presses(wrong).stays_silent().hears("받지 못했습니다", "카드번호 열여섯 자리", hint)
        asked.does_not_hear("맞지 않습니다").does_not_hear("쓰실 수 없습니다")

    registers_with_the_rest(asked.presses(GOOD_CARD))


def test_after_two_errors_four_digits_at_a_time(asked: Caller) -> None:
    asked.presses(WRONG_CHECK_DIGIT, WRONG_CHECK_DIGIT).hears("네 자리씩 나누어")
    assert asked.pace == "85%"
    asked.presses("9999", "0000", "0000").hears("마지막 네 자리").presses("0004")

    registers_with_the_rest(asked)


def test_after_three_errors_a_person(asked: Caller) -> None:
    asked.presses(WRONG_CHECK_DIGIT, WRONG_CHECK_DIGIT, "9999", "0000", "0000", "0005")

    asked.hears("번호 입력이 어려우시면")


def test_whoever_begins_the_number_again_has_no_more_tries_at_it(asked: Caller) -> None:
    asked.presses(WRONG_CHECK_DIGIT, WRONG_CHECK_DIGIT).hears("네 자리씩").presses("#")

    asked.presses("9999", "0000", "0000", "0005").hears("번호 입력이 어려우시면")


def test_a_piece_of_four_that_is_too_short_begins_the_number_again(asked: Caller) -> None:
    asked.presses(WRONG_CHECK_DIGIT, WRONG_CHECK_DIGIT, "9999", "00").hears(
        "번호 입력이 어려우시면"
    )


def test_in_fours_a_wrong_number_is_called_wrong_before_it_is_asked_again(
    service: Service, caller: Caller
) -> None:
    caller.dials(service.registers()["virtual_number"]).presses("9", "1", "1", "1")

    caller.presses("9999", "0000", "0000", "0005").hears("카드번호와 맞지 않습니다", "네 자리씩")
    caller.presses("6011").hears("자동결제에 쓰실 수 없습니다", "네 자리씩")
    registers_with_the_rest(caller.presses("9999", "0000", "0000", "0004"))


def test_a_pause_keeps_what_was_keyed(asked: Caller) -> None:
    asked.presses("9999000000").hears("지금까지 열 자리를 누르셨습니다. 나머지 여섯 자리를")
    assert asked.question("numDigits") == "6"

    registers_with_the_rest(asked.presses("000004"))


def test_a_second_pause_keeps_that_too(asked: Caller) -> None:
    asked.presses("999900").presses("000000").hears("지금까지 열두 자리를", "나머지 네 자리를")

    registers_with_the_rest(asked.presses("0004"))


def test_silence_in_the_rest_asks_for_the_rest_again(asked: Caller) -> None:
    asked.presses("9999000000").stays_silent().hears("받지 못했습니다", "지금까지 열 자리를")

    registers_with_the_rest(asked.presses("000004"))


def test_a_star_in_the_rest_begins_the_number_again(asked: Caller) -> None:
    asked.presses("9999000000", "00*").hears("카드번호 열여섯 자리")

    registers_with_the_rest(asked.presses(GOOD_CARD))


def test_a_wrong_rest_begins_the_number_again(asked: Caller) -> None:
    asked.presses("9999000000", "000005").hears("카드번호와 맞지 않습니다")

    registers_with_the_rest(asked.presses(GOOD_CARD))


def test_a_star_inside_the_number_counts_only_what_follows_it(asked: Caller) -> None:
    asked.presses("1234*99990000000").hears("지금까지 열한 자리를", "나머지 다섯 자리를")

    registers_with_the_rest(asked.presses("00004"))


def test_a_star_with_little_after_it_is_no_error(asked: Caller) -> None:
    for entry in ("12345*", "1234567890*9", "12*9999#", "12345*"):
        asked.presses(entry).hears("카드번호 열여섯 자리").does_not_hear("맞지 않습니다")

    registers_with_the_rest(asked.presses(GOOD_CARD))


def test_short_cards_end_with_hash_or_with_a_pause(asked: Caller) -> None:
    for entry in (AMEX, f"{AMEX}#"):
        asked.presses(entry, "0829").hears("공 공 공 오").does_not_hear("카드, 끝").presses("2")
    for entry in (DINERS, f"{DINERS}#"):
        asked.presses(entry, "0829").hears("오 구 공 사").presses("2")

    asked.presses(f"{AMEX}#", "0829", "1", "900101", "12").holds()

    asked.hears("등록이 끝났습니다", "해외 카드")


@pytest.mark.parametrize("number", [AMEX, DINERS])
def test_short_cards_in_pieces_and_in_fours(service: Service, caller: Caller, number: str) -> None:
    caller.dials(service.registers()["virtual_number"]).presses("1", "1", "1")

    caller.presses(number[:10], number[10:]).hears("유효기간을 눌러 주세요")
    caller.presses("#", "#").hears("열여섯 자리").presses("1" * 16, "2" * 16).hears("네 자리씩")
    caller.presses(number[:4], number[4:8], number[8:12], number[12:]).hears("유효기간")

    caller.presses("0829", "1", "900101", "12").holds().hears("등록이 끝났습니다")


def test_a_card_that_is_of_no_use_here_is_no_error(asked: Caller) -> None:
    asked.presses(UNSUPPORTED).hears("자동결제에 쓰실 수 없습니다. 다른 카드번호를")
    asked.presses(UNSUPPORTED).hears("자동결제에 쓰실 수 없습니다")

    registers_with_the_rest(asked.presses(GOOD_CARD))


def test_three_cards_that_are_of_no_use_here_bring_a_person(asked: Caller) -> None:
    asked.presses(UNSUPPORTED, UNSUPPORTED, UNSUPPORTED).hears("번호 입력이 어려우시면")


def test_a_domestic_card_without_a_check_digit_is_never_refused_by_us(asked: Caller) -> None:
    asked.presses("9400000000000007", "0829").hears("끝 네 자리 공 공 공 칠입니다")

"""Expiry, read-back, owner and password digits."""

import pytest

from tests.stories.caller import GOOD_CARD, Caller
from tests.stories.service import Service


@pytest.fixture
def asked(service: Service, caller: Caller) -> Caller:
    """A caller who is asked for the expiry."""
    caller.dials(service.registers()["virtual_number"]).presses("1", "1", "1", GOOD_CARD)
    return caller.hears("유효기간")


def test_an_expiry_that_cannot_be_is_asked_again(asked: Caller) -> None:
    for entry in ("1399", "0000", "08", "08#", "0899", "2008", "0847"):
        asked.presses(entry).hears("유효기간이 맞지 않습니다", "모두 네 자리입니다").hangs_up()
        asked.dials(asked.dialled).presses("1", "1", GOOD_CARD)

    asked.presses("1399", "0829").hears("맞으면 1번")


def test_a_swapped_expiry_is_read_back(asked: Caller) -> None:
    asked.presses("2908").hears("이천이십구년 팔월이 맞으면 1번")

    asked.presses("1").hears("공 공 공 사").presses("1", "900101", "12").holds()
    asked.hears("등록이 끝났습니다")


def test_a_swapped_expiry_that_is_not_meant_is_asked_again(asked: Caller) -> None:
    asked.presses("2908", "2").hears("유효기간을 눌러 주세요")

    asked.presses("0829").hears("맞으면 1번")


def test_an_expired_card_may_be_another_card(asked: Caller) -> None:
    asked.presses("1026").hears("유효기간이 지난 카드입니다", "다른 카드가 있으시면 1번")

    asked.presses("1").hears("카드번호 열여섯 자리")


def test_an_expired_card_may_be_a_slip_of_the_finger(asked: Caller) -> None:
    asked.presses("0820", "2").hears("유효기간을 눌러 주세요").presses("0829").hears("맞으면 1번")


def test_a_card_is_good_until_its_month_is_over(asked: Caller) -> None:
    asked.presses("1126").hears("맞으면 1번")


def test_three_wrong_expiries_bring_a_person(asked: Caller) -> None:
    asked.presses("1399", "1399", "1399").hears("번호 입력이 어려우시면")


def test_whoever_goes_back_has_no_more_tries_at_the_same_field(asked: Caller) -> None:
    asked.presses("1399", "1399").hears("유효기간이 맞지 않습니다").presses("#", "#")

    asked.presses("9999", "0000", "0000", "0004").hears("유효기간을 눌러 주세요")
    asked.presses("1399").hears("번호 입력이 어려우시면")


def test_wrong_entries_of_one_field_are_not_held_against_the_next(asked: Caller) -> None:
    asked.presses("1399", "1399", "0829", "1")

    asked.presses("901399", "901399").hears("생년월일이 맞지 않습니다")
    asked.presses("900101").hears("앞 두 자리만")


def test_not_this_card_begins_with_the_number_again(asked: Caller) -> None:
    asked.presses("0829").hears("끝 네 자리 공 공 공 사").presses("2").hears("카드번호 열여섯 자리")


def test_an_issuer_that_the_first_digits_do_not_tell_is_not_named(
    service: Service, caller: Caller
) -> None:
    caller.dials(service.registers()["virtual_number"]).presses("1", "1", "1")

    caller.presses("4111111111111111", "0829")

    assert caller.spoken() == [
        "끝 네 자리 일 일 일 일입니다. 맞으면 1번, 다시 누르시려면 2번을 눌러 주세요."
    ]


def test_a_birth_date_that_cannot_be_is_asked_again(asked: Caller) -> None:
    for entry in ("901399", "900230", "9001", "9001#"):
        asked.presses("0829", "1", entry).hears("생년월일이 맞지 않습니다").hangs_up()
        asked.dials(asked.dialled).presses("1", "1", GOOD_CARD)

    asked.presses("0829", "1", "901399", "900101").hears("앞 두 자리만")


def test_a_business_number_with_a_wrong_check_digit_is_asked_again(asked: Caller) -> None:
    asked.presses("0829", "1", "2208162518").hears("사업자등록번호 열 자리를").presses("2208162517")

    asked.hears("앞 두 자리만")


def test_one_password_digit_is_not_enough(asked: Caller) -> None:
    asked.presses("0829", "1", "900101")

    for entry in ("1", "1#"):
        asked.presses(entry).hears("두 자리가 다 들어오지 않았습니다", "앞 두 자리를 다시")
    asked.presses("12").holds().hears("등록이 끝났습니다")


def test_more_password_digits_fall_on_the_floor(asked: Caller) -> None:
    asked.presses("0829", "1", "900101")
    assert asked.question("numDigits") == "2"
    asked.presses("12")

    assert asked.is_on_hold
    assert asked.answer.index(b'<Pause length="2"/>') < asked.answer.index(b"<Say")


def test_nothing_of_a_card_is_read_back_but_its_last_four_digits(asked: Caller) -> None:
    asked.presses("0829", "1", "900101", "12").holds()

    told = " ".join(asked.said).replace(" ", "")
    assert told.count("공공공사") == 2
    assert "9999" not in told
    assert "구구구구" not in told
    assert "구공공일공일" not in told

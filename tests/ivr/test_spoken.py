"""The number reader: every written vector, and rules that hold for any amount and any phrase."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import spoken
from ivr.words import Spoken

# fmt: off
AMOUNTS = [
    (0, "영"), (1, "일"), (10, "십"),
    (100, "백"), (1_000, "천"), (1_004, "천사"),
    (10_000, "만"), (11_000, "만 천"), (15_000, "만 오천"),
    (39_500, "삼만 구천오백"), (50_000, "오만"), (100_000, "십만"),
    (111_111, "십일만 천백십일"), (210_000, "이십일만"), (1_000_500, "백만 오백"),
    (10_000_000, "천만"), (10_010_010, "천일만 십"), (12_340_000, "천이백삼십사만"),
    (100_000_000, "일억"), (100_010_000, "일억 일만"), (110_000_000, "일억 천만"),
    (999_999_999_999, "구천구백구십구억 구천구백구십구만 구천구백구십구"),
]
PHONES = [
    ("0311234567", "공삼일에 일이삼에 사오육칠"), ("031-123-4567", "공삼일에 일이삼에 사오육칠"),
    ("+82311234567", "공삼일에 일이삼에 사오육칠"), ("021234567", "공이에 일이삼에 사오육칠"),
    ("0212345678", "공이에 일이삼사에 오육칠팔"), ("01012345678", "공일공에 일이삼사에 오육칠팔"),
    ("07000000001", "공칠공에 공공공공에 공공공일"), ("05051234567", "공오공오에 일이삼에 사오육칠"),
    ("050512345678", "공오공오에 일이삼사에 오육칠팔"), ("15881234", "일오팔팔에 일이삼사"),
]
NAMES = [
    ("(주)한빛LPG", "한빛엘피지"), ("㈜한빛 LPG", "한빛 엘피지"),
    ("R&D 센터", "알앤디 센터"), ("Cafe Hanbit", "Cafe Hanbit"),
    ("COFFEE 나무", "COFFEE 나무"), ("고객번호 끝 네 자리 3512", "고객번호 끝 네 자리 삼 오 일 이"),
    ("고객번호 3512번", "고객번호 삼 오 일 이 번"), ("１２３４５６", "일 이 삼 사 오 육"),
    ("계약 0012", "계약 공 공 일 이"), ("8월분", "팔월분"),
    ("6월~10월", "유월~시월"), ("요금 39,500원", "요금 삼만 구천오백 원"),
    ("1,234,567,890,123", "1,이 삼 사,오 육 칠,팔 구 공,일 이 삼"), ("문의 031-123-4567", "문의 공삼일에 일이삼에 사오육칠"),
    ("GS25 2통 20kg", "지에스25 2통 20kg"), ("할인 100%", "할인 100퍼센트"),
    ("1004마트", "1004마트"), ("😀한\u200b빛\x00<b>{amount}", "한빛 b amount"),
    ("😀", ""),
]
# fmt: on

WON = st.integers(0, 999_999_999_999)
# Texts with many digits, separators and units find more than texts of any characters.
PHRASES = st.text() | st.text(alphabet="0123456789,-원월번일 A&%카\u200b\u0301😀(주)")


@pytest.mark.parametrize(("won", "said"), AMOUNTS)
def test_an_amount_is_said_by_groups(won: int, said: str) -> None:
    assert spoken.amount(won).ko == said


def test_the_groups_of_an_amount_are_given_for_pauses() -> None:
    assert spoken.amount_groups(110_039_500) == ("일억", "천삼만", "구천오백")
    assert spoken.amount_groups(0) == ("영",)


@given(WON)
def test_a_said_amount_means_the_same_number(won: int) -> None:
    said = spoken.amount(won)

    assert _understood(said.ko) == won
    assert int(said.en.replace(",", "")) == won
    assert tuple(said.ko.split(" ")) == spoken.amount_groups(won)


@given(WON)
def test_tens_hundreds_and_thousands_never_begin_with_one(won: int) -> None:
    assert not re.search("일[십백천]", spoken.amount(won).ko)


@pytest.mark.parametrize("won", [-1, 1_000_000_000_000])
def test_an_amount_outside_the_range_of_money_is_refused(won: int) -> None:
    with pytest.raises(ValueError, match="0 to 999999999999"):
        spoken.amount(won)


def test_card_digits_are_said_one_by_one_with_gong_for_zero() -> None:
    assert spoken.digits("1004") == Spoken("일 공 공 사", "1 0 0 4")


def test_long_numbers_are_read_in_groups_of_four() -> None:
    assert spoken.digits_in_fours("30012345") == Spoken(
        "삼 공 공 일, 이 삼 사 오", "3 0 0 1, 2 3 4 5"
    )


@pytest.mark.parametrize("written", ["", "12a4", "１２", "1 2"])
def test_only_digits_are_said_one_by_one(written: str) -> None:
    with pytest.raises(ValueError, match="only digits"):
        spoken.digits(written)


@pytest.mark.parametrize(
    ("key", "ko", "en"),
    [
        ("0", "영 번", "0"),
        ("1", "일 번", "1"),
        ("9", "구 번", "9"),
        ("*", "별표", "star"),
        ("#", "우물정자", "pound"),
    ],
)
def test_keys_have_names_in_which_zero_is_not_the_digit(key: str, ko: str, en: str) -> None:
    assert spoken.key_name(key) == Spoken(ko, en)


@pytest.mark.parametrize("key", ["", "A", "12", "²"])
def test_a_key_that_no_telephone_has_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="no such key"):
        spoken.key_name(key)


def test_the_allowed_keys_are_named_in_a_row() -> None:
    assert spoken.key_names(["1", "2"]) == Spoken("일 번, 이 번", "1, 2")


@pytest.mark.parametrize(("number", "said"), PHONES)
def test_a_telephone_number_is_said_in_its_groups(number: str, said: str) -> None:
    assert spoken.phone(number).ko == said


def test_a_telephone_number_in_english_has_single_digits() -> None:
    assert spoken.phone("0311234567").en == "0 3 1, 1 2 3, 4 5 6 7"


@pytest.mark.parametrize(
    ("day", "ko", "en"),
    [
        (dt.date(2026, 6, 10), "유월 십일 수요일", "Wednesday, June 10"),
        (dt.date(2026, 10, 11), "시월 십일일 일요일", "Sunday, October 11"),
        (dt.date(2026, 8, 25), "팔월 이십오일 화요일", "Tuesday, August 25"),
    ],
)
def test_a_date_is_said_with_its_weekday(day: dt.date, ko: str, en: str) -> None:
    assert spoken.date(day) == Spoken(ko, en)


def test_a_moment_is_not_taken_for_a_date() -> None:
    with pytest.raises(TypeError, match="time zone"):
        spoken.date(dt.datetime(2026, 8, 25, tzinfo=dt.UTC))


@pytest.mark.parametrize(
    ("at", "ko", "en"),
    [
        (dt.time(15, 30), "오후 세 시 삼십 분", "3:30 PM"),
        (dt.time(14, 0), "오후 두 시", "2:00 PM"),
        (dt.time(0, 5), "오전 열두 시 오 분", "12:05 AM"),
        (dt.time(12, 0), "오후 열두 시", "12:00 PM"),
        (dt.time(23, 59), "오후 열한 시 오십구 분", "11:59 PM"),
    ],
)
def test_hours_are_native_and_a_full_hour_has_no_minutes(at: dt.time, ko: str, en: str) -> None:
    assert spoken.clock_time(at) == Spoken(ko, en)


@pytest.mark.parametrize("at", ["2026-08-25T14:20+09:00", "2026-08-25T05:20+00:00"])
def test_a_moment_is_said_in_korean_time(at: str) -> None:
    assert spoken.moment(dt.datetime.fromisoformat(at)) == Spoken(
        "팔월 이십오일 화요일 오후 두 시 이십 분", "Tuesday, August 25, 2:20 PM"
    )


def test_a_moment_late_in_the_day_in_utc_is_the_next_day_in_korea() -> None:
    at = dt.datetime(2026, 6, 9, 15, 0, tzinfo=dt.UTC)

    assert spoken.moment(at).ko == "유월 십일 수요일 오전 열두 시"


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        spoken.moment(dt.datetime.fromisoformat("2026-08-25T14:20"))


def test_the_parts_of_a_date_are_said_alone() -> None:
    assert spoken.year(2029) == Spoken("이천이십구", "2029")
    assert spoken.month(8) == Spoken("팔월", "August")
    assert (spoken.month(6).ko, spoken.month(10).ko) == ("유월", "시월")
    assert spoken.day_of_month(25) == Spoken("이십오일", "the 25th")
    assert [spoken.day_of_month(n).en for n in (1, 2, 11, 13, 23, 31)] == [
        "the 1st", "the 2nd", "the 11th", "the 13th", "the 23rd", "the 31st",
    ]  # fmt: skip


def test_months_of_an_instalment_are_sino_korean() -> None:
    assert spoken.months(3) == Spoken("삼 개월", "3 months")
    assert spoken.months(12).ko == "십이 개월"
    assert spoken.months(1).en == "1 month"


def test_counting_words_are_native_from_one_to_twenty() -> None:
    assert [spoken.counting(n).ko for n in range(1, 21)] == [
        "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열",
        "열한", "열두", "열세", "열네", "열다섯", "열여섯", "열일곱", "열여덟", "열아홉", "스무",
    ]  # fmt: skip
    assert spoken.counting(16).en == "16"


@pytest.mark.parametrize("number", [0, 21])
def test_counting_outside_one_to_twenty_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="1 to 20"):
        spoken.counting(number)


@given(PHRASES)
def test_any_phrase_becomes_speakable(written: str) -> None:
    said = spoken.spoken_text(written)

    for text in (said.ko, said.en):
        assert len(text) <= 40
        assert not re.search("[0-9]{5}", text)
        assert re.fullmatch("[가-힣A-Za-zÀ-ɏ0-9 .,?!~:/'&%-]*", text)
        assert text == " ".join(text.split())
    assert "&" not in said.ko


@pytest.mark.parametrize(("written", "said"), NAMES)
def test_a_merchants_phrase_is_made_fit_for_speech(written: str, said: str) -> None:
    assert spoken.spoken_text(written).ko == said


def test_a_long_phrase_ends_with_a_whole_word() -> None:
    assert spoken.spoken_text("한빛 엘피지 충전소", longest=7).ko == "한빛 엘피지"
    assert spoken.spoken_text("한빛엘피지충전소", longest=5).ko == "한빛엘피지"
    assert len(spoken.spoken_text("가" * 100, longest=80).ko) == 80


def _understood(said: str) -> int:
    """An independent reading of a Korean number, sound by sound."""
    total = section = digit = 0
    for sound in said.replace(" ", ""):
        if sound in "억만":
            total += (section + digit or 1) * {"억": 100_000_000, "만": 10_000}[sound]
            section = digit = 0
        elif sound in "천백십":
            section += (digit or 1) * {"천": 1000, "백": 100, "십": 10}[sound]
            digit = 0
        else:
            digit = "영일이삼사오육칠팔구".index(sound)
    return total + section + digit

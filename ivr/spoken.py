"""How numbers, keys, dates and merchants' own phrases are said, in Korean and in English at once.

The rules of the number reader: amounts by groups of 만 and 억, card digits one by one with 공 for 0, key
names with 영 for 0, dates always with the weekday, hours with native numbers. English keeps digits where a
voice reads them well, but never five in a row.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from string import ascii_uppercase

from babel.dates import format_date, format_time

from billing_core.acquirers.issuers import english_name
from billing_core.spoken_names import speakable
from foundation.clock import KST
from foundation.money import WON_MAX
from foundation.phone_number import PhoneNumber
from ivr.words import Language, Spoken, listed

# A longer name of a merchant or an item would delay the question that follows it.
NAME_MAX = 40
# Every turn of a call says the same names anew; working them out was half of its replay.
PHRASES_REMEMBERED = 1024

_SINO = ("영", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구")
_KEYED = ("공", *_SINO[1:])
_KEYS = {str(number): Spoken(f"{name} 번", str(number)) for number, name in enumerate(_SINO)}
_KEYS |= {"*": Spoken("별표", "star"), "#": Spoken("우물정자", "pound")}
_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_WEEKDAYS = "월화수목금토일"
_LETTERS = (
    "에이 비 씨 디 이 에프 지 에이치 아이 제이 케이 엘 엠 "
    "엔 오 피 큐 알 에스 티 유 브이 더블유 엑스 와이 제트"
)
_ALOUD = dict(zip(ascii_uppercase, _LETTERS.split(), strict=True)) | {"&": "앤", "%": "퍼센트"}

# From five capitals on a voice reads a word ("COFFEE"), so only shorter runs are spelled.
_INITIALS = re.compile(r"(?<![A-Za-z])[A-Z](?:&?[A-Z]){1,3}(?![A-Za-z])|[&%]")
_NUMBER = re.compile(
    r"(?<![0-9-])(?P<phone>0[0-9]{1,3}-[0-9]{3,4}-[0-9]{4}|1[0-9]{3}-[0-9]{4})(?![0-9-])"
    r"|(?<![0-9,])(?P<grouped>[0-9]{1,3}(?:,[0-9]{3}){1,3})(?![0-9,])"
    r"|(?P<counted>[0-9]{1,12})(?P<unit>개월|[년월일원])"
    r"|(?P<run>[0-9]+)"
)


def amount(won: int) -> Spoken:
    """An amount without the word 원, which the sentences have: 39500 → "삼만 구천오백"."""
    return Spoken(ko=" ".join(amount_groups(won)), en=f"{won:,}")


def amount_groups(won: int) -> tuple[str, ...]:
    """The Korean groups of 억, 만 and ones, between which a voice may pause."""
    if not 0 <= won <= WON_MAX:
        raise ValueError(f"an amount is said from 0 to {WON_MAX} won")
    groups: list[str] = []
    for scale, mark in ((100_000_000, "억"), (10_000, "만"), (1, "")):
        if group := won // scale % 10_000:
            # 만 alone is "만" at the start of an amount and "일만" after 억; 억 is always "일억".
            bare = mark == "만" and group == 1 and not groups
            groups.append(mark if bare else _below_ten_thousand(group) + mark)
    return tuple(groups) or (_SINO[0],)


def digits(written: str) -> Spoken:
    """Digits one by one, with 공 for 0: "1004" → "일 공 공 사"."""
    if not re.fullmatch("[0-9]+", written):
        raise ValueError("only digits are said one by one")
    return Spoken(" ".join(_KEYED[int(digit)] for digit in written), " ".join(written))


def digits_in_fours(written: str) -> Spoken:
    """A long number digit by digit in groups of four, as approval numbers are read."""
    return listed(digits(written[at : at + 4]) for at in range(0, len(written), 4))


def phone(number: str) -> Spoken:
    """A telephone number, its hyphens read as 에: "0311234567" → "공삼일에 일이삼에 사오육칠"."""
    national = PhoneNumber.parse(number).national
    # Personal numbers are written 0505-123-4567 in Korea, but formatted 050-5123-4567.
    return _by_hyphens(re.sub(r"^050-([0-9])", r"050\1-", national))


def key_name(key: str) -> Spoken:
    """The name of a key, with 영 for 0 so that it is not the digit 공: "1" → "일 번"."""
    try:
        return _KEYS[key]
    except KeyError:
        raise ValueError("a telephone has no such key") from None


def key_names(keys: Iterable[str]) -> Spoken:
    """The keys a caller may press: "12" → "일 번, 이 번"."""
    return listed(key_name(key) for key in keys)


def date(day: dt.date) -> Spoken:
    """Month, day and weekday, because 십일 alone may be the 10th or the 11th: "유월 십일 수요일"."""
    if isinstance(day, dt.datetime):
        raise TypeError("a moment is said with `moment`, which knows the time zone")
    weekday = f"{_WEEKDAYS[day.weekday()]}요일"
    return Spoken(
        ko=f"{month(day.month).ko} {day_of_month(day.day).ko} {weekday}",
        en=format_date(day, "EEEE, MMMM d", locale="en"),
    )


def moment(at: dt.datetime) -> Spoken:
    """A date and time in Korea: "팔월 이십오일 화요일 오후 두 시 이십 분"."""
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be said")
    here = at.astimezone(KST)
    day, hour = date(here.date()), clock_time(here.time())
    return Spoken(f"{day.ko} {hour.ko}", f"{day.en}, {hour.en}")


def clock_time(at: dt.time) -> Spoken:
    """A time of day with native hours; minutes only where there are any: "오후 세 시 삼십 분"."""
    half = "오전" if at.hour < 12 else "오후"
    minutes = f" {_sino(at.minute)} 분" if at.minute else ""
    return Spoken(
        ko=f"{half} {counting(at.hour % 12 or 12).ko} 시{minutes}",
        en=format_time(at, "h:mm a", locale="en"),
    )


def year(number: int) -> Spoken:
    """A year without 년: 2029 → "이천이십구"."""
    return Spoken(_sino(number), str(number))


def month(number: int) -> Spoken:
    """The name of a month; June and October lose a sound: "유월", "시월"."""
    names = {6: "유", 10: "시"}
    english = format_date(dt.date(2000, number, 1), "MMMM", locale="en")
    return Spoken(f"{names.get(number) or _sino(number)}월", english)


def day_of_month(number: int) -> Spoken:
    """A day of any month: 25 → "이십오일"."""
    if not 1 <= number <= 31:
        raise ValueError("a month has days 1 to 31")
    ending = "th" if 10 < number < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return Spoken(f"{_sino(number)}일", f"the {number}{ending}")


def months(number: int) -> Spoken:
    """A length of time, as of an instalment: 3 → "삼 개월"."""
    return Spoken(f"{_sino(number)} 개월", f"{number} month{'s' if number != 1 else ''}")


def card_company(name: str) -> Spoken:
    """An issuer before the word "card": "신한" → "Shinhan" in English."""
    return Spoken(name, english_name(name))


def counting(number: int) -> Spoken:
    """The native number before a counting word, as in 열여섯 자리 or 두 시: 1 to 20."""
    if not 1 <= number <= 20:
        raise ValueError("native numbers are used here from 1 to 20")
    korean = "스무" if number == 20 else "열" * (number // 10) + _ONES[number % 10]
    return Spoken(korean, str(number))


@lru_cache(PHRASES_REMEMBERED)
def spoken_text(written: str, longest: int = NAME_MAX) -> Spoken:
    """A phrase of a merchant made fit for a voice: "(주)한빛LPG" → "한빛엘피지".

    Whatever is not Hangul, Latin, a digit or plain punctuation is dropped; numbers that look like ids are
    read digit by digit. The result is empty if nothing speakable is left.
    """
    plain = speakable(written)
    korean = _INITIALS.sub(_spelled, _with_numbers_said(plain, "ko"))
    return Spoken(_cut(korean, longest), _cut(_with_numbers_said(plain, "en"), longest))


def _below_ten_thousand(number: int) -> str:
    """A group of up to four digits; 천, 백 and 십 are said without 일."""
    said = ""
    for scale, mark in ((1000, "천"), (100, "백"), (10, "십")):
        if digit := number // scale % 10:
            said += (_SINO[digit] if digit > 1 else "") + mark
    return said + (_SINO[number % 10] if number % 10 else "")


def _sino(number: int) -> str:
    return "".join(amount_groups(number))


def _by_hyphens(written: str) -> Spoken:
    groups = [digits(group) for group in re.findall("[0-9]+", written)]
    korean = "에 ".join(group.ko.replace(" ", "") for group in groups)
    return Spoken(korean, ", ".join(group.en for group in groups))


def _spelled(found: re.Match[str]) -> str:
    return "".join(_ALOUD[sign] for sign in found[0])


def _with_numbers_said(text: str, language: Language) -> str:
    def said(found: re.Match[str]) -> str:
        number = _number(found).in_language(language)
        if number == found[0]:
            return number
        # Words made of digits must not grow together with the words around them: "3512번", "39,500원".
        before = " " if text[found.start() - 1 : found.start()].isalnum() else ""
        return f"{before}{number}{' ' if text.startswith(('원', '번'), found.end()) else ''}"

    return _NUMBER.sub(said, text)


def _number(found: re.Match[str]) -> Spoken:
    """One number of a phrase, by what it looks like."""
    if found["phone"]:
        return _by_hyphens(found["phone"])
    if found["grouped"]:
        return amount(int(found["grouped"].replace(",", "")))
    if found["unit"]:
        return _measure(int(found["counted"]), found["unit"])
    return _id_or_count(found["run"], found.string[found.end() : found.end() + 1])


def _measure(number: int, unit: str) -> Spoken:
    english = f"{number}{unit}" if number < 10_000 else f"{number:,}{unit}"
    if unit == "월" and 1 <= number <= 12:
        return Spoken(month(number).ko, english)
    space = " " if unit in ("원", "개월") else ""
    return Spoken(f"{_sino(number)}{space}{unit}", english)


def _id_or_count(run: str, following: str) -> Spoken:
    """Digit by digit if it looks like an id. "1004마트" and "20kg" are left to the voice."""
    counts = following == "%" or (following.isalpha() and following != "번")
    is_id = not counts and (len(run) >= 3 or run.startswith("0"))
    return digits(run) if is_id or len(run) >= 5 else Spoken(run, run)


def _cut(text: str, longest: int) -> str:
    """Cut at the last word that fits whole, or inside the only word."""
    if len(text) <= longest:
        return text
    whole_words, space, _ = text[: longest + 1].rpartition(" ")
    return (whole_words if space else text[:longest]).rstrip()

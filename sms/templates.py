"""The words of the text messages: Korean here, English in the catalogue under the same id.

An optional value that is absent takes its whole line with it. Two values share a line with more
important ones and take only themselves and one space: the period of an item, the card's company.
Every value is written the Korean way: 39,500 · 2026.08.25(화) 14:20 · 031-123-4567.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from string import Formatter

from babel.messages.pofile import read_po

from foundation.clock import KST
from foundation.money import Money
from foundation.phone_number import PhoneNumber
from sms.characters import carried

KOREAN = "ko"
ENGLISH = "en"
LANGUAGES = (KOREAN, ENGLISH)

_CATALOGUE = Path(__file__).parent / "locale" / "en.po"
_LEAVE_ALONE = frozenset({"period", "card_company"})
_WEEKDAYS = {KOREAN: "월화수목금토일", ENGLISH: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
# More digits of a card than these four never stand in a text.
_LAST4 = re.compile(r"\d{4}", re.ASCII)


@dataclass(frozen=True)
class CardMonth:
    """The month in which a card ends."""

    year: int
    month: int


Figures = int | Money | PhoneNumber | datetime | date | CardMonth
Value = str | Figures | None


@dataclass(frozen=True)
class Template:
    """Words with places for values, some of which may be absent."""

    korean: str
    optional: frozenset[str]


def _template(korean: str, *optional: str) -> Template:
    return Template(korean, frozenset(optional))


TEMPLATES: Mapping[str, Template] = {
    "T01": _template(
        "[{merchant}] 자동결제 카드 등록 요청\n{trust_phrase} 고객님\n"
        "아래 번호로 전화해 등록해 주세요.\n{ars_number}\n기한 {expire_at}\n문의 {merchant_phone}\n"
        "* 카드 뒷면 번호와 비밀번호 전체는 묻지 않습니다.",
        "trust_phrase",
        "merchant_phone",
    ),
    "T02": _template(
        "[{merchant}] 결제 동의 요청\n{trust_phrase} 고객님\n{item} {period}\n{amount}원\n"
        "동의하시려면 전화: {ars_number}\n기한 {expire_at}\n문의 {merchant_phone}\n"
        "* 전화로 동의하셔야 결제됩니다.",
        "trust_phrase",
        "period",
        "merchant_phone",
    ),
    "T03": _template(
        "[{merchant}] 자동결제 카드 등록 완료\n{card_company} ****{last4}\n{done_at}\n"
        "변경·해지 {ars_number}",
        "card_company",
        "ars_number",
    ),
    "T04": _template(
        "[{merchant}] 카드가 등록되지 않았습니다.\n사유: {reason}\n"
        "다시 하시려면 {ars_number} (기한 {expire_at})\n결제된 금액은 없습니다.",
        "ars_number",
        "expire_at",
    ),
    "T05": _template(
        "[{merchant}] 결제 완료\n{item} {period}\n{amount}원 ({plan})\n{card_company} ****{last4}\n"
        "승인 {approval_no}\n{done_at}\n문의 {merchant_phone}",
        "period",
        "card_company",
        "merchant_phone",
    ),
    "T06": _template(
        "[{merchant}] 결제되지 않았습니다.\n{amount}원\n사유: {reason}\n"
        "다른 카드·다시 결제 {ars_number}\n문의 {merchant_phone}",
        "ars_number",
        "merchant_phone",
    ),
    "T07": _template(
        "[{merchant}] 결제 확인 결과 결제되지 않았습니다.\n{amount}원\n"
        "다시 결제하시려면 {ars_number}",
        "ars_number",
    ),
    "T08": _template(
        "[{merchant}] 결제 예정 안내\n{bill_date} {item} {amount}원\n{card_company} ****{last4}\n"
        "변경·해지 {ars_number} (24시간)",
        "card_company",
        "ars_number",
    ),
    "T09": _template(
        "[{merchant}] 아직 결제 동의 전입니다.\n{amount}원, 기한 {expire_at}\n전화 {ars_number}"
    ),
    "T10": _template(
        "[{merchant}] 등록하신 카드 ****{last4}의 유효기간이 {exp_month}에 끝납니다.\n"
        "새 카드 등록 {ars_number}",
        "ars_number",
    ),
    "T11": _template(
        "[{merchant}] 자동결제가 해지되었습니다.\n{done_at}\n앞으로 결제되지 않습니다.\n"
        "문의 {merchant_phone}",
        "merchant_phone",
    ),
    "T12": _template(
        "[{merchant}] 요청하신 카드 등록 화면입니다.\n{link}\n{minutes}분 안에 열어 주세요.\n"
        "문의 {merchant_phone}",
        "merchant_phone",
    ),
}


def render(template_id: str, language: str, **values: Value) -> str:
    """Return the text. Raises ValueError when the values are not exactly the template's."""
    template, words = TEMPLATES[template_id], words_of(template_id, language)
    written = {name: _written(name, value, language) for name, value in values.items()}
    present = {name: value for name, value in written.items() if value}
    _check_names(template_id, set(values), set(present))
    return _without(words, template.optional - set(present)).format_map(present)


def words_of(template_id: str, language: str) -> str:
    """Return the words of a template in a language, with the names of the values in braces."""
    korean = TEMPLATES[template_id].korean
    if language == KOREAN:
        return korean
    if language == ENGLISH:
        return _english()[template_id, korean]
    raise ValueError("texts are written in " + " and ".join(LANGUAGES))


def names_of(words: str) -> frozenset[str]:
    """Return the names of the values in these words."""
    return frozenset(name for _, name, _, _ in Formatter().parse(words) if name)


def written_plan(months: int, *, is_interest_free: bool = False, language: str = KOREAN) -> str:
    """Return an instalment plan as texts write it; 0 months is a single payment."""
    if months == 1:
        raise ValueError("one instalment is a single payment: 0 months")
    if language == ENGLISH:
        free = ", interest-free" if is_interest_free else ""
        return f"{months} months{free}" if months else "single payment"
    free = "무이자 " if is_interest_free else ""
    return f"{free}{months}개월" if months else "일시불"


@cache
def _english() -> dict[tuple[str, str], str]:
    with _CATALOGUE.open("rb") as file:
        catalogue = read_po(file)
    return {
        (entry.context or "", str(entry.id)): str(entry.string) for entry in catalogue if entry.id
    }


def _check_names(template_id: str, given: set[str], present: set[str]) -> None:
    template = TEMPLATES[template_id]
    names = names_of(template.korean)
    missing, extra = names - template.optional - present, given - names
    if missing or extra:
        raise ValueError(f"{template_id} misses {sorted(missing)} and has no {sorted(extra)}")


def _without(words: str, absent: frozenset[str]) -> str:
    for name in absent & _LEAVE_ALONE:
        words = re.sub(rf" \{{{name}\}}|\{{{name}\}} ", "", words)
    return "\n".join(line for line in words.split("\n") if not names_of(line) & absent)


def _written(name: str, value: Value, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _typed(name, value)
    return _in_figures(value, language)


def _in_figures(value: Figures, language: str) -> str:
    match value:
        case Money():
            return f"{value.won:,}"
        case PhoneNumber():
            return value.national
        case datetime():
            local = value.astimezone(KST)
            return f"{_written_day(local, language)} {local:%H:%M}"
        case date():
            return _written_day(value, language)
        case CardMonth(year, month):
            return f"{month:02}/{year}" if language == ENGLISH else f"{year}년 {month}월"
        case int():
            return str(value)


def _written_day(day: date, language: str) -> str:
    return f"{day:%Y.%m.%d}({_WEEKDAYS[language][day.weekday()]})"


def _typed(name: str, value: str) -> str:
    if name == "last4" and not _LAST4.fullmatch(value):
        raise ValueError("last4 is four digits")
    # One line each: a name with a newline in it could forge a line of the text.
    return " ".join(carried(value).split())

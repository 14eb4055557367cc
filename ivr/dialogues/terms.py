"""What the terms say, in forty seconds at most: who charges, what, when, and how to stop it."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from ivr.facts import Facts
from ivr.spoken import amount, day_of_month
from ivr.spoken import date as spoken_date
from ivr.words import Spoken, Words
from ivr.words import words as _


def terms(facts: Facts) -> Words:
    """The summary of the terms."""
    return _(
        "R04",
        "{merchant}에서 고객님의 카드로 결제합니다. 결제하는 것은 {item}입니다. {when} 결제하고, 결제 결과를 문자로 알려 드립니다. "
        "카드 정보는 카드사 확인과 결제에만 쓰고, 확인이 끝나면 저장하지 않습니다. "
        "해지는 {merchant}에 언제든지 요청하실 수 있습니다.",
        merchant=facts.merchant_spoken,
        item=facts.item_spoken,
        when=_when(facts),
    )


def amount_rule(won: int | None) -> Spoken:
    """ "삼만 구천 원", or the amount that was used."""
    if won is None:
        return Spoken("사용하신 만큼의 금액", "the amount you have used")
    said = amount(won)
    return Spoken(f"{said.ko} 원", f"{said.en} won")


def first_payment(facts: Facts) -> tuple[Words, ...]:
    """When the first payment is due, where that is already known."""
    if facts.consent != "once" or facts.billing_day is None:
        return ()
    return (
        _(
            "R71",
            "첫 결제 예정일은 {first_bill_date}입니다. 변경이나 해지는 {merchant}에 말씀해 주세요.",
            first_bill_date=spoken_date(_next(facts.day, facts.billing_day)),
            merchant=facts.merchant_spoken,
        ),
    )


def _when(facts: Facts) -> Spoken:
    if facts.consent == "each_charge":
        return Spoken(
            "결제할 때마다 전화로 동의를 받은 뒤에", "only after you agree by phone each time,"
        )
    if facts.billing_day is None:
        return Spoken("정해진 날에", "on the due date,")
    day = day_of_month(facts.billing_day)
    return Spoken(f"매월 {day.ko}에", f"on {day.en} of each month,")


def _next(today: date, billing_day: int) -> date:
    """The next billing day after today; the 31st of a short month is its last day."""
    this_month = _day_of(today.year, today.month, billing_day)
    if this_month > today:
        return this_month
    return _day_of(today.year + today.month // 12, today.month % 12 + 1, billing_day)


def _day_of(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))

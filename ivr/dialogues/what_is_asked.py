"""The start of a charge call: who asks, for what, and how much."""

from __future__ import annotations

from foundation.money import Money
from ivr.call import Call
from ivr.spoken import amount, spoken_text
from ivr.turns import Line
from ivr.words import Words
from ivr.words import words as _

# From this amount on the amount is said twice, in slow mode always.
SAID_TWICE_FROM = Money(100_000)
TRUST_PHRASE_MAX = 60
# As written it has 80 characters at most; numbers in it grow when they are said.
NOTE_MAX = 240


def what_is_asked(call: Call) -> tuple[Line, ...]:
    """Who, what and how much. Keys pressed before the amount was spoken are lost on purpose."""
    facts = call.facts
    lines = [
        _(
            "C00",
            "안녕하세요. {merchant}입니다. 문자를 받으신 휴대전화로 확인되었습니다.",
            merchant=facts.merchant_spoken,
        )
    ]
    if facts.trust_phrase:
        lines.append(
            _(
                "C01",
                "{trust_phrase} 고객님의 결제 안내입니다. 다르면 0번을 눌러 주세요.",
                trust_phrase=spoken_text(facts.trust_phrase, longest=TRUST_PHRASE_MAX),
            )
        )
    lines.append(the_amount(call))
    if call.manner.slow or facts.money >= SAID_TWICE_FROM:
        again = _("C03", "다시 말씀드리면, {amount} 원입니다.", amount=amount(facts.money.won))
        lines.append(again)
    unbroken = tuple(Line(line, barge_in=False) for line in lines)
    if facts.note is None:
        return unbroken
    note = _("C05", "{agent_note}", agent_note=spoken_text(facts.note, longest=NOTE_MAX))
    return (*unbroken, Line(note))


def the_amount(call: Call) -> Words:
    """The item and the amount."""
    return _(
        "C02",
        "{item}, 결제하실 금액은 {amount} 원입니다.",
        item=call.facts.item_spoken,
        amount=amount(call.facts.money.won),
    )

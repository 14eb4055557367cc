"""The registration call: who asks for what, two consents, the card, and how it went."""

from __future__ import annotations

from functools import partial

from billing_core.card_results import (
    CardResult,
    Declined,
    Gone,
    Registered,
    Stopped,
    Unknown,
)
from ivr.answers import CONSENT_WAIT_S, READY_WAIT_S
from ivr.call import Call
from ivr.dialogues.enter_card import PROMISES, TAKE_YOUR_TIME, enter_card
from ivr.dialogues.greeting import greeting, hear_in_another_way, offer_ways, say_keys
from ivr.dialogues.refused_cards import (
    ENOUGH_FOR_THIS_CARD,
    KEY_IT_AGAIN,
    REFUSED_CARDS_MAX,
    another_card,
    stop_for_today,
    stop_this_call,
)
from ivr.dialogues.terms import amount_rule, first_payment, terms
from ivr.dialogues.turned_away import STILL_BEING_CHECKED, already_over, canceled
from ivr.ladder import NOTHING_CHARGED, RESULT_TEXTED
from ivr.spoken import card_company, day_of_month, digits
from ivr.steps import in_order
from ivr.turns import Line
from ivr.words import Spoken, Words
from ivr.words import words as _
from ivr.work import RecordConsent, RefuseRequest, RegisterCard


async def register_card(call: Call) -> None:
    """Register one card of the caller."""
    consents = (
        partial(agree_to_automatic_payment, call),
        partial(agree_to_use_of_card_data, call),
    )
    await in_order(*() if await continues(call) else consents, partial(get_card_ready, call))
    explain_card_entry(call)

    refused_cards = 0
    while True:
        card, _shown = await enter_card(call)
        call.wait_silently(2)
        outcome = await call.hold(
            _("R60", "카드사에 확인하고 있습니다. 전화를 끊지 말고 기다려 주세요."),
            RegisterCard(card),
        )
        refused_cards += isinstance(outcome, Declined) and outcome.reason != "entry_lost"
        await say_result(call, outcome, refused_cards)


async def continues(call: Call) -> bool:
    """A call that was cut off goes on after the consents; card digits were never kept."""
    if not call.facts.was_cut_off:
        return False
    return await call.confirm(
        _(
            "E10",
            "조금 전 통화가 끊겼습니다. 이어서 하시려면 1번, 처음부터 하시려면 2번을 눌러 주세요.",
        )
    )


async def agree_to_automatic_payment(call: Call) -> None:
    """The first consent, asked only after it was said what is agreed to."""
    opening = greeting(call)
    while True:
        about = what_is_agreed(call)
        question = _(
            "R03",
            "자동결제에 동의하시면 1번, 동의하지 않으시면 2번, 약관을 들으시려면 3번을 눌러 주세요.",
        )
        key = await call.choose(
            question,
            "12389",
            first=(*opening, Line(about, barge_in=False), Line(offer_ways())),
            wait_s=CONSENT_WAIT_S,
        )
        opening = ()
        match key:
            case "1":
                return call.do(RecordConsent("automatic_payment", (about, question), key))
            case "2":
                await refuse(call)
            case "3":
                call.say(terms(call.facts))
            case "8" | "9":
                opening = greeting(call)
                hear_in_another_way(call, key)


async def agree_to_use_of_card_data(call: Call) -> None:
    """The second consent has its own key and its own record."""
    question = _(
        "R03b",
        "카드번호, 유효기간, 생년월일, 비밀번호 앞 두 자리를 카드사 확인과 결제에 쓰는 데 "
        "동의하시면 1번, 동의하지 않으시면 2번을 눌러 주세요.",
    )
    while await call.choose(question, "12", wait_s=CONSENT_WAIT_S, back=True) == "2":
        await refuse(call)
    call.do(RecordConsent("card_data", (question,), "1"))


async def get_card_ready(call: Call) -> None:
    """Wait a minute for the card to be found; eyes and hands need it."""
    say_keys(call)
    await call.wait_for_key(
        _(
            "R10",
            "등록하실 카드를 준비해 주세요. 준비되셨으면 1번을 눌러 주세요. 그대로 기다리셔도 됩니다.",
        ),
        reminder=TAKE_YOUR_TIME,
        wait_s=READY_WAIT_S,
    )


def explain_card_entry(call: Call) -> None:
    """What will be asked, what never will be, and what becomes of the keys."""
    call.say(
        _("R10b", "그럼 카드 정보를 차례로 여쭙겠습니다."),
        *PROMISES,
    )


async def refuse(call: Call) -> None:
    """No is a first-class answer, once it is certain."""
    sure = await call.choose(
        _(
            "R05",
            "동의하지 않으셨습니다. 카드를 등록하지 않고 마치려면 1번, 다시 들으시려면 2번을 눌러 주세요.",
        ),
        "12",
    )
    if sure == "1":
        call.do(RefuseRequest())
        call.end(
            _(
                "R06",
                "네, 등록하지 않았습니다. 카드 정보도 받지 않았습니다. 결제된 금액도 없습니다. "
                "이용해 주셔서 감사합니다.",
            )
        )


async def say_result(call: Call, outcome: CardResult, refused_cards: int) -> None:
    """Every ending says whether money moved. Returns where another card may be tried."""
    match outcome:
        case Registered(issuer, last4):
            call.say(registered(issuer, last4), barge_in=False)
            call.say(*first_payment(call.facts))
            call.end(RESULT_TEXTED)
        case Unknown():
            call.end(STILL_BEING_CHECKED)
        case Gone("canceled"):
            call.end(canceled(call))
        case Gone("expired" | "failed" | "refused"):
            # They have just keyed a whole card, and would wonder what became of it.
            call.say(NOT_REGISTERED, barge_in=False)
            await already_over(call)
        case Gone():
            await already_over(call)
        case Stopped() | Declined():
            await say_refusal(call, outcome, refused_cards)


async def say_refusal(call: Call, outcome: Declined | Stopped, refused_cards: int) -> None:
    """What a no means for this card and for others. Returns where another card may be tried."""
    match outcome:
        case Stopped("card"):
            await another_card(call, ENOUGH_FOR_THIS_CARD)
        case Declined("entry_lost"):
            await another_card(call, KEY_IT_AGAIN)
        case Declined("issuer_unavailable"):
            call.end(
                _(
                    "RX06",
                    "지금 카드사 점검 시간이라 확인이 되지 않습니다. 점검이 끝나면 문자로 다시 알려 드리겠습니다. "
                    "아무것도 결제되지 않았습니다.",
                )
            )
        case Stopped() | Declined(may_try_again=False):
            call.say(NOT_REGISTERED, barge_in=False)
            stop_for_today(call)
        case Declined() if refused_cards >= REFUSED_CARDS_MAX:
            call.say(NOT_REGISTERED, barge_in=False)
            stop_this_call(call)
        case Declined("auth_count_exceeded"):
            await another_card(call, BLOCKED_BY_TRIES)
        case Declined("card_not_supported" | "merchant_config" | "merchant_limit"):
            await another_card(call, NOT_ACCEPTED)
        case _:
            await try_again(call)


async def try_again(call: Call) -> None:
    """One sentence for every wrong detail, so that the line tells a thief nothing."""
    key = await call.choose(
        _(
            "RX01",
            "카드 정보가 맞지 않아 등록되지 않았습니다. 아무것도 결제되지 않았습니다. "
            "다시 하시려면 1번, 다른 카드로 하시려면 2번, 마치시려면 3번을 눌러 주세요.",
        ),
        "123",
    )
    if key == "3":
        call.end(NOTHING_CHARGED)


def what_is_agreed(call: Call) -> Words:
    """What a yes means: a charge on every billing day, or a call before each charge."""
    facts = call.facts
    if facts.consent == "each_charge":
        return _(
            "R02b",
            "등록하셔도 바로 결제되지 않습니다. 결제할 때마다 문자를 보내 드리고, "
            "전화로 동의하셔야 결제됩니다.",
        )
    day = facts.billing_day
    every = day_of_month(day) if day else None
    return _(
        "R02a",
        "등록하시면 {item} {amount_rule}을 {bill_day}에 이 카드로 결제합니다. "
        "결제할 때마다 결과를 문자로 알려 드립니다.",
        item=facts.item_spoken,
        amount_rule=amount_rule(facts.amount),
        bill_day=Spoken(f"매월 {every.ko}", f"{every.en} of each month")
        if every
        else Spoken("정해진 날", "the due date"),
    )


def registered(issuer: str, last4: str) -> Words:
    """The good news, with the card's issuer and last four digits."""
    return _(
        "R70",
        "등록이 끝났습니다. {card_company} 카드, 끝 네 자리 {last4}입니다. "
        "이번 등록으로 결제된 금액은 없습니다.",
        card_company=card_company(issuer),
        last4=digits(last4),
    )


NOT_REGISTERED = _("RX00", "카드가 등록되지 않았습니다. 아무것도 결제되지 않았습니다.")
BLOCKED_BY_TRIES = _(
    "RX04",
    "비밀번호 오류 횟수를 넘어 이 카드를 쓰실 수 없습니다. 카드 뒷면의 카드사 번호로 문의해 주세요. "
    "다른 카드로 하시려면 1번, 마치시려면 2번을 눌러 주세요.",
)
NOT_ACCEPTED = _(
    "RX05",
    "카드사에서 이 카드를 쓸 수 없다고 알려 왔습니다. 자세한 이유는 카드 뒷면의 카드사 번호로 문의해 주세요. "
    "다른 카드로 하시려면 1번, 마치시려면 2번을 눌러 주세요.",
)

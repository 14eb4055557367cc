"""The charge call: who asks for how much, with which card, one consent, and how it went."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NoReturn

from billing_core.charge_results import (
    Approved,
    ChargeResult,
    Declined,
    Gone,
    Stopped,
    Unknown,
)
from ivr.answers import CONSENT_WAIT_S
from ivr.call import Call
from ivr.dialogues.choose_payment import (
    Payment,
    at_once,
    consent_once_more,
    pay_with_another_card,
    pay_with_registered_card,
    spoken_plan,
)
from ivr.dialogues.greeting import hear_in_another_way, offer_ways
from ivr.dialogues.refused_cards import (
    ENOUGH_FOR_THIS_CARD,
    KEY_IT_AGAIN,
    REFUSED_CARDS_MAX,
    another_card,
    stop_for_today,
    stop_this_call,
)
from ivr.dialogues.say_no import say_no
from ivr.dialogues.turned_away import already_over, canceled, offer_new_request
from ivr.dialogues.what_is_asked import what_is_asked
from ivr.ladder import NOTHING_CHARGED, RESULT_TEXTED
from ivr.spoken import amount, card_company, digits, digits_in_fours, moment
from ivr.turns import Line
from ivr.words import Words
from ivr.words import words as _
from ivr.work import PayCharge, RemindLater

NOT_CONFIRMED = ("password_invalid", "identity_invalid", "card_number_invalid", "expiry_invalid")
NOT_APPROVED = _("CX00", "승인되지 않았습니다. 아무것도 결제되지 않았습니다.")
STOPPED_CARDS = ("lost_or_stolen", "card_suspended", "billkey_invalid")

EXPIRED_MEANWHILE = _(
    "C61",
    "그 사이에 요청하신 기간이 지났습니다. 아무것도 결제되지 않았습니다. "
    "새 문자를 받으시려면 1번, 마치시려면 2번을 눌러 주세요.",
)


async def consent_to_charge(call: Call) -> None:
    """Have the caller agree to one amount, or say no to it."""
    payment = await first_choice(call)
    refused_cards = 0
    while True:
        outcome = await call.hold(
            _("C60", "카드사에 승인을 요청하고 있습니다. 전화를 끊지 말고 기다려 주세요."),
            PayCharge(payment.months, payment.is_interest_free, payment.entry, payment.replaces),
        )
        is_refused = isinstance(outcome, Declined) and outcome.reason != "entry_lost"
        refused_cards += is_refused and payment.entry is not None
        payment = await say_result(call, outcome, payment, refused_cards)


async def first_choice(call: Call) -> Payment:
    """Say the amount, then ask: this card, another card, or no."""
    while True:
        question = which_card(call)
        key = await call.choose(
            question,
            "1289" if call.facts.card != "active" else "12389",
            first=(*what_is_asked(call), Line(offer_ways())),
            wait_s=CONSENT_WAIT_S,
        )
        if key in "89":
            hear_in_another_way(call, key)
        elif call.facts.card != "active":
            return await (pay_with_another_card(call) if key == "1" else say_no(call))
        elif key == "1":
            return await pay_with_registered_card(call, question)
        elif key == "2":
            return await pay_with_another_card(call)
        else:
            return await say_no(call)


def which_card(call: Call) -> Words:
    """The first question; where nothing can change after it, its 1 is already the consent."""
    facts = call.facts
    if facts.card == "expired":
        return _(
            "C04x",
            "등록하신 카드는 유효기간이 지났습니다. 다른 카드로 결제하시려면 1번, "
            "결제하지 않으시려면 2번을 눌러 주세요.",
        )
    if facts.card != "active":
        return _(
            "C04n",
            "등록된 카드가 없습니다. 카드로 결제하시려면 1번, 결제하지 않으시려면 2번을 눌러 주세요.",
        )
    if at_once(call):
        return _(
            "C04a",
            "등록하신 끝 네 자리 {last4}번 {card_company} 카드로 {amount} 원을 결제하는 데 동의하시면 1번, "
            "다른 카드는 2번, 결제하지 않으시려면 3번을 눌러 주세요.",
            last4=digits(facts.last4),
            card_company=card_company(facts.issuer),
            amount=amount(facts.money.won),
        )
    return _(
        "C04",
        "등록하신 끝 네 자리 {last4}번 {card_company} 카드로 결제하시려면 1번, 다른 카드는 2번, "
        "결제하지 않으시려면 3번을 눌러 주세요.",
        last4=digits(facts.last4),
        card_company=card_company(facts.issuer),
    )


async def say_result(
    call: Call, outcome: ChargeResult, payment: Payment, refused_cards: int
) -> Payment:
    """Every ending says whether money moved. Returns another payment where one may be tried."""
    match outcome:
        case Approved():
            say_approved(call, outcome, payment)
        case Unknown():
            call.end(
                _(
                    "C69",
                    "카드사 응답이 늦어지고 있습니다. 결제 결과를 확인해서 문자로 알려 드리겠습니다. "
                    "두 번 결제되지 않도록 다시 결제하지 말고 기다려 주세요.",
                )
            )
        case Gone("canceled"):
            call.end(canceled(call))
        case Gone("expired"):
            await offer_new_request(call, await call.confirm(EXPIRED_MEANWHILE))
        case Gone("approved"):
            say_paid_elsewhere(call)
        case Gone():
            await already_over(call)
        case Stopped("customer"):
            call.say(NOT_APPROVED, barge_in=False)
            stop_for_today(call)
        case Stopped():
            await another_card(call, ENOUGH_FOR_THIS_CARD)
            return await pay_with_another_card(call)
        case Declined("entry_lost"):
            await another_card(call, KEY_IT_AGAIN)
            return await pay_with_another_card(call)
        case Declined(reason):
            call.say(
                NOT_APPROVED,
                why_declined(reason, is_entered=payment.entry is not None),
                barge_in=False,
            )
            if refused_cards >= REFUSED_CARDS_MAX:
                stop_this_call(call)
            return await after_decline(call, reason, payment)
    raise AssertionError(f"unheard-of result {outcome!r}")


def say_approved(call: Call, approved: Approved, payment: Payment) -> None:
    """Money moved: how much, on which card, in how many payments."""
    paid = replace(payment, months=approved.months, is_interest_free=approved.is_interest_free)
    call.say(
        _(
            "C70",
            "결제가 끝났습니다. {amount} 원, {card_company} 카드 끝 네 자리 {last4}, {plan} 결제되었습니다.",
            amount=amount(call.facts.money.won),
            card_company=card_company(approved.issuer),
            last4=digits(approved.last4),
            plan=spoken_plan(paid),
        ),
        barge_in=False,
    )
    if call.facts.says_approval_number and re.fullmatch("[0-9]+", approved.approval_number):
        call.say(
            _(
                "C71",
                "승인번호는 {approval_no}입니다. 문자로도 보내 드립니다.",
                approval_no=digits_in_fours(approved.approval_number),
            )
        )
    if approved.replaced:
        call.say(_("C72", "이 카드가 다음 결제부터 자동결제 카드로 쓰입니다."))
    elif payment.replaces:
        # The merchant revoked the bill key during the call.
        call.say(_("C72n", "이 카드는 이번 결제에만 쓰였고, 자동결제 카드로 등록되지 않았습니다."))
    call.end(RESULT_TEXTED)


def say_paid_elsewhere(call: Call) -> NoReturn:
    """Another call of the same customer was quicker; nobody may be led into paying twice."""
    call.end(
        _(
            "C62",
            "이 결제는 다른 통화에서 이미 끝났습니다. {amount} 원이 결제되었고, 다시 결제되지 않습니다.",
            amount=amount(call.facts.money.won),
        ),
        RESULT_TEXTED,
    )


async def after_decline(call: Call, reason: str, payment: Payment) -> Payment:
    """What can still be done after a no."""
    if reason == "installment_not_allowed":
        key = await call.choose(
            _(
                "C16",
                "이 카드는 할부가 되지 않습니다. 한 번에 결제하시려면 1번, 다른 카드는 2번, "
                "결제하지 않으시려면 3번을 눌러 주세요.",
            ),
            "123",
        )
        if key == "1":
            return await consent_once_more(call, payment)
        return await (pay_with_another_card(call) if key == "2" else say_no(call))
    if reason == "issuer_unavailable":
        key = await call.choose(
            _(
                "CX92",
                "점검이 끝나면 문자로 알려 드릴까요? 원하시면 1번, 다른 카드로 하시려면 2번, "
                "마치시려면 3번을 눌러 주세요.",
            ),
            "123",
        )
        later, other = key == "1", key == "2"
    else:
        key = await call.choose(
            _(
                "CX90",
                "다른 카드로 하시려면 1번, 나중에 다시 하시려면 2번, 직원과 통화하시려면 0번을 눌러 주세요.",
            ),
            "12",
        )
        later, other = key == "2", key == "1"
    if other:
        return await pay_with_another_card(call)
    if later:
        call.do(RemindLater())
        call.say(
            _(
                "CX91",
                "네, {remind_at}에 다시 알려 드리겠습니다. 이 번호로 전화해 주셔도 됩니다.",
                remind_at=moment(call.facts.tomorrow_at_ten),
            )
        )
    return call.end(NOTHING_CHARGED)


def why_declined(reason: str, *, is_entered: bool) -> Words:
    """Limit, balance, instalments and maintenance are said plainly; all else in neutral words."""
    match reason:
        case "insufficient_limit" | "auth_count_exceeded":
            return _("CX01", "카드 한도를 넘었습니다.")
        case "insufficient_funds":
            return _("CX02", "카드에 연결된 계좌의 잔액이 부족합니다.")
        case "expiry_invalid" if not is_entered:
            return _("CX03", "카드 유효기간이 지났습니다.")
        case "installment_not_allowed":
            return _("CX06", "이 카드로는 선택하신 할부가 되지 않습니다.")
        case "issuer_unavailable":
            return _("CX07", "지금 카드사 점검 시간입니다.")
        case "card_not_supported" | "merchant_config" | "merchant_limit":
            return _("CX08", "이 카드는 여기서 쓰실 수 없는 카드입니다.")
        case _ if is_entered and reason in (*NOT_CONFIRMED, *STOPPED_CARDS):
            return _("CX04", "카드 정보가 맞지 않습니다.")
        case _:
            return _(
                "CX05",
                "카드사에서 이 카드의 결제를 받지 않았습니다. 자세한 이유는 카드 뒷면의 카드사 번호로 문의해 주세요.",
            )

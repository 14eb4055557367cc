"""Calls that cannot start: each learns what is theirs to know, and nothing else."""

from __future__ import annotations

from typing import NoReturn

from ivr.call import Call
from ivr.ladder import NO_MONEY_MOVED, NOTHING_CHARGED, RESULT_TEXTED
from ivr.spoken import amount, card_company, digits, moment
from ivr.words import Words
from ivr.words import words as _
from ivr.work import RequestAnew, SendTextAgain


async def busy(call: Call) -> None:
    """The same request is being handled in another call."""
    call.end(
        _(
            "E08",
            "지금 다른 통화에서 같은 요청을 진행하고 있습니다. 그 통화를 마치신 뒤 다시 걸어 주세요.",
        ),
        NO_MONEY_MOVED,
    )


async def being_checked(call: Call) -> None:
    """The card of an earlier call is still with the card company."""
    call.end(STILL_BEING_CHECKED)


async def being_charged(call: Call) -> None:
    """An earlier attempt has not been answered yet: nobody may pay twice."""
    call.end(
        _(
            "E11",
            "조금 전 결제 결과를 카드사에 확인하고 있습니다. 다시 결제하지 마시고 문자를 기다려 주세요.",
        )
    )


async def too_late(call: Call) -> None:
    """The caller's own request is over: expired, done, cancelled, or ended otherwise."""
    facts = call.facts
    match facts.ending:
        case "registered":
            await already_registered(call)
        case "approved":
            await already_paid(call)
        case "canceled":
            call.end(canceled(call))
        case "expired":
            question = _(
                "E03",
                "요청하신 기간이 지났습니다. 이 요청은 {expired_on}까지였습니다. "
                "새 문자를 받으시려면 1번, 마치시려면 2번을 눌러 주세요.",
                expired_on=moment(facts.ended),
            )
            await offer_new_request(call, await call.confirm(question))
        case _:
            await already_over(call)


async def already_registered(call: Call) -> None:
    """Say so, with the card; offer the text again or a change."""
    facts = call.facts
    key = await call.choose(
        _(
            "E04",
            "이미 등록이 끝났습니다. {done_at}에 끝 네 자리 {last4}번 {card_company} 카드로 등록되었습니다. "
            "결과 문자를 다시 받으시려면 1번, 다른 카드로 바꾸시려면 2번, 마치시려면 3번을 눌러 주세요.",
            done_at=moment(facts.ended),
            last4=digits(facts.last4),
            card_company=card_company(facts.issuer),
        ),
        "123",
    )
    if key == "1":
        call.do(SendTextAgain())
        call.end(NO_MONEY_MOVED, RESULT_TEXTED)
    await offer_new_request(call, key == "2")


async def already_paid(call: Call) -> None:
    """Say so, with the amount; offer the receipt again."""
    again = await call.confirm(
        _(
            "E05",
            "이미 결제되었습니다. {done_at}에 {amount} 원이 결제되었고, 다시 결제되지 않습니다. "
            "결과 문자를 다시 받으시려면 1번, 마치시려면 2번을 눌러 주세요.",
            done_at=moment(call.facts.ended),
            amount=amount(call.facts.money.won),
        )
    )
    if again:
        call.do(SendTextAgain())
    call.end(RESULT_TEXTED)


async def already_over(call: Call) -> NoReturn:
    """Whatever ended it, a new request is all that can be offered."""
    question = _(
        "E13", "이 요청은 끝났습니다. 새 문자를 받으시려면 1번, 마치시려면 2번을 눌러 주세요."
    )
    await offer_new_request(call, await call.confirm(question))


async def offer_new_request(call: Call, wanted: bool) -> NoReturn:
    """A new request is the merchant's to make; it is told that the customer asks for one."""
    if not wanted:
        call.end(NOTHING_CHARGED)
    call.do(RequestAnew())
    call.end(
        _(
            "E03b",
            "네, {merchant}에 전달했습니다. 확인 후 문자를 보내 드리겠습니다.",
            merchant=call.facts.merchant_spoken,
        ),
        NO_MONEY_MOVED,
    )


def canceled(call: Call) -> Words:
    """The merchant took the request back."""
    return _(
        "E06",
        "{merchant}에서 이 요청을 취소했습니다. 하실 일은 없습니다. 아무것도 결제되지 않았습니다.",
        merchant=call.facts.merchant_spoken,
    )


STILL_BEING_CHECKED = _(
    "R69",
    "확인이 늦어지고 있습니다. 결과를 문자로 알려 드리겠습니다. "
    "다시 등록하지 않으셔도 됩니다. 아무것도 결제되지 않았습니다.",
)

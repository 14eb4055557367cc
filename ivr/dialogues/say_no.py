"""The caller does not want to pay: accepted at once, with one optional question why."""

from __future__ import annotations

from typing import NoReturn

from ivr.call import Call
from ivr.ladder import NOTHING_CHARGED
from ivr.spoken import moment
from ivr.words import Words
from ivr.words import words as _
from ivr.work import RefuseRequest, RemindLater


async def say_no(call: Call) -> NoReturn:
    """No is a first-class answer from its key on; one optional reason reaches the merchant too."""
    call.do(RefuseRequest())
    reason = await call.choose(
        _(
            "C50",
            "결제하지 않으셨습니다. 금액이 다르면 1번, 서비스를 그만 쓰시면 2번, 나중에 하시려면 3번, "
            "그냥 마치시려면 4번을 눌러 주세요.",
        ),
        "1234",
        optional=True,
    )
    merchant = call.facts.merchant_spoken
    match reason:
        case "1":
            call.do(RefuseRequest("wrong_amount"))
            call.say(
                _(
                    "C51",
                    "네, 금액 확인을 {merchant}에 전달했습니다. 확인 후 연락드리겠습니다.",
                    merchant=merchant,
                )
            )
        case "2":
            call.do(RefuseRequest("stopping"))
            call.say(
                _(
                    "C52",
                    "네, 해지 문의로 {merchant}에 전달했습니다. 확인 후 연락드리겠습니다.",
                    merchant=merchant,
                )
            )
        case "3":
            call.do(RemindLater())
            call.say(remind_later(call))
    call.end(NOTHING_CHARGED)


def remind_later(call: Call) -> Words:
    """The promise of a text tomorrow."""
    return _(
        "C53",
        "네, {remind_at}에 문자로 다시 알려 드리겠습니다.",
        remind_at=moment(call.facts.tomorrow_at_ten),
    )

"""When a card is refused in either call: another one, another call, or another day."""

from __future__ import annotations

from typing import NoReturn

from ivr.call import Call
from ivr.ladder import NOTHING_CHARGED
from ivr.words import Words
from ivr.words import words as _

# After two refused cards the call ends, so that the line cannot be used to block somebody's card.
REFUSED_CARDS_MAX = 2


async def another_card(call: Call, why: Words) -> None:
    """This card will not do; another may."""
    if await call.choose(why, "12") == "2":
        call.end(NOTHING_CHARGED)


def stop_this_call(call: Call) -> NoReturn:
    """Keep the caller from locking cards at their issuers; another call may bring a good one."""
    call.end(
        _(
            "N11",
            "안전을 위해 이번 통화는 여기서 마치겠습니다. 다른 카드로 하시려면 다시 전화해 주시거나 "
            "{merchant}에 문의해 주세요.",
            merchant=call.facts.merchant_spoken,
        )
    )


def stop_for_today(call: Call) -> NoReturn:
    """No card of this customer is checked any more today, in whichever call."""
    call.end(
        _(
            "N11t",
            "안전을 위해 오늘은 카드를 더 확인하지 않습니다. 내일 다시 전화해 주시거나 {merchant}에 문의해 주세요.",
            merchant=call.facts.merchant_spoken,
        )
    )


# Our own limit: the issuer has blocked nothing, and perhaps it was not this caller who was wrong.
ENOUGH_FOR_THIS_CARD = _(
    "RX07",
    "이 카드는 오늘 여기서 더 확인하지 않습니다. 등록되거나 결제된 것은 없고, "
    "카드사에 문의하지 않으셔도 됩니다. 이 카드는 내일 다시 하실 수 있습니다. "
    "다른 카드로 하시려면 1번, 마치시려면 2번을 눌러 주세요.",
)
# Nobody at the card company has seen this card: the keys were kept no longer than they may be.
KEY_IT_AGAIN = _(
    "RX08",
    "눌러 주신 카드 정보를 카드사에 보내지 못했습니다. 등록되거나 결제된 것은 없습니다. "
    "카드 정보를 처음부터 다시 누르시려면 1번, 마치시려면 2번을 눌러 주세요.",
)

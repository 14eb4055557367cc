"""Why a card is refused: the words of every acquirer brought to one vocabulary.

What became of an unclear request is no reason but a state, so "unknown" is absent here. Customers
hear one sentence for whatever a thief could learn from: a wrong number, expiry, birth date or
password, a stopped card and a stolen one all sound the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class DeclineCode(StrEnum):
    """The reasons. They are part of the contract with merchants."""

    CARD_NUMBER_INVALID = "card_number_invalid"
    EXPIRY_INVALID = "expiry_invalid"
    PASSWORD_INVALID = "password_invalid"  # noqa: S105 (the name of a reason)
    IDENTITY_INVALID = "identity_invalid"
    AUTH_COUNT_EXCEEDED = "auth_count_exceeded"
    LOST_OR_STOLEN = "lost_or_stolen"
    CARD_SUSPENDED = "card_suspended"
    INSUFFICIENT_LIMIT = "insufficient_limit"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    MERCHANT_LIMIT = "merchant_limit"
    INSTALLMENT_NOT_ALLOWED = "installment_not_allowed"
    CARD_NOT_SUPPORTED = "card_not_supported"
    MERCHANT_CONFIG = "merchant_config"
    BILLKEY_INVALID = "billkey_invalid"
    ISSUER_UNAVAILABLE = "issuer_unavailable"
    CANCEL_REFUSED = "cancel_refused"
    ENTRY_LOST = "entry_lost"


class Advice(StrEnum):
    """What to do about a refusal."""

    RETRY_LATER = "retry_later"
    CHANGE_CARD = "change_card"
    CONTACT_ISSUER = "contact_issuer"
    FIX_REQUEST = "fix_request"
    NEVER = "never"


@dataclass(frozen=True)
class Decline:
    """What follows from one reason."""

    advice: Advice
    korean: str
    english: str
    # The issuer may have counted it against the card; after three it locks the card.
    counted_as_password: bool = False
    # The customer's card was refused, and not our contract or a machine that was down.
    counted_as_refusal: bool = True


def _not_confirmed(advice: Advice, *, counted_as_password: bool = False) -> Decline:
    return Decline(
        advice,
        "카드 정보를 확인할 수 없습니다. 카드사에 문의하시거나 다른 카드를 이용해 주세요.",
        "The card details could not be confirmed. Ask your card company or use another card.",
        counted_as_password=counted_as_password,
    )


def _cannot_for_now() -> Decline:
    return Decline(
        Advice.FIX_REQUEST,
        "지금은 처리할 수 없습니다. 요청한 곳에 문의해 주세요.",
        "This cannot be done at the moment. Please ask whoever sent you the request.",
        counted_as_refusal=False,
    )


DECLINES: Mapping[DeclineCode, Decline] = {
    DeclineCode.CARD_NUMBER_INVALID: _not_confirmed(Advice.FIX_REQUEST),
    DeclineCode.EXPIRY_INVALID: _not_confirmed(Advice.FIX_REQUEST),
    # Some gateways do not tell a wrong password from a wrong birth date, so both count.
    DeclineCode.PASSWORD_INVALID: _not_confirmed(Advice.FIX_REQUEST, counted_as_password=True),
    DeclineCode.IDENTITY_INVALID: _not_confirmed(Advice.FIX_REQUEST, counted_as_password=True),
    DeclineCode.AUTH_COUNT_EXCEEDED: Decline(
        Advice.CHANGE_CARD,
        "오늘 카드를 확인할 수 있는 횟수를 넘었습니다. 다른 카드를 쓰시거나 내일 다시 해 주세요.",
        "Too many card checks for today. Use another card or try again tomorrow.",
        counted_as_password=True,
    ),
    DeclineCode.LOST_OR_STOLEN: _not_confirmed(Advice.NEVER),
    DeclineCode.CARD_SUSPENDED: _not_confirmed(Advice.CONTACT_ISSUER),
    DeclineCode.INSUFFICIENT_LIMIT: Decline(
        Advice.RETRY_LATER,
        "카드 한도나 잔액이 부족합니다.",
        "The card's limit or balance is not sufficient.",
    ),
    DeclineCode.INSUFFICIENT_FUNDS: Decline(
        Advice.RETRY_LATER,
        "카드에 연결된 계좌의 잔액이 부족합니다.",
        "The account behind this card does not have enough money.",
    ),
    DeclineCode.MERCHANT_LIMIT: _cannot_for_now(),
    DeclineCode.INSTALLMENT_NOT_ALLOWED: Decline(
        Advice.FIX_REQUEST,
        "이 카드로는 선택하신 할부를 이용할 수 없습니다.",
        "This card does not allow the chosen instalments.",
    ),
    DeclineCode.CARD_NOT_SUPPORTED: Decline(
        Advice.CHANGE_CARD,
        "자동결제에 쓸 수 없는 카드입니다. 다른 카드를 이용해 주세요.",
        "This card cannot be used for automatic payment. Please use another card.",
    ),
    DeclineCode.MERCHANT_CONFIG: _cannot_for_now(),
    DeclineCode.BILLKEY_INVALID: Decline(
        Advice.CHANGE_CARD,
        "등록된 카드를 더 쓸 수 없습니다. 카드를 다시 등록해 주세요.",
        "The registered card can no longer be used. Please register a card again.",
    ),
    DeclineCode.ISSUER_UNAVAILABLE: Decline(
        Advice.RETRY_LATER,
        "카드사 사정으로 확인하지 못했습니다. 잠시 후 다시 시도해 주세요.",
        "The card company could not be reached. Please try again later.",
        counted_as_refusal=False,
    ),
    # Of a refund only, so no customer hears it.
    DeclineCode.CANCEL_REFUSED: Decline(
        Advice.FIX_REQUEST,
        "카드사에서 취소를 받지 않았습니다. 취소 기한과 남은 금액을 확인해 주세요.",
        "The acquirer did not accept the refund. Check its time limit and the amount that is left.",
        counted_as_refusal=False,
    ),
    # Our own word, and no acquirer's: what was keyed is kept for ten minutes at most.
    DeclineCode.ENTRY_LOST: Decline(
        Advice.FIX_REQUEST,
        "입력하신 카드 정보를 카드사에 보내지 못했습니다. 카드 정보를 다시 입력해 주세요.",
        "What was entered could not be sent to the card company. Please enter the card again.",
        counted_as_refusal=False,
    ),
}

# Once registered, a card's expiry was right; whoever pays with it learns nothing from this.
EXPIRED = Decline(
    Advice.CHANGE_CARD,
    "등록된 카드의 유효기간이 지났습니다. 다른 카드를 이용해 주세요.",
    "The registered card has expired. Please use another card.",
)


def failure_of(code: DeclineCode, *, is_registered: bool = False) -> dict[str, Any]:
    """The `failure` that merchants see; `is_registered`: a charge of a registered card."""
    is_expired = is_registered and code == DeclineCode.EXPIRY_INVALID
    decline = EXPIRED if is_expired else DECLINES[code]
    return {"code": code.value, "message": decline.korean, "advice": decline.advice.value}

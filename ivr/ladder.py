"""Trouble with the keypad, the same everywhere: again, then slower and differently, then a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from ivr.facts import OFFICE_CLOSES, OFFICE_OPENS
from ivr.spoken import key_names
from ivr.steps import Goodbye
from ivr.words import Spoken, Words
from ivr.words import words as _
from ivr.work import RequestCallBack, SendTextAgain

if TYPE_CHECKING:
    from ivr.call import Call

TRIES_MAX = 3
ERRORS_MAX = 6


async def count_error(call: Call, errors: int) -> None:
    """A wrong entry: the second makes everything slower, the third brings a person."""
    call.errors += 1
    if errors >= TRIES_MAX or call.errors >= ERRORS_MAX:
        await offer_help(call)
    if errors == TRIES_MAX - 1:
        call.go_slow()


async def speak_to_a_person(call: Call) -> None:
    """Key 0: connect, or take a request for a call back. Returns where the caller carries on."""
    if call.facts.office_open and call.facts.merchant_phone:
        call.say(
            _("G30", "직원에게 연결해 드리겠습니다. 카드번호는 말씀하지 마세요."), barge_in=False
        )
        raise Goodbye(transfer_to=call.facts.merchant_phone)
    if await call.choose(_nobody_to_connect(call), "12") == "1":
        promise_a_call_back(call)


def _nobody_to_connect(call: Call) -> Words:
    if call.facts.office_open:
        # The merchant has told us no telephone number; the hour is not the reason.
        return _(
            "G31n",
            "지금은 직원에게 바로 연결해 드릴 수 없습니다. "
            "전화를 받고 싶으시면 1번, 이어서 진행하시려면 2번을 눌러 주세요.",
        )
    return _(
        "G31",
        "지금은 상담 시간이 아닙니다. 상담 시간은 {hours}입니다. "
        "전화를 받고 싶으시면 1번, 이어서 진행하시려면 2번을 눌러 주세요.",
        hours=_OFFICE_HOURS,
    )


async def offer_help(call: Call) -> NoReturn:
    """The keypad is too difficult: a person, the text once more, or the end."""
    question = _(
        "N10",
        "번호 입력이 어려우시면 직원이 도와드리겠습니다. 직원 연락은 1번, "
        "안내 문자를 다시 받으시려면 2번, 전화를 마치시려면 3번을 눌러 주세요.",
    )
    match await call.choose_once(question, "123"):
        case "1" | "0":
            promise_a_call_back(call)
        case "2":
            call.do(SendTextAgain())
    call.end(NOTHING_CHARGED)


def promise_a_call_back(call: Call) -> NoReturn:
    """Tell the merchant, and the caller that the merchant was told."""
    call.do(RequestCallBack())
    call.say(
        _(
            "G32",
            "네, {merchant}에 연락을 부탁드렸습니다. 이 번호로 전화드리겠습니다.",
            merchant=call.facts.merchant_spoken,
        )
    )
    call.end(NOTHING_CHARGED)


async def after_silence(call: Call, silences: int) -> None:
    if silences == 1:
        call.say(_("N01", "누르신 번호를 받지 못했습니다."))
    elif silences == 2:
        call.go_slow()
        call.say(
            _(
                "N02",
                "휴대전화 화면에서 키패드를 연 다음 번호를 눌러 주세요. 스피커로 들으시면 편합니다.",
            )
        )
    else:
        await give_up(call)


async def give_up(call: Call) -> NoReturn:
    """Nothing comes: one last offer, then a polite end."""
    question = _(
        "N03",
        "계속 번호가 들어오지 않습니다. 직원 연락을 원하시면 0번을 눌러 주세요. "
        "누르지 않으시면 전화를 마치겠습니다.",
    )
    while key := await call.choose_once(question, "0"):
        if key == "0":
            promise_a_call_back(call)
        if key == "*":
            continue
        # Keys do come, but not this one: nobody is cut off for a slip of the finger.
        await after_wrong_key(call, 1, "0")
    call.end(
        _(
            "N09",
            "여기서 마치겠습니다. 아무것도 결제되지 않았습니다. "
            "문자에 있는 번호로 언제든지 다시 전화해 주세요.",
        )
    )


async def after_wrong_key(call: Call, wrong: int, choices: str) -> None:
    await count_error(call, wrong)
    if wrong == 1:
        call.say(_("N04", "없는 번호입니다."))
    else:
        call.say(_("N05", "{choices} 중에서 눌러 주세요.", choices=key_names(choices)))


NOTHING_CHARGED = _("G41", "네, 알겠습니다. 이번 통화에서 결제된 금액은 없습니다. 감사합니다.")

_OFFICE_HOURS = Spoken(
    "평일 오전 아홉 시부터 오후 여섯 시까지",
    f"{OFFICE_OPENS} AM to {OFFICE_CLOSES - 12} PM on weekdays",
)

"""Trouble with the keypad, the same everywhere: again, then slower and differently, then a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from ivr.facts import OFFICE_CLOSES, OFFICE_OPENS
from ivr.spoken import key_names
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
        await connect(call, call.facts.merchant_phone)
    if await call.choose(_nobody_to_connect(call), "12", to_person=False) == "1":
        promise_a_call_back(call)


async def connect(call: Call, number: str) -> NoReturn:
    """Connect to a person. What comes after a talk is a goodbye; who got none is called back."""
    call.say(
        NO_MONEY_MOVED,
        _("G30", "직원에게 연결해 드리겠습니다. 카드번호는 말씀하지 마세요."),
        barge_in=False,
    )
    ended = await call.connect(number)
    if ended in UNANSWERED:
        call.say(_("G33", "지금은 직원이 전화를 받지 못합니다."))
        promise_a_call_back(call)
    call.end(NOTHING_CHARGED)


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
    wrong = 0
    while wrong < TRIES_MAX and (key := await call.choose_once(question, "123")):
        match key:
            case "1" | "0":
                promise_a_call_back(call)
            case "2":
                send_the_text_again(call)
            case "3":
                call.end(NOTHING_CHARGED)
            case "*" | "#":
                pass
            case _:
                wrong += 1
                if wrong < TRIES_MAX:
                    name_wrong_key(call, wrong, "123")
    call.end(FAREWELL)


def send_the_text_again(call: Call) -> NoReturn:
    """Ask for it, and promise nothing: whoever has had several texts just now may get no more."""
    call.do(SendTextAgain())
    call.end(
        _(
            "N10t",
            "네, 안내 문자를 다시 부탁했습니다. 조금 전에 여러 번 보냈다면 더 보내지 않지만, "
            "받으신 문자의 번호는 그대로 쓰실 수 있습니다. 이번 통화에서 결제된 금액은 없습니다. 감사합니다.",
        )
    )


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
    call.end(FAREWELL)


async def after_wrong_key(call: Call, wrong: int, choices: str) -> None:
    await count_error(call, wrong)
    name_wrong_key(call, wrong, choices)


def name_wrong_key(call: Call, wrong: int, choices: str) -> None:
    """Say that this is no choice; from the second time on, which keys are."""
    if wrong == 1:
        call.say(_("N04", "없는 번호입니다."))
    else:
        call.say(_("N05", "{choices} 중에서 눌러 주세요.", choices=key_names(choices)))


# How a transfer ends when nobody was reached.
UNANSWERED = frozenset({"busy", "no-answer", "failed", "canceled"})
# True in every call that has not just told of an approval, whatever was paid before it.
NO_MONEY_MOVED = _("G42", "이번 통화에서 결제된 금액은 없습니다.")
FAREWELL = _(
    "N09",
    "여기서 마치겠습니다. 이번 통화에서는 아무것도 결제되지 않았습니다. "
    "문자에 있는 번호로 언제든지 다시 전화해 주세요.",
)
NOTHING_CHARGED = _("G41", "네, 알겠습니다. 이번 통화에서 결제된 금액은 없습니다. 감사합니다.")
RESULT_TEXTED = _("G40", "결과는 문자로 보내 드렸습니다. 감사합니다.")

_OFFICE_HOURS = Spoken(
    "평일 오전 아홉 시부터 오후 여섯 시까지",
    f"{OFFICE_OPENS} AM to {OFFICE_CLOSES - 12} PM on weekdays",
)

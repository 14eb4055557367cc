"""The card number: in one go, gone on with after a pause, and four by four when that is easier."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.call import Call
from ivr.card_number import FOUR, RestOfNumber, SoFar, WholeNumber
from ivr.ladder import (
    TRIES_MAX,
    after_silence,
    count_error,
    offer_help,
    speak_to_a_person,
)
from ivr.spoken import counting
from ivr.steps import Back
from ivr.turns import Json, Kind
from ivr.words import Words
from ivr.words import words as _

# The pieces are kinds of their own; wrong entries are counted for the number as a whole.
NUMBER = "card number"


@dataclass(frozen=True)
class CardNumber:
    """Where the sealed pieces of a number are, and what may be shown of it."""

    places: tuple[str, ...]
    last4: str
    issuer: str | None


async def enter_card_number(call: Call) -> CardNumber:
    """Ask by the ladder: once more, then slowly and in fours, then a person."""
    unsupported = 0
    why: tuple[Words, ...] = ()
    while True:
        entered = await (in_fours(call, why) if call.manner.slow else in_one_go(call, why))
        match entered:
            case CardNumber():
                return entered
            case "unsupported":
                unsupported += 1
                if unsupported >= TRIES_MAX:
                    await offer_help(call)
                why = (ANOTHER_CARD,)
            case "cleared":
                why = ()
            case _:
                call.errors_in[NUMBER] += 1
                await count_error(call, call.errors_in[NUMBER])
                why = (ONCE_MORE, SHORT_NUMBERS)


async def in_one_go(call: Call, why: tuple[Words, ...]) -> CardNumber | str:
    """The whole number, or what came before a pause and then the rest."""
    call.say(*why or ASK)
    # Whoever keyed nothing has not keyed anything wrong: the reason is told once, the hints stay.
    kept, place = await listen(call, WholeNumber(), (*ASK, *why[1:]))
    if kept["got"] != "partial":
        return finished(kept, (place,))
    places, so_far = [place], SoFar.from_json(kept)
    while True:
        go_on = rest_of_number(so_far)
        call.say(go_on)
        missing = RestOfNumber(so_far, so_far.missing)
        kept, place = await listen(call, missing, (go_on,))
        places.append(place)
        if kept["got"] != "partial":
            return finished(kept, tuple(places))
        so_far = SoFar.from_json(kept)


async def in_fours(call: Call, why: tuple[Words, ...]) -> CardNumber | str:
    """Four digits at a time, after the reason why they are asked again."""
    places: list[str] = []
    so_far = SoFar()
    call.say(*why)
    for question in (FIRST_FOUR, NEXT_FOUR, NEXT_FOUR, LAST_FOUR):
        call.say(question)
        piece = RestOfNumber(so_far, min(FOUR, so_far.missing))
        kept, place = await listen(call, piece, (question,))
        places.append(place)
        if kept["got"] != "partial":
            break
        so_far = SoFar.from_json(kept)
        if so_far.count % FOUR:
            return "fault"
    return finished(kept, tuple(places))


async def listen(call: Call, kind: Kind, question: tuple[Words, ...]) -> tuple[Json, str]:
    """Listen until something was keyed. Silence has its own ladder; a stray `#` counts nothing."""
    silences = 0
    while True:
        place = call.place
        kept = await call.turn(kind)
        match kept["got"]:
            case "silence":
                silences += 1
                await after_silence(call, silences)
                call.say(*question)
            case "person":
                await speak_to_a_person(call)
                call.say(*question)
            case "replay" | "noise":
                call.say(*question)
            case "back":
                raise Back
            case _:
                return kept, place


def finished(kept: Json, places: tuple[str, ...]) -> CardNumber | str:
    """A number, or the word for what was wrong with it."""
    if kept["got"] != "answer":
        return str(kept["got"])
    return CardNumber(places, kept["last4"], kept["issuer"])


def rest_of_number(so_far: SoFar) -> Words:
    """What was keyed is kept; only the rest is asked for."""
    return _(
        "R20p",
        "지금까지 {n} 자리를 누르셨습니다. 나머지 {m} 자리를 이어서 눌러 주세요. "
        "처음부터 하시려면 별표를 눌러 주세요.",
        n=counting(so_far.count),
        m=counting(so_far.missing),
    )


ASK = (
    _(
        "R20",
        "카드번호 열여섯 자리를 눌러 주세요. "
        "잘못 누르셨으면 별표를 누르고 처음부터 다시 누르시면 됩니다.",
    ),
)
ONCE_MORE = _(
    "R20x1", "누르신 번호가 카드번호와 맞지 않습니다. 카드를 보면서 다시 한번 눌러 주세요."
)
SHORT_NUMBERS = _(
    "R20s",
    "카드번호는 열다섯 자리나 열네 자리일 수도 있습니다. "
    "그때는 다 누르신 뒤 우물정자를 눌러 주세요.",
)
ANOTHER_CARD = _(
    "R20u",
    "죄송합니다. 이 카드는 자동결제에 쓰실 수 없습니다. 다른 카드번호를 눌러 주세요.",
)
FIRST_FOUR = _("R20x2", "네 자리씩 나누어 여쭙겠습니다. 먼저 앞의 네 자리를 눌러 주세요.")
NEXT_FOUR = _("R21", "네. 다음 네 자리를 눌러 주세요.")
LAST_FOUR = _("R21e", "네. 마지막 네 자리를 눌러 주세요.")

"""The first sentences of a call, the other ways to hear it, and the keys that always work."""

from __future__ import annotations

from ivr.call import Call
from ivr.spoken import spoken_text
from ivr.turns import Line, Manner
from ivr.words import Language, Words
from ivr.words import words as _

# A trust phrase is a short sentence of the merchant's, such as "고객번호 끝 네 자리 3512".
TRUST_PHRASE_MAX = 60


def greeting(call: Call) -> tuple[Line, ...]:
    """Who is calling whom for what. Only a caller who was matched ever hears it."""
    facts = call.facts
    hello = _(
        "R00",
        "안녕하세요. {merchant} 자동결제 카드 등록입니다. 문자를 받으신 휴대전화로 확인되었습니다.",
        merchant=facts.merchant_spoken,
    )
    if not facts.trust_phrase:
        return (Line(hello),)
    known = _(
        "R01",
        "{trust_phrase} 고객님께 보내 드린 요청입니다. 다르면 0번을 눌러 주세요.",
        trust_phrase=spoken_text(facts.trust_phrase, longest=TRUST_PHRASE_MAX),
    )
    return (Line(hello), Line(known))


def offer_ways() -> Words:
    """Said with the first question, so that the keys work exactly when they are named."""
    return _("G00", "천천히 들으시려면 9번을 눌러 주세요. For English, press 8.")


def hear_in_another_way(call: Call, key: str) -> None:
    """9 speaks slowly, 8 changes the language; the question is then asked again."""
    if key == "9":
        call.go_slow()
        call.say(_("G10", "네, 천천히 안내해 드리겠습니다."))
    else:
        other: Language = "en" if call.manner.language == "ko" else "ko"
        call.manner = Manner(other, call.manner.slow)


def say_keys(call: Call) -> None:
    """Name the keys that always work, once more is to be keyed than a consent."""
    call.say(
        _(
            "G01",
            "언제든지 다시 들으시려면 별표, 앞 단계로 가시려면 우물정자, "
            "직원과 통화하시려면 0번을 누르시면 됩니다.",
        )
    )

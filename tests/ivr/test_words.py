"""A sentence of a script is rendered in the language of the call, or refuses loudly."""

from __future__ import annotations

import pytest

from ivr import spoken
from ivr.words import (
    MissingWords,
    Spoken,
    Words,
    WrongValues,
    listed,
    placeholders,
    render,
    seconds,
)
from ivr.words import words as _

AGAIN = "다시 말씀드리면, {amount} 원입니다."


def test_a_sentence_is_said_in_the_language_of_the_call() -> None:
    sentence = _("C03", AGAIN, amount=spoken.amount(39_500))

    assert render(sentence, "ko") == "다시 말씀드리면, 삼만 구천오백 원입니다."
    assert render(sentence, "en") == "Once more: 39,500 won."


def test_a_plain_value_is_the_same_in_both_languages() -> None:
    sentence = _("N05", "{choices} 중에서 눌러 주세요.", choices="LPG")

    assert render(sentence, "ko") == "LPG 중에서 눌러 주세요."
    assert render(sentence, "en") == "Please press one of these: LPG."


def test_braces_in_a_value_are_not_placeholders() -> None:
    sentence = _("N05", "{choices} 중에서 눌러 주세요.", choices="{amount}")

    assert render(sentence, "ko") == "{amount} 중에서 눌러 주세요."


@pytest.mark.parametrize("given", [{}, {"amount": "1", "plan": "2"}, {"plan": "2"}])
def test_values_that_do_not_match_the_text_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(WrongValues, match="C03"):
        _("C03", AGAIN, **given)


@pytest.mark.parametrize(
    "template", ["{}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>9}", "{a", "a}"]
)
def test_only_plain_names_may_stand_in_braces(template: str) -> None:
    with pytest.raises(WrongValues):
        placeholders(template)


def test_a_prompt_without_english_is_named() -> None:
    with pytest.raises(MissingWords, match="Q99"):
        render(Words("Q99", "네."), "en")


def test_english_words_of_an_older_korean_text_are_not_spoken() -> None:
    with pytest.raises(MissingWords, match="G20: the Korean words changed"):
        render(_("G20", "조금만 기다려 주세요."), "en")


def test_korean_needs_no_catalogue() -> None:
    assert render(_("Q99", "네."), "ko") == "네."


def test_equal_sentences_are_equal() -> None:
    assert _("C03", AGAIN, amount="만") == Words("C03", AGAIN, {"amount": "만"})


def test_several_things_are_said_one_after_the_other() -> None:
    said = listed(spoken.months(number) for number in (2, 3, 6))

    assert said == Spoken("이 개월, 삼 개월, 육 개월", "2 months, 3 months, 6 months")


@pytest.mark.parametrize(
    ("text", "estimate"),
    [
        ("없는 번호입니다.", 1.9),
        ("잠시만 기다려 주세요.", 2.3),
        ("네, 알겠습니다. 이번 통화에서 결제된 금액은 없습니다. 감사합니다.", 6.9),
        ("", 0.0),
    ],
)
def test_the_length_of_speech_is_estimated_by_syllables(text: str, estimate: float) -> None:
    assert seconds(text) == pytest.approx(estimate, abs=0.06)


def test_english_speech_has_a_length_too() -> None:
    assert 1.0 < seconds("One moment, please.") < 2.5

"""A turn becomes right TwiML, whatever a merchant is called."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.answers import Expiry, Holder, MenuKey, MonthsOfPlan, PasswordPrefix
from ivr.card_number import RestOfNumber, WholeNumber
from ivr.turns import HangUp, Kind, Line, Manner, Question, Silence, Transfer, Wait
from ivr.twiml import document, twiml
from ivr.words import Language, words
from ivr.work import RegisterCard
from tests.ivr.golden_journals import PLAYS
from tests.ivr.played import REGISTERED, STANDING, played
from tests.ivr.twiml_rules import faults

ACTION = "/twilio/voice/turn?at=3"
SAID = words("R00", "안녕하세요.")
# Control characters, emoji, markup, and letters of all scripts.
NAMES = st.one_of(
    st.text(max_size=200),
    st.text(
        "\x00\x07\x0b\x1f\x7f\ufffe\uffff\u200b\u202e<>&\"'{}%\\/한가힣A1０😀👨‍👩‍👧", max_size=200
    ),
    st.sampled_from(
        [
            "</Say><Dial>+821099998888</Dial><Say>",
            "<![CDATA[x]]>",
            "&#0;&amp;&lt;",
            "<?xml version='1.0'?>",
            "{merchant}{0.__class__}",
            "가" * 200,
            "😀" * 200,
            "12345678901234567890",
            "",
        ]
    ),
)
WHOLE_CALL = ("3", "1", "1", "1", "9999000000000004", "0829", "1", "900101", "12", REGISTERED)


@settings(max_examples=60, deadline=None)
@given(name=NAMES, item=NAMES, phrase=NAMES, language=st.sampled_from([(), ("8",), ("9",)]))
def test_any_name_is_spoken_in_right_twiml(
    name: str, item: str, phrase: str, language: tuple[str, ...]
) -> None:
    facts = replace(STANDING, merchant=name, item=item, trust_phrase=phrase)

    for step in played(facts, (*language, *WHOLE_CALL)):
        assert faults(twiml(step.turn, ACTION)) == []


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=200), language=st.sampled_from(["ko", "en"]), slow=st.booleans())
def test_any_text_at_all_parses(text: str, language: Language, slow: bool) -> None:
    turn = HangUp((Line(words("C52x", "네.")), Line(words("X", "{x}", x=text))), Manner("ko", slow))

    root = ET.fromstring(twiml(replace(turn, manner=Manner("ko", slow)), ACTION))

    assert [child.tag for child in root] == ["Say", "Say", "Pause", "Hangup"]


@pytest.mark.parametrize("name", sorted(PLAYS))
def test_every_turn_of_every_play_is_right(name: str) -> None:
    for step in played(*PLAYS[name]):
        assert faults(twiml(step.turn, ACTION)) == []


@pytest.mark.parametrize(
    ("kind", "most", "finish", "timeout", "pause"),
    [
        (MenuKey("R22", "12"), 1, "", 7, None),
        (MenuKey("R03", "12389", 10), 1, "", 10, None),
        (MenuKey("R10", "1", 20), 1, "", 20, None),
        (WholeNumber(), 16, "#", 8, 7),
        (RestOfNumber(most=4), 4, "#", 8, 7),
        (Expiry(STANDING.day), 4, "#", 6, 9),
        (Holder(), 10, "#", 5, 10),
        (PasswordPrefix(), 2, "#", 6, 9),
        (MonthsOfPlan((2, 3)), 2, "#", 4, 6),
    ],
    ids=lambda kind: getattr(kind, "name", ""),
)
def test_two_waits_are_one_timeout_and_a_pause(
    kind: Kind, most: int, finish: str, timeout: int, pause: int | None
) -> None:
    gather = ET.fromstring(twiml(Question((Line(SAID),), kind, Manner()), ACTION)).find("Gather")

    assert gather is not None
    assert gather.get("numDigits") == str(most)
    assert gather.get("finishOnKey") == finish
    assert gather.get("timeout") == str(timeout)
    length = gather.find("Pause")
    assert (None if length is None else length.get("length")) == (str(pause) if pause else None)


def test_slow_mode_speaks_slower_and_waits_half_as_long_again() -> None:
    slow = Question((Line(SAID),), WholeNumber(), Manner(slow=True))

    root = ET.fromstring(twiml(slow, ACTION))

    gather, pause, prosody = root.find("Gather"), root.find("Gather/Pause"), root.find(".//prosody")
    assert gather is not None
    assert pause is not None
    assert prosody is not None
    assert (gather.get("timeout"), pause.get("length")) == ("12", "11")
    assert prosody.get("rate") == "85%"


def test_what_must_be_heard_stands_where_keys_are_lost() -> None:
    lines = (Line(SAID), Line(words("R02b", "꼭 들으셔야 합니다."), barge_in=False), Line(SAID))

    root = ET.fromstring(twiml(Question(lines, MenuKey("R03", "12"), Manner()), ACTION))

    assert [child.tag for child in root] == ["Say", "Say", "Gather"]
    assert len(root.findall("Gather/Say")) == 1


def test_a_wait_says_waits_and_comes_back() -> None:
    work = RegisterCard.__new__(RegisterCard)
    root = ET.fromstring(twiml(Wait((Silence(2), Line(SAID)), work, 2, Manner()), ACTION))

    assert [child.tag for child in root] == ["Pause", "Say", "Pause", "Redirect"]
    assert root.findtext("Redirect") == ACTION


def test_a_transfer_dials() -> None:
    root = ET.fromstring(twiml(Transfer((Line(SAID),), "+82311234567", Manner()), ACTION))

    assert root.findtext("Dial") == "+82311234567"


def test_the_other_language_is_marked_inside_a_sentence() -> None:
    offer = Question(
        (Line(words("G00", "천천히 들으시려면 9번을 눌러 주세요. For English, press 8.")),),
        MenuKey("R03", "1"),
        Manner(),
    )

    root = ET.fromstring(twiml(offer, ACTION))

    marked = root.find(".//lang")
    assert marked is not None
    assert marked.text == "For English, press 8."


@pytest.mark.parametrize(
    "wrong",
    [
        b"\n<Response><Hangup/></Response>",
        document("<Say>no voice</Say><Hangup/>"),
        document('<Say language="ko-KR" voice="Polly.Joanna-Neural">x</Say><Hangup/>'),
        document('<Say language="ko-KR" voice="Polly.Seoyeon-Neural">12345</Say><Hangup/>'),
        document("<Pay/>"),
        document("<Hangup/><Hangup/>"),
        document('<Redirect method="POST">http://elsewhere</Redirect>'),
        document('<Pause length="0.5"/><Hangup/>'),
        document(""),
        document("<say>x</say>"),
    ],
)
def test_the_rules_notice_what_is_wrong(wrong: bytes) -> None:
    assert faults(wrong)

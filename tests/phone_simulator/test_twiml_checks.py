"""What the checks find in a document, and how long speech is taken to last."""

import pytest

from phone_simulator.twiml.checks import find_problems
from phone_simulator.twiml.document import parse
from phone_simulator.twiml.speech import plain_text, seconds_of_say
from tests.phone_simulator.product import KOREAN, ask, say


def found(inside: str) -> list[str]:
    return [
        problem.code for problem in find_problems(parse(f"<Response>{inside}</Response>".encode()))
    ]


GOOD = ask("눌러 주세요.", "/next", numDigits="1") + "<Redirect>/voice</Redirect>"


def test_a_good_document_has_no_problems() -> None:
    assert found(GOOD) == []


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<Shout/>", "12200"),
        ('<Say bogus="1">Hi.</Say>', "12200"),
        ("<Say>Hi.<Pause/></Say>", "12200"),
        ("hello", "12200"),
        ('<Gather action="/x" numDigits="1"><Redirect>/x</Redirect></Gather><Hangup/>', "13320"),
        ('<Gather action="/x" numDigits="1" method="PUT"/><Hangup/>', "13312"),
        ('<Gather action="/x" numDigits="1" input="morse"/><Hangup/>', "13326"),
        ('<Gather action="/x" numDigits="1" actionOnEmptyResult="yes"/><Hangup/>', "13338"),
        ('<Say loop="x">Hi.</Say>', "13510"),
        ('<Say voice="Polly.Nobody">Hi.</Say>', "13511"),
        ('<Say voice="Polly.Seoyeon" language="en-US">Hi.</Say>', "13511"),
        ('<Say voice="Google.ko-KR-Neural2-A" language="en-US">Hi.</Say>', "13511"),
        ('<Say language="korean">Hi.</Say>', "13512"),
        ("<Say> </Say>", "13520"),
        (f"<Say {KOREAN}>{'가' * 501}</Say>", "13521"),
        ('<Redirect method="PUT">/x</Redirect>', "13710"),
        ('<Reject reason="tired"/>', "13810"),
        ('<Pause length="0.5"/>', "13910"),
        ('<Play digits="1x"/>', "13430"),
        (f'<Say {KOREAN}><say-as interpret-as="song">1</say-as></Say>', "13520"),
    ],
)
def test_a_mistake_has_the_providers_code(inside: str, code: str) -> None:
    assert code in found(inside)


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<Hangup/><Say>Hi.</Say>", "unreachable-verb"),
        ("<Redirect>/x</Redirect><Hangup/>", "unreachable-verb"),
        ('<Gather numDigits="1"/><Hangup/>', "rule-gather-action"),
        ('<Gather action="/x" numDigits="1" method="GET"/><Hangup/>', "rule-gather-method"),
        ('<Gather action="/x"/><Hangup/>', "rule-gather-end"),
        ('<Gather action="/x" numDigits="1"/>', "rule-gather-silence"),
        (
            '<Gather action="/x" numDigits="1" actionOnEmptyResult="true"/><Hangup/>',
            "rule-gather-after",
        ),
        ('<Gather action="http://elsewhere.example/x" numDigits="1"/><Hangup/>', "rule-url"),
        ("<Say>12345</Say>", "rule-say-digits"),
        (f"<Say {KOREAN}>{'가' * 460}</Say>", "rule-say-length"),
    ],
)
def test_a_project_rule_is_checked(inside: str, code: str) -> None:
    assert found(inside) == [code]


def test_only_provider_codes_and_unreachable_verbs_fail_a_run() -> None:
    root = parse(b"<Response><Say>12345</Say><Hangup/><Pause/></Response>")
    problems = {problem.code: problem.is_failure for problem in find_problems(root)}

    assert problems == {"rule-say-digits": False, "unreachable-verb": True}


def test_a_problem_names_line_and_column() -> None:
    problem = find_problems(parse(b"<Response>\n  <say>x</say>\n</Response>"))[0]

    assert (problem.line, problem.column) == (2, 2)


def test_comments_are_ignored() -> None:
    assert found("<!-- <say> -->" + GOOD) == []


def seconds(inside: str) -> float:
    return seconds_of_say(parse(f"<Response>{inside}</Response>".encode()).elements[0])


def test_speech_lasts_as_long_as_its_syllables_and_sentences() -> None:
    assert seconds(say("가나다라마바사아자. 차카.")) == pytest.approx(11 / 4.6 + 2 * 0.35)


def test_breaks_are_counted_and_prosody_slows_down() -> None:
    plain = seconds(say("안녕하세요."))

    assert seconds(say('안녕하세요.<break time="250ms"/>')) == pytest.approx(plain + 0.25)
    assert seconds(say('<prosody rate="50%">안녕하세요.</prosody>')) == pytest.approx(plain * 2)


def test_ssml_is_left_out_of_the_words() -> None:
    words = say('<prosody rate="85%">카드 <break/>번호</prosody>')
    node = parse(f"<Response>{words}</Response>".encode()).elements[0]

    assert plain_text(node) == "카드 번호"

"""Scripts are read the way people write them, and malformed ones are refused with file, call, step and field."""

import pytest

from phone_simulator.scripts.reading import read_script
from phone_simulator.scripts.script import ScriptError, Step, seconds_of


def first_step(line: str) -> Step:
    return read_script(f"dial: '1'\nsteps:\n  - {line}\n", "x.yaml").calls[0].steps[0]


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("press: 0829", {"keys": "0829"}),
        ("press: 0123", {"keys": "0123"}),
        ("press: 9999000000000004", {"keys": "9999000000000004"}),
        ("press: '*'", {"keys": "*"}),
        ("press: {keys: 12#, gap: 200ms}", {"keys": "12#", "gap": 0.2}),
        ("expect: R20x1", {"prompt": "R20x1"}),
        ("expect: RX01", {"prompt": "RX01"}),
        ("expect: 안녕하세요", {"contains": "안녕하세요"}),
        (
            "expect: {prompt: R20, within: {minor: 2s, major: 1m}}",
            {"prompt": "R20", "within": {"minor": 2, "major": 60}},
        ),
        ("wait: 6", {"seconds": 6}),
        ("hangup", {}),
        ("hangup: in flight", {"in_flight": True}),
        ("fault: duplicate", {"webhook": "duplicate"}),
        ("expect_webhook: {Digits: 1, status: 200}", {"status": 200, "parameters": {"Digits": 1}}),
    ],
)
def test_a_step_may_be_written_short(line: str, options: dict[str, object]) -> None:
    assert first_step(line).options == options


def test_telephone_numbers_stay_text() -> None:
    call = read_script("dial: +827012345678\nas: 01012345678", "x.yaml").calls[0]

    assert (call.dial, call.caller) == ("+827012345678", "01012345678")


def test_the_customer_calls_unless_somebody_else_is_named() -> None:
    call = read_script("given: {customer: {phone: 010-1-2}}\ndial: '1'", "x.yaml").calls[0]

    assert call.caller == "010-1-2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps: [", "x.yaml, line 1"),
        ("", "x.yaml: empty"),
        ("- 5", "x.yaml, call 1: a call is a mapping"),
        ("call: c\ndail: '1'", "x.yaml, call 1 (c): unknown field dail; known are"),
        ("dial: [1]", "x.yaml, call 1 (call 1), field dial: a text is wanted"),
        ("steps: hangup", "field steps: a list is wanted"),
        ("given: 3", "field given: names and values are wanted"),
        (
            "options: {bare_finish_key: maybe}",
            "field options.bare_finish_key: 'maybe' is not one of empty, ignored, posted",
        ),
        ("options: {realtme: true}", "field options.realtme: unknown"),
        ("options: {pace: 0}", "field options.pace: 0 is not between 0 and 100"),
        ("options: {pace: 101}", "field options.pace: 101 is not between 0 and 100"),
        ("random: {sed: 1}", "field random: unknown sed"),
        ("steps: [{expect: R20, press: 1}]", "step 1: a step is one word with its value"),
        ("steps: [{expekt: R20}]", "step 1: unknown step 'expekt'"),
        ("steps: [expect: R20, press: 12A]", "step 2 (press), field keys: keys are 0-9 * #"),
        ("steps: [press: {gap: 1s}]", "step 1 (press), field keys: missing"),
        ("steps: [clock: {on: weekday}]", "step 1 (clock): one of by, to is wanted"),
        ("steps: [clock: {to: noon}]", "step 1 (clock), field to: "),
        (
            "steps: [press: {keys: 1, gap: soon}]",
            "step 1 (press), field gap: 'soon' is not a duration",
        ),
        ("steps: [press: {keys: 1, speed: 1}]", "step 1 (press), field speed: unknown; known are"),
        (
            "steps: [expect: {matches: '('}]",
            "step 1 (expect), field matches: not a regular expression",
        ),
        (
            "steps: [expect: {strict: 1}]",
            "step 1 (expect), field strict: 1 is neither true nor false",
        ),
        ("steps: [expect_end: tired]", "step 1 (expect_end), field by: 'tired' is not one of"),
        ("steps: [wait]", "step 1 (wait): a value is wanted"),
        ("steps: [api: x]", "step 1 (api): names and values are wanted"),
        ("steps: [fault: rain]", "step 1 (fault), field webhook: 'rain' is not one of"),
        (
            "steps: [press: 1]",
            "x.yaml, call 1 (call 1), step 1 (press): nobody has been called; say whom beside the steps",
        ),
        ("steps: [note: a, expect_end: busy]", "step 2 (expect_end): nobody has been called"),
        ("steps: [hangup, dial: '1']", "step 1 (hangup): nobody has been called"),
        ("steps: [dial, hangup]", "step 1 (dial): nobody has been called"),
        (
            "dial: '1'\nsteps: [meanwhile: {steps: [press: 1]}]",
            "step 1 (meanwhile) (call 1), step 1 (press): nobody has been called",
        ),
        ("callers: [{steps: [press: 1]}]", "caller 1 (call 1), step 1 (press): nobody has been"),
        ("steps: [meanwhile: {stepz: 1}]", "step 1 (meanwhile) (call 1): unknown field stepz"),
    ],
)
def test_a_malformed_script_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ScriptError) as refused:
        read_script(text, "x.yaml")

    assert message in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "steps: [dial: '1', press: 1]",
        "steps: [note: a, clock: 3d, expect_text: T01]",
        "dial: '1'\ncallers: [{steps: [press: 1]}]",
    ],
)
def test_steps_on_the_line_need_a_call_and_others_none(text: str) -> None:
    assert read_script(text, "x.yaml").calls


@pytest.mark.parametrize(
    "text",
    [
        "steps: [press: 9999000000000004x]",
        "steps: [9999000000000004]",
        "steps: ['9999 0000 0000 0004': 3]",
        "9999000000000004: 1",
        "steps: [press: {9999000000000004: 1}]",
        "steps: [wait: 9999000000000004x]",
    ],
)
def test_refusing_a_script_does_not_repeat_its_keys(text: str) -> None:
    with pytest.raises(ScriptError) as refused:
        read_script(text, "x.yaml")

    assert "9999" not in str(refused.value)


@pytest.mark.parametrize(
    ("written", "seconds"), [("200ms", 0.2), ("1.5s", 1.5), ("2m", 120), ("3d", 259200), (4, 4)]
)
def test_durations(written: object, seconds: float) -> None:
    assert seconds_of(written) == pytest.approx(seconds)

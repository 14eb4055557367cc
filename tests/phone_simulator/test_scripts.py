"""Call scripts: every step, what passes, and how a failure reads."""

import json
from typing import Any

import httpx
import pytest
from flask import Response

from phone_simulator.options import ACCOUNT_SID, AUTH_TOKEN
from tests.phone_simulator.conftest import NUMBER, RunningSimulator
from tests.phone_simulator.product import Product, ask, say
from tests.phone_simulator.registering import CARD, SCRIPT, serve_registration, with_steps

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"


@pytest.fixture(autouse=True)
def _registration(product: Product) -> None:
    serve_registration(product)


def outcome(result: dict[str, Any], index: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = result["calls"][index]
    return found


def failures(result: dict[str, Any]) -> str:
    return " | ".join(failure for call in result["calls"] for failure in call["failures"])


def send_text(simulator: RunningSimulator, body: str, to: str = "+821012345678") -> None:
    form = {"To": to, "From": "+8215441234", "Body": body}
    assert (
        simulator.control.post(MESSAGES, data=form, auth=(ACCOUNT_SID, AUTH_TOKEN)).status_code
        == 201
    )


def test_a_whole_registration_comes_out_as_written(simulator: RunningSimulator) -> None:
    result = simulator.play(SCRIPT)

    assert failures(result) == ""
    assert result["ok"] is True
    assert {step["status"] for step in outcome(result)["steps"]} == {"ok"}
    assert outcome(result)["heard"] == ["G40", "R00", "R03", "R20", "R70"]


def test_the_transcript_reads_like_a_conversation(simulator: RunningSimulator) -> None:
    transcript = outcome(simulator.play(SCRIPT))["transcript"]

    assert "IVR     (R03) 자동결제에 동의하시면 1번, 아니면 2번을 눌러 주세요." in transcript
    assert "Caller  [1]" in transcript
    assert "Caller  [••••••••••••  16 digits]" in transcript


def test_no_card_digits_come_back_from_a_run(simulator: RunningSimulator, product: Product) -> None:
    product.on("/card", say(f"누르신 번호는 {' '.join(CARD)}입니다.") + "<Hangup/>")

    result = simulator.play(SCRIPT)

    assert product.at("/card")[0].form["Digits"] == CARD
    told = json.dumps(result, ensure_ascii=False)
    assert CARD not in told and " ".join(CARD) not in told
    assert (
        outcome(result)["calls"][0]["webhooks"][2]["parameters"]["Digits"]
        == "••••••••••••  16 digits"
    )


def test_no_card_digits_come_back_from_a_step_that_expected_them(
    simulator: RunningSimulator,
) -> None:
    result = simulator.play(with_steps(f"expect: '{CARD}'"))

    assert "expected a prompt with" in failures(result)
    assert CARD not in json.dumps(result)


def test_nothing_keyed_is_kept_after_a_run(simulator: RunningSimulator) -> None:
    simulator.play(SCRIPT)

    kept = [
        exchange.parameters
        for call in simulator.board.calls.values()
        for exchange in call.exchanges
    ]
    assert CARD not in str(kept)


def test_a_failure_names_what_was_expected_what_was_heard_and_the_classes_of_keys(
    simulator: RunningSimulator,
) -> None:
    result = simulator.play(
        with_steps("expect: R03", "press: 1", "expect: R20", f"press: {CARD}", "expect: RX01")
    )

    message = failures(result)
    assert message.startswith("step 5 (expect): expected RX01, heard ")
    assert "R70 “등록이 끝났습니다" in message
    assert "then the call ended (hangup_by_us)" in message
    assert "keys pressed: [1], [••••••••••••  16 digits]" in message


def test_prompts_that_need_no_answer_may_pass_before_the_expected_one(
    simulator: RunningSimulator,
) -> None:
    assert simulator.play(with_steps("expect: R03", "press: 1", "expect: R20"))["ok"]


def test_strict_wants_the_very_next_prompt(simulator: RunningSimulator) -> None:
    result = simulator.play(with_steps("expect: {prompt: R03, strict: true}"))

    assert "expected R03 next, heard R00" in failures(result)


def test_words_instead_of_an_id_must_be_heard(simulator: RunningSimulator) -> None:
    assert (
        simulator.play(
            with_steps("expect: 동의하시면", "expect: {matches: '카드번호|1번, 아니면'}")
        )["ok"]
        is False
    )
    assert simulator.play(with_steps("expect: {matches: '1번, 아니면 2번'}"))["ok"]


def test_a_wrong_word_is_a_soft_failure_and_the_script_goes_on(simulator: RunningSimulator) -> None:
    result = simulator.play(
        with_steps(
            "expect: {prompt: R00, contains: 부산가스}", "expect: R03", "press: 1", "expect: R20"
        )
    )

    assert "does not contain “부산가스”" in failures(result)
    assert [step["status"] for step in outcome(result)["steps"]] == ["failed", "ok", "ok", "ok"]


@pytest.mark.parametrize("spoken", ["39,500원", "39500원", "삼만 구천오백 원", "3만 9,500원"])
def test_an_amount_is_heard_in_figures_and_in_words(
    simulator: RunningSimulator, product: Product, spoken: str
) -> None:
    product.on("/voice", say(f"가스 요금, {spoken}입니다.") + "<Hangup/>")

    assert simulator.play(with_steps("expect: {prompt: C02, amount: 39500}"))["ok"]
    assert "does not name 9,500 won" in failures(
        simulator.play(with_steps("expect: {prompt: C02, amount: 9500}"))
    )


def test_an_amount_may_begin_a_sentence(simulator: RunningSimulator, product: Product) -> None:
    product.on("/voice", say("결제가 끝났습니다. 삼만 구천오백 원, 신한 카드입니다.") + "<Hangup/>")

    assert simulator.play(with_steps("expect: {amount: 39500}"))["ok"]


def test_ten_thousand_is_heard_with_and_without_its_one(
    simulator: RunningSimulator, product: Product
) -> None:
    product.on("/voice", say("요금, 만 원입니다.") + say("요금, 일만 원입니다.") + "<Hangup/>")

    assert simulator.play(with_steps("expect: {amount: 10000}", "expect: {amount: 10000}"))["ok"]


def test_a_prompt_that_comes_too_late_fails_or_warns(
    simulator: RunningSimulator, product: Product
) -> None:
    product.on(
        "/card",
        '<Pause length="4"/>'
        + say("등록이 끝났습니다. 신한 카드, 끝 네 자리 공입니다.")
        + "<Hangup/>",
    )
    lead = ("expect: R03", "press: 1", "expect: R20", f"press: {CARD}")

    assert "R70 came after 4." in failures(
        simulator.play(with_steps(*lead, "expect: {prompt: R70, within: 3s}"))
    )
    warned = simulator.play(
        with_steps(*lead, "expect: {prompt: R70, within: {minor: 3s, major: 6s}}")
    )
    assert warned["ok"]
    assert "R70 came after 4." in outcome(warned)["warnings"][0]


def test_press_waits_until_it_is_asked(simulator: RunningSimulator, product: Product) -> None:
    simulator.play(with_steps("press: 1", "expect: R20"))

    assert product.at("/consent")[0].form["Digits"] == "1"


def test_press_can_barge_in(simulator: RunningSimulator) -> None:
    result = simulator.play(with_steps("expect: R03", "press: {keys: 1, at: 1.5s}", "expect: R20"))

    barge_in = [e for e in outcome(result)["calls"][0]["timeline"] if e["kind"] == "barge_in"]
    assert barge_in[0]["after"] == 1.5


def test_slow_fingers_end_the_field_early(simulator: RunningSimulator, product: Product) -> None:
    simulator.play(with_steps("press: 1", "expect: R20", "press: {keys: '12', gap: 9s}"))

    assert product.at("/card")[0].form["Digits"] == "1"


def test_keys_before_a_prompt_are_typed_ahead(
    simulator: RunningSimulator, product: Product
) -> None:
    steps = ("expect: R03", "press: 1", f"press: {{keys: '{CARD}', before: R20}}", "expect: R70")

    assert simulator.play(with_steps(*steps))["ok"]
    assert product.at("/card")[0].form["Digits"] == CARD


def test_pauses_between_keys_are_written_with_w(
    simulator: RunningSimulator, product: Product
) -> None:
    assert simulator.play(with_steps("press: W1", "expect: R20"))["ok"]


def test_wait_counts_from_the_end_of_what_is_said(simulator: RunningSimulator) -> None:
    result = simulator.play(with_steps("press: 1", "expect: R20", "wait: 7s", "press: '12'"))

    keys = [e for e in outcome(result)["calls"][0]["timeline"] if e["kind"] == "keys"]
    assert keys[1]["count"] == 2


@pytest.mark.parametrize("between", [("expect: R20",), ()], ids=["heard first", "at once"])
def test_staying_silent_runs_into_the_time_out(
    simulator: RunningSimulator, product: Product, between: tuple[str, ...]
) -> None:
    result = simulator.play(
        with_steps("press: 1", *between, "stay_silent", "expect: 입력이 없습니다")
    )

    assert failures(result) == ""
    assert outcome(result)["calls"][0]["gathers"]["R20"] == ["timeout"]
    assert "Caller  … (silence)" in outcome(result)["transcript"]


def test_silence_can_be_expected(simulator: RunningSimulator) -> None:
    assert simulator.play(with_steps("press: 1", "expect: R20", "expect_silence: 7s"))["ok"]

    result = simulator.play(with_steps("press: 1", "expect: R20", "expect_silence: 9s"))
    assert "after 8.0 s of silence came ? “입력이 없습니다.”" in failures(result)


def test_the_caller_hangs_up_in_the_middle_of_a_prompt(
    simulator: RunningSimulator, product: Product
) -> None:
    result = simulator.play(
        with_steps("expect: R00", "hangup: {at: 1s}", "expect_end: hangup_by_caller")
    )

    assert result["ok"]
    assert outcome(result)["calls"][0]["seconds"] == 1.0
    assert product.wait_for("/status", 1)


def test_the_caller_hangs_up_while_a_webhook_is_under_way(
    simulator: RunningSimulator, product: Product
) -> None:
    result = simulator.play(
        with_steps("expect: R03", "press: 1", "hangup: in flight", "expect_end: hangup_by_caller")
    )

    assert failures(result) == ""
    assert len(product.at("/consent")) == 1
    assert product.at("/status")[0].form["CallStatus"] == "completed"


def test_partial_digits_and_a_hang_up_post_nothing(
    simulator: RunningSimulator, product: Product
) -> None:
    assert simulator.play(with_steps("press: 1", "expect: R20", "press: '9999'", "hangup"))["ok"]

    assert product.at("/card") == []


@pytest.mark.parametrize(
    ("document", "end"),
    [("<Reject/>", "rejected"), ('<Reject reason="busy"/>', "busy"), ("<Hangup/>", "hangup_by_us")],
)
def test_the_end_of_a_call_can_be_expected(
    simulator: RunningSimulator, product: Product, document: str, end: str
) -> None:
    product.on("/voice", document)

    assert simulator.play(with_steps(f"expect_end: {end}"))["ok"]
    assert "it ended by " + end in failures(simulator.play(with_steps("expect_end: fallback")))


def test_a_broken_product_fails_the_run_unless_that_was_wanted(
    simulator: RunningSimulator, product: Product
) -> None:
    product.replies.pop("/consent")
    steps = ("press: 1", "expect_end: error")

    assert "11217" in failures(simulator.play(with_steps(*steps)))
    assert simulator.play(with_steps(*steps, allow="['11217']"))["ok"]


def test_a_redirect_and_the_verbs_of_a_document_can_be_expected(
    simulator: RunningSimulator,
) -> None:
    steps = (
        "expect: R03",
        "expect_verbs: [Say, Gather(Say), Hangup]",
        "press: 1",
        f"press: {CARD}",
        "expect_redirect: /result",
    )

    assert failures(simulator.play(with_steps(*steps))) == ""


def test_webhooks_can_be_expected_with_their_parameters(simulator: RunningSimulator) -> None:
    steps = (
        "expect: R03",
        "press: 1",
        "expect: R20",
        "expect_webhook: {Digits: 1, CallStatus: in-progress, FinishedOnKey: '', status: 200}",
        f"press: {CARD}",
        "expect: R70",
        f"expect_webhook: {{purpose: action, Digits: '{CARD}'}}",
        "expect_webhook: {purpose: redirect, absent: [Digits]}",
    )

    assert failures(simulator.play(with_steps(*steps))) == ""


def test_a_wrong_parameter_is_told_masked(simulator: RunningSimulator) -> None:
    steps = (
        "press: 1",
        f"press: {CARD}",
        "expect: R70",
        "expect_webhook: {purpose: action, Digits: '1234'}",
    )

    assert "Digits is '••••••••••••  16 digits'" in failures(simulator.play(with_steps(*steps)))


def test_the_number_to_dial_comes_from_the_newest_text(
    simulator: RunningSimulator, product: Product
) -> None:
    send_text(
        simulator,
        "[서울가스] 자동결제 카드 등록 요청\n아래 번호로 전화해 주세요.\n070-1234-5678\n문의 02-123-4567",
    )

    result = simulator.play("dial: '{ars_number}'\nas: 010-1234-5678\nsteps: [expect: R00]")

    assert failures(result) == ""
    assert product.at("/voice")[0].form["To"] == NUMBER


def test_without_a_text_the_number_cannot_be_known(simulator: RunningSimulator) -> None:
    result = simulator.play(
        "dial: '{ars_number}'\nas: 010-9999-9999\nsteps: [expect: R00]", patience_s=0.05
    )

    assert "no text with a number to call has come to +821099999999" in failures(result)


def test_a_script_needs_no_steps(simulator: RunningSimulator) -> None:
    result = simulator.play('dial: "+827012345678"\nas: "010"')

    assert result["ok"]
    assert outcome(result)["heard"] == ["R00", "R03"]


def test_texts_can_be_expected_by_id_and_words(
    simulator: RunningSimulator, product: Product
) -> None:
    def done() -> str:
        send_text(simulator, "[서울가스] 자동결제 카드 등록 완료\n신한 ****0004")
        return say("등록이 끝났습니다. 신한 카드, 끝 네 자리 공입니다.") + "<Hangup/>"

    product.on("/result", done)
    lead = ("press: 1", f"press: {CARD}", "expect_end: hangup_by_us")

    result = simulator.play(with_steps(*lead, "expect_text: {text: T03, contains: '****0004'}"))

    assert failures(result) == ""
    assert any(
        line.startswith("Text    (T03) [서울가스]") for line in outcome(result)["transcript"]
    )
    assert "T03" in outcome(result)["heard"]


def test_a_missing_text_says_what_came_instead(simulator: RunningSimulator) -> None:
    result = simulator.play(
        with_steps("expect_end: hangup_by_us", "expect_text: {text: T03, within: 50ms}")
    )

    assert "no text T03 came to +821012345678; there was none" in failures(result)


def test_texts_of_one_kind_may_come_in_any_order(
    simulator: RunningSimulator, product: Product
) -> None:
    def done() -> str:
        for last4 in ("0004", "0006"):
            send_text(simulator, f"[서울가스] 자동결제 카드 등록 완료\n신한 ****{last4}")
        return "<Hangup/>"

    product.on("/voice", done)
    expected = [f"expect_text: {{text: T03, contains: '{last4}'}}" for last4 in ("0006", "0004")]

    assert failures(simulator.play(with_steps("expect_end: hangup_by_us", *expected))) == ""


def test_a_text_of_the_kind_with_other_words_is_shown(
    simulator: RunningSimulator, product: Product
) -> None:
    def done() -> str:
        send_text(simulator, "[서울가스] 자동결제 카드 등록 완료\n신한 ****0004")
        return "<Hangup/>"

    product.on("/voice", done)
    wrong = "expect_text: {text: T03, contains: '****0006', within: 50ms}"

    told = failures(simulator.play(with_steps("expect_end: hangup_by_us", wrong)))
    assert "no text T03 “****0006” came" in told
    assert "****0004”, which does not contain “****0006”" in told


def test_that_no_text_comes_can_be_expected(simulator: RunningSimulator, product: Product) -> None:
    assert simulator.play(with_steps("hangup", "expect_text: {text: T03, absent: true}"))["ok"]


def test_a_late_text_is_there_if_one_is_ready_to_wait(
    simulator: RunningSimulator, product: Product
) -> None:
    def late() -> str:
        send_text(simulator, "[서울가스] 자동결제 카드 등록 완료\n신한 ****0004", "+821000000408")
        return "<Hangup/>"

    product.on("/voice", late)
    fields = {"as": "010-0000-0408"}

    impatient = simulator.play(
        with_steps("expect_end: hangup_by_us", "expect_text: {text: T03, within: 1s}", **fields)
    )
    patient = simulator.play(
        with_steps("expect_end: hangup_by_us", "expect_text: {text: T03, within: 40s}", **fields)
    )

    assert "on its way" in failures(impatient)
    assert failures(patient) == ""


def test_a_text_that_comes_twice_is_counted(simulator: RunningSimulator, product: Product) -> None:
    def done() -> str:
        send_text(simulator, "[서울가스] 자동결제 카드 등록 완료\n신한 ****0004")
        return "<Hangup/>"

    product.on("/voice", done)
    steps = (
        "fault: {text: twice}",
        "expect_end: hangup_by_us",
        "expect_text: {text: T03, copies: 2}",
    )

    assert failures(simulator.play(with_steps(*steps))) == ""


@pytest.mark.parametrize(
    ("caller", "shown"),
    [
        ("010", "+821000000001"),
        ("anonymous", "anonymous"),
        ("'+266696687'", "+266696687"),
        ("raw:010-1234-5678", "01012345678"),
        ("02-312-3456", "+8223123456"),
        ("sip:alice@example.com", "sip:alice@example.com"),
        ("''", ""),
        ("010-0000-0000", "anonymous"),
        ("010-0000-0403", "+821099990403"),
    ],
)
def test_callers_are_shown_as_their_preset_says(
    simulator: RunningSimulator, product: Product, caller: str, shown: str
) -> None:
    simulator.play(with_steps("hangup", **{"as": caller}))

    assert product.at("/voice")[0].form["From"] == shown


def test_a_caller_hangs_up_and_calls_again(simulator: RunningSimulator, product: Product) -> None:
    result = simulator.play(
        with_steps("expect: R03", "dial", "expect: R03", "press: 1", "expect: R20")
    )

    assert failures(result) == ""
    assert len(product.at("/voice")) == 2
    assert [call["ended_by"] for call in outcome(result)["calls"]] == ["caller", "caller"]


def test_another_caller_calls_meanwhile(simulator: RunningSimulator, product: Product) -> None:
    other = "meanwhile: {call: stranger, dial: '+827012345678', as: 010-7777-7777, steps: [expect: R00, hangup]}"

    result = simulator.play(with_steps("expect: R03", other, "press: 1", "expect: R20"))

    assert failures(result) == ""
    assert [received.form["From"] for received in product.at("/voice")] == [
        "+821012345678",
        "+821077777777",
    ]
    assert [call["name"] for call in result["calls"]] == ["call 1", "stranger"]


def test_two_callers_call_at_the_same_time(simulator: RunningSimulator, product: Product) -> None:
    script = """
call: both
dial: "+827012345678"
callers:
  - {call: first, as: 010-1111-1111, steps: [expect: R03, press: 1, expect: R20]}
  - {call: second, as: 010-2222-2222, steps: [expect: R03, press: 2]}
"""
    result = simulator.play(script)

    assert failures(result) == ""
    assert {received.form["From"] for received in product.at("/voice")} == {
        "+821011111111",
        "+821022222222",
    }


def test_several_calls_of_a_file_are_made_in_order(simulator: RunningSimulator) -> None:
    result = simulator.play(
        "- {call: one, dial: '+827012345678', steps: [expect: R00]}\n"
        "- {call: two, dial: '+827012345678', steps: [expect: RX01]}\n"
    )

    assert [call["ok"] for call in result["calls"]] == [True, False]


def test_many_callers_keep_their_calls_apart(simulator: RunningSimulator, product: Product) -> None:
    callers = "".join(
        f"  - {{as: 010-5555-{n:04}, steps: [expect: R03, press: 1, expect: R20, press: '{CARD}', expect: R70]}}\n"
        for n in range(40)
    )
    result = simulator.play(f"dial: '+827012345678'\ncallers:\n{callers}")

    assert failures(result) == ""
    assert len({received.form["CallSid"] for received in product.at("/result")}) == 40


def test_a_random_caller_does_the_same_with_the_same_seed(
    simulator: RunningSimulator, product: Product
) -> None:
    script = 'dial: "+827012345678"\nrandom: {seed: 3, wrong: 30%}'

    first, second = (outcome(simulator.play(script))["transcript"][1:] for _ in range(2))

    assert first == second


def test_options_change_how_the_line_behaves(simulator: RunningSimulator, product: Product) -> None:
    product.on(
        "/consent",
        ask("카드번호 열여섯 자리를 눌러 주세요.", "/card", numDigits="16") + "<Hangup/>",
    )
    options = "{bare_finish_key: posted}"

    simulator.play(
        with_steps("press: 1", "expect: R20", "press: '#'", "expect: 잠시만", options=options)
    )

    assert product.at("/card")[0].form["Digits"] == "#"


def test_realtime_lets_time_pass(simulator: RunningSimulator, product: Product) -> None:
    product.on("/voice", '<Play digits="w"/><Hangup/>')

    result = simulator.play(with_steps("expect_end: hangup_by_us"), realtime=True)

    assert 0.5 <= result["seconds"] < 2


def test_without_a_clock_command_the_clock_is_refused(simulator: RunningSimulator) -> None:
    assert "start the simulator with --clock-command" in failures(
        simulator.play(with_steps("clock: 3d", "hangup"))
    )


def test_the_clock_command_gets_the_duration_as_its_last_word(
    start_simulator: Any, product: Product
) -> None:
    running = start_simulator(voice_url=product.url + "/voice", clock_command=("test", "3d", "="))

    assert running.play(with_steps("clock: 3d", "hangup"))["ok"]
    assert "the clock command failed" in failures(running.play(with_steps("clock: 4d", "hangup")))


def test_a_product_that_asks_for_patience_is_asked_again(
    start_simulator: Any, product: Product
) -> None:
    product.on("/slow", Response(status=429, headers={"Retry-After": "0"}), Response(status=204))
    running = start_simulator(voice_url=product.url + "/voice", api_url=product.url)

    played = running.play(with_steps("api: {path: /slow, expect_status: 204}", "hangup"))

    assert played["ok"]
    assert len(product.at("/slow")) == 2


def test_a_script_may_be_posted_as_bare_yaml(simulator: RunningSimulator) -> None:
    reply = httpx.post(simulator.url + "/simulator/runs", content=SCRIPT.encode(), timeout=20)

    assert reply.json()["ok"] is True


def test_an_id_that_nobody_knows_is_pointed_out(simulator: RunningSimulator) -> None:
    assert "expected R99 (an id that no catalogue has)" in failures(
        simulator.play(with_steps("expect: R99"))
    )


def test_looking_at_a_webhook_waits_until_the_keys_have_been_sent(
    simulator: RunningSimulator,
) -> None:
    assert (
        failures(
            simulator.play(with_steps("press: 1", "expect_webhook: {purpose: action, Digits: 1}"))
        )
        == ""
    )

"""Documents, fetching and endings: what the provider does with every kind of answer."""

import io
import time
import wave

import pytest
from flask import Response

from phone_simulator.options import Behaviour
from phone_simulator.twiml.speech import seconds_of_text
from tests.phone_simulator.product import Product, ask, say, twiml
from tests.phone_simulator.ringing import codes, kinds, ring

HELLO = say("안녕하세요.")


def spoken(call: object) -> list[object]:
    return [prompt["text"] for prompt in kinds(call, "prompt")]  # type: ignore[arg-type]


def test_the_first_webhook_carries_every_parameter_blanks_included(product: Product) -> None:
    product.on("/voice", "<Hangup/>")

    ring(product)

    received = product.received[0]
    assert received.is_signed
    assert received.form["CallStatus"] == "ringing"
    assert received.form["Direction"] == "inbound"
    assert received.form["ApiVersion"] == "2010-04-01"
    assert (received.form["Caller"], received.form["From"]) == ("+821012345678", "+821012345678")
    assert (
        received.form["FromCountry"],
        received.form["FromCity"],
        received.form["CalledZip"],
    ) == ("KR", "", "")
    assert received.headers["User-Agent"] == "TwilioProxy/1.1"
    assert len(received.headers["I-Twilio-Idempotency-Token"]) == 36


def test_the_call_is_in_progress_after_the_first_verb(product: Product) -> None:
    product.on("/voice", HELLO + "<Redirect>/again</Redirect>")
    product.on("/again", "<Hangup/>")

    call = ring(product)

    assert product.at("/again")[0].form["CallStatus"] == "in-progress"
    assert (call.status, call.ended_by) == ("completed", "us")


def test_every_event_has_its_own_idempotency_token(product: Product) -> None:
    product.on("/voice", HELLO + "<Redirect>/again</Redirect>")
    product.on("/again", "<Hangup/>")

    ring(product)

    tokens = {received.headers["I-Twilio-Idempotency-Token"] for received in product.received}
    assert len(tokens) == 2


def test_the_end_of_the_document_ends_the_call(product: Product) -> None:
    product.on("/voice", HELLO)

    call = ring(product)

    assert (call.status, call.ended_by) == ("completed", "us")
    assert call.ended_at == pytest.approx(seconds_of_text("안녕하세요."))


@pytest.mark.parametrize(("reason", "status"), [("", "no-answer"), (' reason="busy"', "busy")])
def test_reject_first_does_not_answer(product: Product, reason: str, status: str) -> None:
    product.on("/voice", f"<Reject{reason}/>")
    product.on("/status", "")

    call = ring(product, status_path="/status")

    assert call.answered_at is None
    assert product.at("/status")[0].form["CallStatus"] == status
    assert product.at("/status")[0].form["CallDuration"] == "0"


def test_reject_after_the_answer_is_reported_and_does_nothing(product: Product) -> None:
    product.on("/voice", HELLO + "<Reject/>")

    call = ring(product)

    assert codes(call) == ["rule-reject-first"]
    assert call.status == "completed"


def test_a_pause_first_lets_the_phone_ring_on(product: Product) -> None:
    product.on("/voice", '<Pause length="3"/>' + HELLO)

    assert ring(product).answered_at == 3.0


def test_the_end_of_the_call_is_reported_with_its_length(product: Product) -> None:
    product.on("/voice", '<Say>Hi.</Say><Pause length="90"/>')
    product.on("/status", "")

    ring(product, status_path="/status")

    form = product.at("/status")[0].form
    assert (form["CallStatus"], form["CallDuration"], form["Duration"]) == ("completed", "91", "2")
    assert (form["SequenceNumber"], form["CallbackSource"]) == ("0", "call-progress-events")
    assert form["Timestamp"].endswith("+0000")
    assert product.at("/status")[0].is_signed


def test_cookies_come_back_in_every_request_of_the_call(product: Product) -> None:
    first = twiml(HELLO + "<Redirect>/again</Redirect>")
    first.set_cookie("seen", "1")
    product.on("/voice", first)
    product.on("/again", "<Hangup/>")

    ring(product)
    ring(product)

    cookies = [received.headers.get("Cookie") for received in product.received]
    assert cookies == [None, "seen=1", None, "seen=1"]


@pytest.mark.parametrize(
    ("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")]
)
def test_a_redirected_action_loses_its_digits(product: Product, status: int, method: str) -> None:
    product.on("/voice", ask("눌러 주세요.", "/card", numDigits="1") + "<Hangup/>")
    product.on("/card", Response("", status, {"Location": "/card/"}))
    product.on("/card/", "<Hangup/>")

    ring(product, {0.5: "1"})

    landed = product.at("/card/")[0]
    assert landed.method == method
    assert landed.is_signed
    assert "Digits" not in landed.form and "Digits" not in landed.args
    assert "CallSid" in (landed.form if method == "POST" else landed.args)


def test_the_eleventh_redirect_is_too_many(product: Product) -> None:
    product.on("/voice", Response("", 302, {"Location": "/voice"}))

    call = ring(product)

    assert codes(call) == ["11215"]
    assert len(product.received) == 11


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Response("", 200, mimetype="text/xml"), "11770"),
        (Response("<Response>" + "x" * 70_000, 200, mimetype="text/xml"), "11750"),
        (Response("\n<?xml version='1.0'?><Response/>", 200, mimetype="text/xml"), "12100"),
        (Response(b"\xef\xbb\xbf<Response/>", 200, mimetype="text/xml"), "12100"),
        (Response("<Response><Say></Response>", 200, mimetype="text/xml"), "12100"),
        (Response("<!DOCTYPE x [<!ENTITY a 'b'>]><Response/>", 200, mimetype="text/xml"), "12100"),
        (Response("<response/>", 200, mimetype="text/xml"), "12102"),
        (Response("{}", 200, mimetype="application/json"), "12300"),
        (Response("<Response/>", 200, {"Content-Type": ""}), "12300"),
        (Response("<Response/>", 500, mimetype="text/xml"), "11217"),
        (Response("slow down", 429, mimetype="text/plain"), "11217"),
    ],
)
def test_a_bad_answer_has_the_providers_error_code(
    product: Product, reply: Response, code: str
) -> None:
    product.on("/voice", reply)

    call = ring(product)

    assert codes(call)[0] == code
    assert call.ended_by == "error"
    assert "application error" in str(spoken(call)[-1])


def test_a_failing_page_goes_to_the_fallback_with_the_reason(product: Product) -> None:
    product.on("/voice", HELLO + "<Redirect>/broken</Redirect>")
    product.on("/broken", Response("oops", 500))
    product.on("/fallback", say("죄송합니다.") + "<Hangup/>")

    call = ring(product, fallback_path="/fallback")

    form = product.at("/fallback")[0].form
    assert (form["ErrorCode"], form["ErrorUrl"]) == ("11217", product.url + "/broken")
    assert (call.ended_by, call.fallback_used) == ("us", True)


def test_a_failing_fallback_ends_in_the_announcement(product: Product) -> None:
    product.on("/voice", Response("oops", 500))
    product.on("/fallback", Response("oops", 500))

    call = ring(product, fallback_path="/fallback")

    assert len(product.at("/fallback")) == 1
    assert call.ended_by == "error"


def test_an_answer_that_takes_too_long_is_given_up(product: Product) -> None:
    def slow() -> str:
        time.sleep(0.4)
        return "<Hangup/>"

    product.on("/voice", slow)

    call = ring(product, behaviour=Behaviour(request_budget_s=0.1))

    assert codes(call) == ["11200"]


def test_a_read_timeout_can_be_retried_with_the_same_token(product: Product) -> None:
    def slow() -> str:
        time.sleep(0.3)
        return "<Hangup/>"

    product.on("/voice", slow, "<Hangup/>")

    call = ring(product, voice_path="/voice#rc=2&rp=ct,rt&rt=100")

    tokens = {received.headers["I-Twilio-Idempotency-Token"] for received in product.received}
    assert (len(product.received), len(tokens), codes(call)) == (2, 1, [])
    assert all(received.is_signed for received in product.received)


def test_a_server_error_is_retried_only_if_the_address_says_so(product: Product) -> None:
    product.on("/voice", Response("", 503), "<Hangup/>")
    assert codes(ring(product)) == ["11217"]

    product.on("/voice", Response("", 503), "<Hangup/>")
    assert codes(ring(product, voice_path="/voice#rp=5xx")) == []


def test_an_override_that_makes_no_sense_is_an_error(product: Product) -> None:
    product.on("/voice", "<Hangup/>")

    assert codes(ring(product, voice_path="/voice#rc=99")) == ["11243"]


def test_a_server_that_is_not_there_is_a_connection_failure(product: Product) -> None:
    product.url = "http://127.0.0.1:9"

    assert codes(ring(product)) == ["11205"]


def test_plain_text_that_is_no_twiml_is_read_aloud(product: Product) -> None:
    product.on("/voice", Response("Good morning.", 200, mimetype="text/plain"))

    call = ring(product)

    assert spoken(call) == ["Good morning."]
    assert call.ended_by == "us"


def test_plain_text_that_is_twiml_is_executed(product: Product) -> None:
    product.on(
        "/voice", Response("<Response><Say>Hi.</Say></Response>", 200, mimetype="text/plain")
    )

    assert spoken(ring(product)) == ["Hi."]


def test_a_recording_is_fetched_without_parameters_and_measured(product: Product) -> None:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(1)
        recording.setframerate(8000)
        recording.writeframes(b"\0" * 16000)
    product.on("/tune.wav", Response(buffer.getvalue(), 200, mimetype="audio/wav"))
    product.on("/voice", f"<Play>{product.url}/tune.wav</Play>")

    call = ring(product)

    assert call.ended_at == pytest.approx(2.0)
    assert not product.at("/tune.wav")[0].args


def test_a_recording_of_the_wrong_type_is_reported(product: Product) -> None:
    product.on("/tune", Response("hm", 200, mimetype="text/plain"))
    product.on("/voice", f"<Play>{product.url}/tune</Play>")

    assert codes(ring(product)) == ["13420"]


def test_say_is_repeated_as_often_as_loop_says(product: Product) -> None:
    product.on("/voice", f'<Say loop="3">{"Hi."}</Say>')

    assert spoken(ring(product)) == ["Hi."] * 3


def test_an_endless_say_ends_when_the_caller_hangs_up(product: Product) -> None:
    product.on("/voice", '<Say loop="0">Hi.</Say>')

    call = ring(product, hang_up_at=10.0)

    assert (call.ended_at, call.ended_by) == (10.0, "caller")


def test_an_unknown_verb_is_reported_and_skipped(product: Product) -> None:
    product.on("/voice", "<say>no</say>" + HELLO)

    call = ring(product)

    assert codes(call) == ["12200"]
    assert spoken(call) == ["안녕하세요."]


def test_an_unsupported_verb_is_loud(product: Product) -> None:
    product.on("/voice", "<Record/>" + HELLO)

    call = ring(product)

    assert codes(call) == ["unsupported-verb"]
    assert call.problems[0].is_failure


def test_documents_without_any_time_are_a_loop(product: Product) -> None:
    product.on("/voice", "<Redirect>/voice</Redirect>")

    call = ring(product)

    assert codes(call) == ["endless-loop"]
    assert (call.ended_by, len(product.received)) == ("loop", 20)


def test_many_documents_are_fine_as_long_as_time_passes(product: Product) -> None:
    rounds = [say("잠시만 기다려 주세요.") + "<Redirect>/voice</Redirect>"] * 60
    product.on("/voice", *rounds, "<Hangup/>")

    call = ring(product)

    assert codes(call) == []
    assert len(product.received) == 61


def test_a_call_has_a_longest_length(product: Product) -> None:
    product.on("/voice", say("잠시만요.") + "<Redirect>/voice</Redirect>")

    call = ring(product, behaviour=Behaviour(call_max_s=30))

    assert (call.ended_at, call.ended_by) == (30, "too_long")


def test_holding_costs_a_little_real_time(product: Product) -> None:
    product.on("/voice", '<Pause length="2"/><Redirect>/voice</Redirect>', "<Hangup/>")

    started = time.monotonic()
    call = ring(product, behaviour=Behaviour(hold_scale=0.05))

    assert time.monotonic() - started >= 0.1
    assert call.ended_at == 2.0


def test_an_empty_redirect_ends_the_call(product: Product) -> None:
    product.on("/voice", HELLO + "<Redirect> </Redirect>")

    call = ring(product)

    assert (codes(call), call.ended_by) == (["11100"], "error")


def test_a_withheld_number_is_shown_as_the_provider_shows_it(product: Product) -> None:
    product.on("/voice", "<Hangup/>")

    ring(product, from_="+266696687")

    form = product.received[0].form
    assert (form["From"], form["CallerCountry"]) == ("+266696687", "LS")


def test_the_newer_signature_names_its_algorithm(product: Product) -> None:
    product.on("/voice", "<Hangup/>")

    ring(product, behaviour=Behaviour(signature="HMAC_SHA256"))

    received = product.received[0]
    assert not received.is_signed
    assert received.headers["X-Twilio-Webhooks-Signature-Settings"].endswith(
        "algorithm=HMAC_SHA256"
    )


def test_a_transfer_takes_some_time_and_reports_back(product: Product) -> None:
    product.on("/voice", '<Dial action="/after">+8223456789</Dial>')
    product.on("/after", "<Hangup/>")

    call = ring(product)

    assert kinds(call, "transfer") == [{"to": "+8223456789", "result": "answered"}]
    told = product.at("/after")[0].form
    assert (told["DialCallStatus"], told["DialCallDuration"]) == ("completed", "20")
    assert told["DialCallSid"].startswith("CA")
    assert told["DialCallSid"] != told["CallSid"]


@pytest.mark.parametrize(
    ("result", "seconds"), [("busy", 2.0), ("failed", 2.0), ("no-answer", 12.0)]
)
def test_a_transfer_that_reaches_nobody_reports_that(
    product: Product, result: str, seconds: float
) -> None:
    product.on("/voice", '<Dial action="/after" timeout="12">+8223456789</Dial>')
    product.on("/after", "<Hangup/>")

    call = ring(product, behaviour=Behaviour(transfer=result))

    told = product.at("/after")[0].form
    assert told["DialCallStatus"] == result
    assert "DialCallDuration" not in told
    assert call.ended_at == seconds


def test_a_transfer_without_a_timeout_rings_for_half_a_minute(product: Product) -> None:
    product.on("/voice", "<Dial>+8223456789</Dial>")

    assert ring(product, behaviour=Behaviour(transfer="no-answer")).ended_at == 30.0


def test_korean_in_an_address_is_signed_as_it_travels(product: Product) -> None:
    product.on("/voice", "<Redirect>/다음?이름=홍길동&amp;q=it's%20ok</Redirect>")
    product.on("/다음", "<Hangup/>")

    ring(product)

    assert product.at("/다음")[0].is_signed

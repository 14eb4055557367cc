"""Every rule about Gather: which keys count, how long it waits, what is posted."""

import pytest

from phone_simulator.line.call import Call
from phone_simulator.options import Behaviour
from phone_simulator.twiml.speech import seconds_of_text
from tests.phone_simulator.product import Product, ask, say
from tests.phone_simulator.ringing import codes, kinds, ring

WORDS = "카드번호를 눌러 주세요."
SPOKEN_S = seconds_of_text(WORDS)
# When a caller who waits for the end of the words has pressed.
AFTER = SPOKEN_S + 0.5


@pytest.fixture
def asking(product: Product) -> Product:
    product.on("/next", "<Hangup/>")
    product.on("/silent", "<Hangup/>")
    return product


def ask_for(product: Product, **attributes: str) -> None:
    product.on("/voice", ask(WORDS, "/next", **attributes) + "<Redirect>/silent</Redirect>")


def posted(product: Product) -> dict[str, str] | None:
    received = product.at("/next")
    return received[0].form.to_dict() if received else None


def length(call: Call) -> float:
    assert call.ended_at is not None
    return call.ended_at


def test_the_last_of_num_digits_ends_at_once(asking: Product) -> None:
    ask_for(asking, numDigits="4", timeout="5")

    call = ring(asking, {AFTER: "1234"})

    form = posted(asking) or {}
    assert (form["Digits"], form["FinishedOnKey"], form["msg"]) == ("1234", "", "Gather End")
    assert length(call) == pytest.approx(AFTER + 0.03)


def test_the_finish_key_ends_at_once_and_is_not_a_digit(asking: Product) -> None:
    ask_for(asking, timeout="5")

    call = ring(asking, {AFTER: "12#"})

    form = posted(asking) or {}
    assert (form["Digits"], form["FinishedOnKey"]) == ("12", "#")
    assert length(call) == pytest.approx(AFTER + 0.02)


def test_another_finish_key_leaves_the_pound_sign_among_the_digits(asking: Product) -> None:
    ask_for(asking, finishOnKey="*")

    ring(asking, {AFTER: "1#2*"})

    assert (posted(asking) or {})["Digits"] == "1#2"


def test_without_a_finish_key_every_key_is_data(asking: Product) -> None:
    ask_for(asking, finishOnKey="", numDigits="1")

    ring(asking, {AFTER: "#"})

    assert (posted(asking) or {})["Digits"] == "#"


def test_a_star_counts_towards_num_digits(asking: Product) -> None:
    ask_for(asking, numDigits="3")

    ring(asking, {AFTER: "1*2"})

    assert (posted(asking) or {})["Digits"] == "1*2"


def test_a_slow_caller_posts_the_digits_so_far(asking: Product) -> None:
    ask_for(asking, numDigits="16", timeout="5")

    call = ring(asking, {AFTER: "12", AFTER + 9: "34"})

    assert (posted(asking) or {})["Digits"] == "12"
    assert length(call) == pytest.approx(AFTER + 0.01 + 5)


def test_each_key_starts_the_wait_anew(asking: Product) -> None:
    ask_for(asking, numDigits="3", timeout="5")

    ring(asking, {AFTER: "1", AFTER + 4: "2", AFTER + 8: "3"})

    assert (posted(asking) or {})["Digits"] == "123"


def test_the_wait_begins_after_the_words(asking: Product) -> None:
    ask_for(asking, numDigits="1", timeout="5")

    call = ring(asking)

    assert posted(asking) is None
    assert length(call) == pytest.approx(SPOKEN_S + 5)


def test_silence_falls_through_to_the_next_verb(asking: Product) -> None:
    ask_for(asking, numDigits="1")

    ring(asking)

    assert posted(asking) is None
    assert "Digits" not in asking.at("/silent")[0].form


def test_an_empty_result_is_posted_without_digits(asking: Product) -> None:
    ask_for(asking, numDigits="1", actionOnEmptyResult="true")

    ring(asking)

    assert "Digits" not in (posted(asking) or {})
    assert (posted(asking) or {})["msg"] == "Gather End"


def test_an_empty_result_can_be_posted_with_blank_digits(asking: Product) -> None:
    ask_for(asking, numDigits="1", actionOnEmptyResult="true")

    ring(asking, behaviour=Behaviour(empty_digits="blank"))

    assert (posted(asking) or {})["Digits"] == ""


def test_a_key_during_the_words_stops_them(asking: Product) -> None:
    asking.on("/voice", f'<Gather action="/next" numDigits="2">{say(WORDS)}{say(WORDS)}</Gather>')

    call = ring(asking, {1.0: "1", 2.0: "2"})

    assert (posted(asking) or {})["Digits"] == "12"
    assert len(kinds(call, "prompt")) == 1
    assert kinds(call, "barge_in")[0]["after"] == 1.0


def test_a_key_stops_a_nested_pause_and_starts_the_wait_between_keys(asking: Product) -> None:
    nested = f'<Gather action="/next" numDigits="16" timeout="8">{say(WORDS)}<Pause length="7"/></Gather>'
    asking.on("/voice", nested)

    call = ring(asking, {AFTER: "1"})

    assert (posted(asking) or {})["Digits"] == "1"
    assert length(call) == pytest.approx(AFTER + 8)


def test_a_nested_pause_takes_its_full_time_before_the_wait(asking: Product) -> None:
    asking.on(
        "/voice", f'<Gather action="/next" timeout="8">{say(WORDS)}<Pause length="7"/></Gather>'
    )

    call = ring(asking)

    assert length(call) == pytest.approx(SPOKEN_S + 7 + 8)


@pytest.mark.parametrize("at", [1.0, AFTER])
def test_a_bare_finish_key_ends_empty_by_default(asking: Product, at: float) -> None:
    ask_for(asking, numDigits="16")

    call = ring(asking, {at: "#"})

    assert posted(asking) is None
    assert asking.at("/silent")
    assert length(call) == pytest.approx(at)


def test_a_bare_finish_key_is_told_where_empty_results_are_posted(asking: Product) -> None:
    ask_for(asking, numDigits="16", actionOnEmptyResult="true")

    ring(asking, {AFTER: "#"})

    form = posted(asking) or {}
    assert form["FinishedOnKey"] == "#"
    assert "Digits" not in form


def test_a_bare_finish_key_can_be_ignored(asking: Product) -> None:
    ask_for(asking, numDigits="2", timeout="5")

    call = ring(
        asking,
        {1.0: "#", AFTER + 1: "#", AFTER + 4: "12"},
        behaviour=Behaviour(bare_finish_key="ignored"),
    )

    assert (posted(asking) or {})["Digits"] == "12"
    assert kinds(call, "barge_in") == []


def test_an_ignored_finish_key_does_not_restart_the_wait(asking: Product) -> None:
    ask_for(asking, timeout="5")

    call = ring(asking, {AFTER + 1: "#"}, behaviour=Behaviour(bare_finish_key="ignored"))

    assert length(call) == pytest.approx(SPOKEN_S + 5)


def test_a_bare_finish_key_can_be_posted(asking: Product) -> None:
    ask_for(asking, numDigits="16")

    ring(asking, {AFTER: "#"}, behaviour=Behaviour(bare_finish_key="posted"))

    assert (posted(asking) or {})["Digits"] == "#"


def test_the_habitual_pound_sign_lands_in_the_next_gather(asking: Product) -> None:
    ask_for(asking, numDigits="2")
    asking.on("/next", ask("유효기간을 눌러 주세요.", "/second") + "<Redirect>/silent</Redirect>")

    ring(asking, {AFTER: "12", AFTER + 0.2: "#"})

    assert asking.at("/second") == []
    assert asking.at("/silent")


def test_without_action_the_current_document_is_asked_again(product: Product) -> None:
    product.on("/voice", f'<Gather numDigits="1">{say(WORDS)}</Gather>', "<Hangup/>")

    ring(product, {AFTER: "1"})

    assert [received.form.get("Digits") for received in product.at("/voice")] == [None, "1"]


def test_a_relative_action_is_resolved_against_the_current_document(product: Product) -> None:
    product.on("/calls/start", f'<Gather action="../card" numDigits="1">{say(WORDS)}</Gather>')
    product.on("/card", "<Hangup/>")

    ring(product, {AFTER: "1"}, voice_path="/calls/start?c=abc")

    assert product.at("/card")[0].is_signed


def test_by_get_the_keys_stand_behind_the_query_and_are_signed(asking: Product) -> None:
    asking.on(
        "/voice", f'<Gather action="/next?Retry=1" method="GET" numDigits="1">{say(WORDS)}</Gather>'
    )

    ring(asking, {AFTER: "1"})

    received = asking.at("/next")[0]
    assert list(received.args)[:1] == ["Retry"]
    assert (received.args["Digits"], received.args["msg"]) == ("1", "Gather End")
    assert received.is_signed


def test_keys_outside_a_gather_are_lost_and_counted(asking: Product) -> None:
    asking.on("/voice", say(WORDS) + ask(WORDS, "/next", numDigits="1") + "<Hangup/>")

    call = ring(asking, {0.5: "11", 1.0: "1"})

    assert posted(asking) is None
    assert call.keys_dropped == 3
    assert kinds(call, "keys_dropped") == [{"count": 3}]


def test_keys_outside_a_gather_can_be_carried_over(asking: Product) -> None:
    asking.on("/voice", say(WORDS) + ask(WORDS, "/next", numDigits="1") + "<Hangup/>")

    call = ring(asking, {0.5: "1"}, behaviour=Behaviour(type_ahead=True))

    assert (posted(asking) or {})["Digits"] == "1"
    assert call.keys_dropped == 0


def test_keys_pressed_during_a_round_trip_are_lost(asking: Product) -> None:
    ask_for(asking, numDigits="2")
    asking.on("/next", ask(WORDS, "/second", numDigits="1") + "<Hangup/>")

    call = ring(asking, {AFTER: "12", AFTER + 0.2: "#"}, behaviour=Behaviour(round_trip_s=0.3))

    assert call.keys_dropped == 1


def test_hanging_up_inside_a_gather_posts_nothing(asking: Product) -> None:
    asking.on("/status", "")
    ask_for(asking, numDigits="16")

    call = ring(asking, {AFTER: "1234"}, hang_up_at=AFTER + 1, status_path="/status")

    assert posted(asking) is None
    assert (call.status, call.ended_by) == ("completed", "caller")
    assert asking.at("/status")[0].form["CallStatus"] == "completed"


def test_hanging_up_inside_a_gather_can_flush_the_digits(asking: Product) -> None:
    asking.on("/status", "")
    ask_for(asking, numDigits="16")
    flushing = Behaviour(hangup_flush=True)

    ring(asking, {AFTER: "1234"}, hang_up_at=AFTER + 1, behaviour=flushing, status_path="/status")

    form = posted(asking) or {}
    assert (form["Digits"], form["CallStatus"]) == ("1234", "completed")
    assert [received.path for received in asking.received] == ["/voice", "/next", "/status"]


def test_invalid_attributes_are_reported_and_the_defaults_used(asking: Product) -> None:
    ask_for(asking, numDigits="many", timeout="0", finishOnKey="##")

    call = ring(asking, {AFTER: "12#"})

    assert sorted(codes(call)) == ["13310", "13313", "13314"]
    assert (posted(asking) or {})["Digits"] == "12"


def test_speech_only_hears_no_keys(asking: Product) -> None:
    ask_for(asking, input="speech")

    ring(asking, {AFTER: "1"})

    assert posted(asking) is None


def test_barge_in_can_be_switched_off_while_keys_still_count(asking: Product) -> None:
    ask_for(asking, numDigits="2", bargeIn="false", timeout="5")

    call = ring(asking, {1.0: "1", AFTER: "2"})

    assert (posted(asking) or {})["Digits"] == "12"
    assert kinds(call, "barge_in") == []


def test_the_ways_a_question_was_answered_are_remembered(asking: Product) -> None:
    ask_for(asking, numDigits="16")

    call = ring(asking, {AFTER: "1234"})

    assert call.gathers == {WORDS: {"4 digits (partial)"}}

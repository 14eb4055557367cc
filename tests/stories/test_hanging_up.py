"""The caller hangs up, or the line drops: nothing is lost, and nothing happens behind their back."""

from __future__ import annotations

import sqlalchemy as sa

from tests.stories.caller import GOOD_CARD, Caller
from tests.stories.service import Service
from tests.virtual_numbers.pool import statements

CUT_OFF = "조금 전 통화가 끊겼습니다. 이어서 하시려면 1번"
NOT_REGISTERED = "카드가 등록되지 않았습니다"


def test_hanging_up_before_the_consent_changes_nothing(service: Service, caller: Caller) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).hangs_up()
    service.passes(minutes=20)

    assert service.registration(made)["status"] == "awaiting_customer"
    assert service.consents() == []
    Caller(service).dials(made["virtual_number"]).hears("자동결제에 동의하시면 1번")


def test_hanging_up_during_the_digits_destroys_them(service: Service, caller: Caller) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("1", "1", "1", GOOD_CARD, "0829")
    assert len(service.rows("sealed_answers")) == 2
    caller.hangs_up()

    assert service.rows("sealed_answers") == []
    assert service.registration(made)["status"] == "awaiting_customer"


def test_hanging_up_on_hold_the_success_is_texted(service: Service, caller: Caller) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card().hangs_up()
    service.works()

    assert service.registration(made)["status"] == "registered"
    assert "신한 ****0004" in service.texts("등록 완료")[0]
    assert service.rows("sealed_answers") == []


def test_hanging_up_on_hold_the_refusal_is_texted_with_the_way_back(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card(password="99").hangs_up()
    service.works()

    (text,) = service.texts(NOT_REGISTERED)
    assert "다시 하시려면 070-7000-00" in text
    assert "비밀번호" not in text
    assert service.registration(made)["status"] == "awaiting_customer"


def test_hanging_up_on_hold_a_reached_limit_is_texted(service: Service) -> None:
    made = service.registers()
    for _ in range(2):
        caller = Caller(service).dials(made["virtual_number"])
        caller.presses("1", "1", "1").gives_card(password="99").holds().hangs_up()
        service.clock.advance(minutes=11)

    caller = Caller(service).dials(made["virtual_number"])
    caller.presses("1", "1", "1").gives_card().hangs_up()
    service.works()

    assert any("횟수를 넘었습니다" in text for text in service.texts(NOT_REGISTERED))


def test_hanging_up_when_the_result_is_there_but_was_not_heard_it_is_texted(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card(password="99")
    service.works()
    caller.hangs_up()

    assert len(service.texts(NOT_REGISTERED)) == 1


def test_a_dropped_call_goes_on_after_the_consents_within_ten_minutes(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1", "1", GOOD_CARD).hangs_up()
    service.clock.advance(minutes=9)

    caller = Caller(service).dials(made["virtual_number"]).hears(CUT_OFF)
    caller.presses("1").hears("카드를 준비해 주세요").presses("1").hears("카드번호 열여섯 자리")
    caller.gives_card().holds().hears("등록이 끝났습니다")

    assert [consent["subject"] for consent in service.consents()] == [
        "automatic_payment",
        "card_data",
    ]


def test_a_dropped_call_may_begin_again(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1").hangs_up()

    Caller(service).dials(made["virtual_number"]).presses("2").hears("자동결제에 동의하시면 1번")


def test_after_ten_minutes_a_call_begins_again(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1").hangs_up()
    service.clock.advance(minutes=10, seconds=1)

    caller = Caller(service).dials(made["virtual_number"])
    caller.hears("자동결제에 동의하시면 1번").does_not_hear(CUT_OFF)


def test_one_consent_of_two_is_not_enough_to_go_on(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1").hangs_up()

    Caller(service).dials(made["virtual_number"]).hears("자동결제에 동의하시면 1번")


def test_a_call_that_ended_with_a_goodbye_was_not_cut_off(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1").stays_silent(4).hears(
        "마치겠습니다"
    ).hangs_up()

    Caller(service).dials(made["virtual_number"]).hears("자동결제에 동의하시면 1번")


def test_a_second_call_at_the_same_time_waits(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1")

    second = Caller(service).dials(made["virtual_number"]).hears("다른 통화에서 같은 요청을")
    assert second.hung_up
    caller.presses("1", "1").gives_card().holds().hears("등록이 끝났습니다")


def test_a_call_that_was_turned_away_keeps_nobody_out(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"])
    Caller(service).dials(made["virtual_number"]).hears("다른 통화에서")

    caller.hangs_up()

    Caller(service).dials(made["virtual_number"]).hears("자동결제에 동의하시면 1번")


def test_a_second_call_while_the_card_is_checked_waits_too(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card()

    Caller(service).dials(made["virtual_number"]).hears("다른 통화에서 같은 요청을")
    caller.holds().hears("등록이 끝났습니다")


def test_a_call_whose_end_nobody_told_us_ends_by_itself(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1", "1", GOOD_CARD)

    service.passes(minutes=16)

    (call,) = service.rows("calls")
    assert call["ended_how"] == "silent"
    assert service.rows("sealed_answers") == []


def test_words_about_the_end_of_a_call_may_come_in_any_order_and_number(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1").hangs_up()
    (ended,) = service.rows("calls")
    service.clock.advance(seconds=30)

    for status in ("ringing", "in-progress", "completed", "failed", "completed"):
        form = {"CallSid": caller.sid, "CallStatus": status}
        assert service.webhook("/twilio/call-status", form).status_code == 204

    assert service.rows("calls") == [ended]


def test_keys_that_arrive_after_the_hang_up_agree_to_nothing(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"])

    caller.delivers({"Digits": "1", "CallStatus": "completed"})
    assert service.consents() == []
    caller = Caller(service).dials(made["virtual_number"]).hears("다른 통화에서")


def test_keys_that_arrive_after_the_word_of_the_end_agree_to_nothing(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).hangs_up()

    caller.presses("1")

    assert service.consents() == []
    assert service.journal(caller.sid) == []


def test_who_was_cut_off_is_spoken_to_as_before(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("8").hears("press 1").presses("9", "1", "1")
    assert caller.pace is not None
    caller.hangs_up()

    again = Caller(service).dials(made["virtual_number"]).hears("Your last call was cut off")
    assert again.pace is not None
    again.presses("1").hears("Please have your card ready").does_not_hear("카드")


def test_another_request_is_spoken_of_in_korean_again(service: Service, caller: Caller) -> None:
    first, second = service.registers(), service.registers()
    caller.dials(first["virtual_number"]).presses("8").hears("press 1").hangs_up()

    Caller(service).dials(second["virtual_number"]).hears("자동결제에 동의하시면 1번")
    Caller(service).dials(first["virtual_number"]).hears("press 1").presses("8").hears("안녕하세요")


def test_a_call_is_opened_without_a_look_at_the_consents_of_everybody(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    with statements(service.database) as asked:
        caller.dials(made["virtual_number"])
    explain = "EXPLAIN QUERY PLAN" if service.database.is_sqlite else "EXPLAIN"
    with service.database.reading() as session:
        if not service.database.is_sqlite:
            # A handful of rows is read from end to end, whatever indexes there are.
            session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        (plan,) = (
            str(session.connection().exec_driver_sql(f"{explain} {query}", values).all())  # type: ignore[arg-type]
            for query, values in asked
            if "consent_records" in query
        )

    assert "ix_consent_records_request_id" in plan

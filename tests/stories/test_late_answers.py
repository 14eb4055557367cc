"""The card company takes its time: what the caller hears, and how the result still arrives."""

from foundation.phone_number import PhoneNumber
from tests.billing_core.faulty_line import Fault, FaultyLine
from tests.stories.caller import Caller
from tests.stories.service import Service
from tests.stories.test_consent_to_charge import asked, enters_another_card, now, registered

SILENT = "9999006800000003"
WAITING = "아직 확인하고 있습니다"
KEY_IT_AGAIN = (
    "눌러 주신 카드 정보를 카드사에 보내지 못했습니다. 등록되거나 결제된 것은 없습니다",
    "처음부터 다시 누르시려면 1번",
)
LATE = "확인이 늦어지고 있습니다. 결과를 문자로 알려 드리겠습니다"


def on_hold(service: Service, caller: Caller, card: str = "9999000000000004") -> str:
    """Call and give a card; return the registration's id."""
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card(card)
    return str(made["id"])


def grows_old(service: Service) -> None:
    """Let what was keyed reach its ten minutes before the worker does anything about it."""
    service.clock.advance(minutes=10)
    for sweep in service.parts.sweeps():
        sweep.do()


def status(service: Service, registration_id: str) -> str:
    return str(service.registration({"id": registration_id})["status"])


def test_while_the_card_is_checked_somebody_speaks_every_eight_seconds(
    service: Service, caller: Caller
) -> None:
    on_hold(service, caller)

    for _ in range(3):
        for _ in range(3):
            caller.waits().does_not_hear(WAITING)
        caller.waits().hears(WAITING)


def test_a_result_that_comes_while_the_caller_waits_is_spoken(
    service: Service, caller: Caller
) -> None:
    on_hold(service, caller)

    caller.waits(7).holds().hears("등록이 끝났습니다")


def test_after_25_seconds_the_caller_is_not_kept_any_longer(
    service: Service, caller: Caller
) -> None:
    registration = on_hold(service, caller)
    began = service.clock.now()

    caller.holds_in_vain().hears(LATE, "다시 등록하지 않으셔도 됩니다", "결제되지 않았습니다")

    assert caller.hung_up
    assert 25 <= (service.clock.now() - began).total_seconds() <= 30
    caller.hangs_up()
    service.works()
    assert status(service, registration) == "registered"
    assert len(service.texts("등록 완료")) == 1


def test_a_refusal_that_comes_after_the_goodbye_is_texted(service: Service, caller: Caller) -> None:
    registration = on_hold(service, caller, "9999004300000003")
    caller.holds_in_vain().hears(LATE)

    service.works()
    caller.hangs_up()

    assert status(service, registration) == "awaiting_customer"
    assert len(service.texts("카드가 등록되지 않았습니다")) == 1


def test_a_refusal_that_comes_after_the_goodbye_and_the_hang_up_is_texted_once(
    service: Service, caller: Caller
) -> None:
    on_hold(service, caller, "9999004300000003")
    caller.holds_in_vain().hangs_up()

    service.works()
    service.passes(minutes=20)

    assert len(service.texts("카드가 등록되지 않았습니다")) == 1


def test_a_lost_answer_is_found_out_and_texted(service: Service, caller: Caller) -> None:
    registration = on_hold(service, caller, SILENT)

    caller.holds().hears(LATE).hangs_up()
    assert status(service, registration) == "processing"
    service.passes(seconds=6)

    assert status(service, registration) == "registered"
    assert service.events() == ["registration.registered"]
    assert len(service.texts("등록 완료")) == 1
    assert len(service.rows("issue_attempts")) == 1


def test_who_calls_while_the_answer_is_lost_is_asked_to_wait_for_the_text(
    service: Service, caller: Caller
) -> None:
    on_hold(service, caller, SILENT)
    caller.holds().hangs_up()

    Caller(service).dials(caller.dialled).hears("다시 등록하지 않으셔도 됩니다")


def test_a_worker_that_did_the_work_twice_registers_once(service: Service, caller: Caller) -> None:
    registration = on_hold(service, caller)
    staged = list(service.worker.staged)

    service.works()
    service.worker.staged += staged
    service.works()

    caller.holds().hears("등록이 끝났습니다")
    assert status(service, registration) == "registered"
    assert len(service.rows("issue_attempts")) == 1
    assert len(service.texts("등록 완료")) == 1


def test_an_entry_older_than_ten_minutes_is_destroyed_and_sent_nowhere(
    service: Service, caller: Caller
) -> None:
    registration = on_hold(service, caller)
    assert len(service.rows("sealed_answers")) == 4

    grows_old(service)
    assert service.rows("sealed_answers") == []
    service.works()

    assert service.rows("issue_attempts") == []
    assert service.registration({"id": registration})["failure"]["code"] == "entry_lost"
    caller.holds_in_vain().hears(*KEY_IT_AGAIN).does_not_hear("점검", "문자로")
    caller.presses("1").hears("카드번호").gives_card().holds().hears("등록이 끝났습니다")


def test_a_card_keyed_over_more_than_ten_minutes_is_keyed_again(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1", "1", "9999000000000004", "0829")
    for _ in range(61):
        caller.presses("*")
        service.passes(seconds=9)

    caller.presses("1", "900101", "12").holds().hears(*KEY_IT_AGAIN).presses("2")

    caller.hears("이번 통화에서 결제된 금액은 없습니다")
    assert service.rows("issue_attempts") == service.rows("sealed_answers") == []
    assert status(service, made["id"]) == "awaiting_customer"


def test_who_hung_up_while_an_entry_grew_too_old_reads_that_it_was_not_sent(
    service: Service, caller: Caller
) -> None:
    on_hold(service, caller)
    caller.hangs_up()
    grows_old(service)

    (text,) = service.texts("카드가 등록되지 않았습니다")
    assert "입력하신 카드 정보를 카드사에 보내지 못했습니다" in text
    assert PhoneNumber(caller.dialled).national in text


def test_a_card_keyed_too_slowly_for_a_charge_is_keyed_again(
    service: Service, caller: Caller
) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"])
    enters_another_card(caller).presses("2")
    grows_old(service)
    caller.presses("1").holds().hears(*KEY_IT_AGAIN).does_not_hear("점검", "문자로")
    assert now(service, charge)["status"] == "awaiting_consent"

    caller.presses("1").presses("1").gives_card().presses("2", "1").holds()

    caller.hears("결제가 끝났습니다")
    assert now(service, charge)["status"] == "approved"
    assert len(service.rows("charge_attempts")) == 1


def test_answers_are_destroyed_as_soon_as_the_card_was_checked(
    service: Service, caller: Caller
) -> None:
    on_hold(service, caller)

    service.works()

    assert service.rows("sealed_answers") == []


def test_a_charge_refused_after_the_goodbye_is_texted_once(
    service: Service, caller: Caller
) -> None:
    registration = on_hold(service, caller, "9999000000510002")
    caller.holds().hangs_up()
    key = service.registration({"id": registration})["bill_key"]
    body = {"bill_key": key, "order_id": "2026-11-0001", "amount": 39000, "item": "요금"}
    charge = service.asks("POST", "/v1/charges", body)[1]

    paying = Caller(service).dials(charge["virtual_number"]).presses("1").holds_in_vain()
    paying.hears("카드사 응답이 늦어지고 있습니다").hangs_up()
    service.works()
    service.passes(minutes=20)

    assert service.asks("GET", f"/v1/charges/{charge['id']}")[1]["status"] == "declined"
    assert len(service.texts("결제되지 않았습니다")) == 1


def the_acquirer_loses_a_request(service: Service) -> FaultyLine:
    """The next card check never arrives, and no inquiry is answered until told otherwise."""
    accounts = service.parts.own_accounts
    line = FaultyLine(accounts["sandbox"])
    line.issue_faults, line.is_inquiry_down = [Fault.REQUEST_LOST], True
    accounts["sandbox"] = line
    return line


def in_doubt_until_long_after_its_time(service: Service, caller: Caller) -> tuple[str, FaultyLine]:
    """Give a card to an acquirer that is silent for hours; return the registration's id."""
    line = the_acquirer_loses_a_request(service)
    made = service.registers(expires_in=3600)
    caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card().holds()
    caller.hears(LATE).hangs_up()
    for _ in range(8):
        service.passes(minutes=20)
    assert status(service, made["id"]) == "processing"
    return str(made["id"]), line


def answers_again(service: Service, line: FaultyLine) -> None:
    line.is_inquiry_down = False
    for _ in range(3):
        service.passes(minutes=11)


def test_the_number_outlasts_a_doubt_and_is_the_one_that_the_text_names(
    service: Service, caller: Caller
) -> None:
    registration, line = in_doubt_until_long_after_its_time(service, caller)
    answers_again(service, line)

    made = service.registration({"id": registration})
    (text,) = service.texts("카드가 등록되지 않았습니다")
    assert (made["status"], made["virtual_number"]) == ("awaiting_customer", caller.dialled)
    assert PhoneNumber(caller.dialled).national in text
    again = Caller(service).dials(made["virtual_number"]).presses("1", "1", "1").gives_card()
    again.holds().hears("등록이 끝났습니다")

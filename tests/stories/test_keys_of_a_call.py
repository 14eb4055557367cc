"""The key rule of every step: star repeats, # goes back, silence and wrong keys have their ladders."""

import pytest

from tests.stories.caller import Caller
from tests.stories.service import Service


def at_the_card(caller: Caller, number: str) -> Caller:
    return caller.dials(number).presses("1", "1", "1")


def test_star_repeats_a_menu_with_everything_that_belongs_to_it(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    first = caller.dials(made["virtual_number"]).spoken()
    caller.presses("*")

    assert caller.spoken() == first


def test_hash_goes_one_step_back_in_menus(service: Service, caller: Caller) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("1").hears("카드번호, 유효기간")
    caller.presses("#").hears("자동결제에 동의하시면 1번")
    caller.presses("1", "1").hears("카드를 준비해 주세요").presses("#").hears("카드번호, 유효기간")
    caller.presses("1", "1").presses("9999000000000004", "0829").hears("맞으면 1번")


def test_hash_goes_one_step_back_in_fields(service: Service, caller: Caller) -> None:
    made = service.registers()

    at_the_card(caller, made["virtual_number"]).presses("9999000000000004", "0829", "1")
    caller.hears("생년월일").presses("#").hears("공 공 공 사")
    caller.presses("#").hears("유효기간을 눌러 주세요").presses("#").hears("카드번호 열여섯 자리")
    caller.gives_card().holds().hears("등록이 끝났습니다")


def test_star_with_nothing_typed_repeats_a_field(service: Service, caller: Caller) -> None:
    made = service.registers()

    at_the_card(caller, made["virtual_number"]).presses("*").hears("카드번호 열여섯 자리")
    caller.presses("9999000000000004", "*").hears("유효기간을 눌러 주세요")
    caller.presses("0829", "1", "*").hears("생년월일 여섯 자리")
    caller.presses("900101", "*").hears("앞 두 자리만").presses("12").holds().hears(
        "등록이 끝났습니다"
    )


def test_a_star_inside_a_field_starts_it_again_and_is_no_error(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    at_the_card(caller, made["virtual_number"]).presses("9999000000000004")
    for _ in range(4):
        caller.presses("1*08").hears("유효기간을 눌러 주세요")
    caller.presses("0829", "1").presses("900*900101").hears("앞 두 자리만")
    caller.presses("9*").hears("앞 두 자리만").presses("12").holds().hears("등록이 끝났습니다")

    assert caller.pace is None


def test_silence_first_repeats_then_helps_and_slows_down_then_ends(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).stays_silent().hears(
        "누르신 번호를 받지 못했습니다", "1번"
    )
    assert caller.pace is None
    caller.stays_silent().hears("키패드를 연 다음", "동의하시면 1번")
    assert caller.pace == "85%"
    caller.stays_silent().hears("계속 번호가 들어오지 않습니다").stays_silent()
    caller.hears("여기서 마치겠습니다. 이번 통화에서는 아무것도 결제되지 않았습니다")

    assert caller.hung_up
    assert service.registration(made)["status"] == "awaiting_customer"


def test_silence_in_a_field_has_the_same_ladder(service: Service, caller: Caller) -> None:
    made = service.registers()

    at_the_card(caller, made["virtual_number"]).stays_silent().hears(
        "받지 못했습니다", "열여섯 자리"
    )
    caller.stays_silent().hears("키패드를 연 다음", "열여섯 자리")
    caller.stays_silent().hears("직원 연락을 원하시면 0번").presses("0")
    caller.hears("연락을 부탁드렸습니다", "결제된 금액은 없습니다")

    assert service.events() == ["customer.callback_requested"]


def test_wrong_keys_are_named_then_slowed_down_then_helped(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("1", "7").hears(
        "없는 번호입니다", "동의하시면 1번"
    )
    caller.presses("7").hears("일 번, 이 번 중에서 눌러 주세요")
    assert caller.pace == "85%"
    caller.presses("7").hears("번호 입력이 어려우시면").presses("3").hears("결제된 금액은 없습니다")

    assert caller.hung_up


def test_six_errors_in_a_call_bring_help_whatever_the_field(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("7", "7", "1", "7", "7", "1")
    caller.presses("7", "1").presses("99").hears("번호 입력이 어려우시면")


def test_help_sends_the_text_again(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "7", "7", "7", "2").hears(
        "결제된 금액은 없습니다"
    )

    sent = service.texts("등록 요청")
    assert len(sent) == 2
    assert sent[0] == sent[1]


def test_help_promises_a_call_back(service: Service, caller: Caller) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("1", "7", "7", "7", "1").hears(
        "연락을 부탁드렸습니다"
    )

    assert service.events() == ["customer.callback_requested"]


def test_nobody_hurries_a_caller_who_is_looking_for_the_card(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("1", "1").hears("그대로 기다리셔도 됩니다")
    assert caller.question("timeout") == "20"
    caller.stays_silent().hears("천천히 준비하세요").does_not_hear("받지 못했습니다")
    caller.stays_silent().hears("천천히 준비하세요").presses("1").hears("카드번호 열여섯 자리")


def test_after_a_minute_without_a_card_somebody_asks_whether_anybody_is_there(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("1", "1").stays_silent(3)
    caller.hears("계속 번호가 들어오지 않습니다").stays_silent().hears("여기서 마치겠습니다")


def test_star_and_wrong_keys_while_the_card_is_fetched(service: Service, caller: Caller) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("1", "1", "*").hears("카드를 준비해 주세요")
    caller.presses("5").hears("없는 번호입니다", "준비되시면 1번").presses("1").hears("열여섯 자리")


def test_a_wrong_key_is_never_written_down(service: Service, caller: Caller) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("1", "7", "5")

    assert [entry["key"] for entry in service.journal(caller.sid)] == ["1", "?", "?"]


def test_a_slip_of_the_finger_at_the_last_offer_does_not_end_the_call(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("", "", "").hears("계속 번호가 들어오지 않습니다")
    caller.presses("7").hears("없는 번호입니다", "계속 번호가 들어오지 않습니다")
    caller.presses("*").hears("계속 번호가 들어오지 않습니다").does_not_hear("없는 번호입니다")
    caller.presses("0").hears("한빛엘피지에 연락을 부탁드렸습니다")

    assert caller.hung_up


def test_whoever_keeps_pressing_wrong_keys_at_the_last_offer_gets_help(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("", "", "", *"777777")
    caller.hears("번호 입력이 어려우시면").presses(*"777").hears("여기서 마치겠습니다")

    assert caller.hung_up


def at_the_offer_of_help(caller: Caller, number: str) -> Caller:
    return caller.dials(number).presses("1", "7", "7", "7").hears("번호 입력이 어려우시면")


@pytest.mark.parametrize("key", ["4", "5", "9"])
def test_a_slip_of_the_finger_at_the_offer_of_help_does_not_end_the_call(
    service: Service, caller: Caller, key: str
) -> None:
    made = service.registers()

    at_the_offer_of_help(caller, made["virtual_number"])
    caller.presses(key).hears("없는 번호입니다", "번호 입력이 어려우시면")
    caller.presses(key).hears("일 번, 이 번, 삼 번 중에서", "번호 입력이 어려우시면")
    caller.presses(key).hears("여기서 마치겠습니다").does_not_hear("중에서")

    assert caller.hung_up


@pytest.mark.parametrize("key", ["*", "#"])
def test_star_and_hash_repeat_the_offer_of_help_and_count_nothing(
    service: Service, caller: Caller, key: str
) -> None:
    made = service.registers()

    at_the_offer_of_help(caller, made["virtual_number"])
    for _ in range(5):
        caller.presses(key).hears("번호 입력이 어려우시면").does_not_hear("없는 번호")
    caller.presses("1").hears("한빛엘피지에 연락을 부탁드렸습니다")

    assert caller.hung_up


def test_no_text_is_promised_to_whoever_has_had_several(service: Service, caller: Caller) -> None:
    made = service.registers()
    for _ in range(3):
        at_the_offer_of_help(caller, made["virtual_number"]).presses("2")
        caller.hears(
            "여러 번 보냈다면 더 보내지 않지만", "번호는 그대로 쓰실 수 있습니다"
        ).hangs_up()

    assert len(service.texts("등록 요청")) == 3
    caller.dials(made["virtual_number"]).hears("자동결제에 동의하시면 1번")

"""Key 0: a person in office hours, the promise of a call back outside of them."""

import pytest

from tests.stories.caller import GOOD_CARD, Caller
from tests.stories.service import Service

# From Monday, 10 o'clock in Seoul: before nine, at six in the evening, and on a Saturday.
OUTSIDE_OFFICE_HOURS = [{"hours": 22, "minutes": 59}, {"hours": 8}, {"days": 5}]


@pytest.mark.parametrize("answers", [(), ("1",), ("1", "1")], ids=["R03", "R03b", "R10"])
def test_in_office_hours_the_caller_is_connected_to_the_merchant(
    service: Service, caller: Caller, answers: tuple[str, ...]
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses(*answers, "0")
    caller.hears("직원에게 연결해 드리겠습니다. 카드번호는 말씀하지 마세요")

    assert caller.connected_to == "+82311234567"
    assert service.registration(made)["status"] == "awaiting_customer"


@pytest.mark.parametrize("later", OUTSIDE_OFFICE_HOURS, ids=["early", "late", "saturday"])
def test_outside_office_hours_the_caller_may_ask_for_a_call_back(
    service: Service, caller: Caller, later: dict[str, float]
) -> None:
    made = service.registers(expires_in=7 * 86400)
    service.clock.advance(**later)

    caller.dials(made["virtual_number"]).presses("0")
    caller.hears("상담 시간이 아닙니다", "평일 오전 아홉 시부터 오후 여섯 시까지")
    caller.presses("1").hears("한빛엘피지에 연락을 부탁드렸습니다", "결제된 금액은 없습니다")

    assert caller.hung_up
    assert service.events() == ["customer.callback_requested"]
    assert service.registration(made)["status"] == "awaiting_customer"


def test_outside_office_hours_the_caller_may_carry_on_where_they_were(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    service.clock.advance(hours=10)

    caller.dials(made["virtual_number"]).presses("0", "2").hears("자동결제에 동의하시면 1번")
    caller.presses("1", "0", "2").hears("카드번호, 유효기간")
    caller.presses("1", "0", "2").hears("준비되시면 1번")
    caller.presses("1").gives_card().holds().hears("등록이 끝났습니다")


@pytest.mark.parametrize("status", ["completed", "answered", ""])
def test_after_a_talk_the_caller_hears_that_nothing_was_charged(
    service: Service, caller: Caller, status: str
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("0").hears("결제된 금액은 없습니다", "연결해")
    caller.comes_back_from_the_transfer(status).hears("결제된 금액은 없습니다")

    assert caller.hung_up
    assert service.events() == []


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed", "canceled"])
def test_whoever_reaches_nobody_is_called_back(
    service: Service, caller: Caller, status: str
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("0").comes_back_from_the_transfer(status)
    caller.hears(
        "지금은 직원이 전화를 받지 못합니다",
        "한빛엘피지에 연락을 부탁드렸습니다",
        "결제된 금액은 없습니다",
    )

    assert caller.hung_up
    assert service.events() == ["customer.callback_requested"]
    first = caller.answer
    assert caller.again() == first
    assert service.events() == ["customer.callback_requested"]


def test_nobody_is_connected_twice_after_a_long_talk(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("0")
    service.passes(minutes=20)

    caller.comes_back_from_the_transfer("completed").hears("결제된 금액은 없습니다")

    assert caller.connected_to is None
    assert caller.hung_up


def test_nobody_is_connected_twice_when_the_database_was_away(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("0")

    # Who comes back to hear it again brings no word of how the talk ended.
    last = caller.deliveries[-1]
    address = "/twilio/voice/turn?at=1&again=1"
    answer = service.webhook(address, {**last.form, "DialCallStatus": "completed"})

    assert b"<Dial" not in answer.data
    assert b"<Hangup/>" in answer.data


def test_whoever_hangs_up_while_it_rings_leaves_nothing_behind(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("0")

    service.webhook(
        "/twilio/voice/turn?at=1",
        {
            **caller.deliveries[-1].form,
            "CallStatus": "completed",
            "DialCallStatus": "canceled",
        },
    )
    caller.hangs_up()

    assert service.events() == []


def test_one_2_goes_on_however_often_0_was_pressed(service: Service, caller: Caller) -> None:
    made = service.registers()
    service.clock.advance(hours=10)

    caller.dials(made["virtual_number"]).presses("1")
    for _ in range(4):
        caller.presses("0").hears("상담 시간이 아닙니다")
    caller.presses("2").hears("카드번호, 유효기간").does_not_hear("상담 시간")


@pytest.mark.parametrize("by", ["", "#"], ids=["pause", "pound"])
@pytest.mark.parametrize(
    ("before", "asked", "rest"),
    [
        ((), "카드번호 열여섯 자리", (GOOD_CARD, "0829", "1", "900101", "12")),
        (("99990000",), "나머지 여덟 자리", ("00000004", "0829", "1", "900101", "12")),
        ((GOOD_CARD,), "유효기간을 눌러 주세요", ("0829", "1", "900101", "12")),
        ((GOOD_CARD, "0829", "1"), "생년월일 여섯 자리", ("900101", "12")),
        ((GOOD_CARD, "0829", "1", "900101"), "앞 두 자리만", ("12",)),
    ],
    ids=["R20", "R20p", "R30", "R40", "R50"],
)
def test_in_a_field_a_lone_0_asks_for_a_person_and_2_goes_on_with_what_was_keyed(
    service: Service,
    caller: Caller,
    by: str,
    before: tuple[str, ...],
    asked: str,
    rest: tuple[str, ...],
) -> None:
    made = service.registers()
    service.clock.advance(hours=10)

    caller.dials(made["virtual_number"]).presses("1", "1", "1", *before).hears(asked)
    caller.presses("0" + by).hears("상담 시간이 아닙니다").does_not_hear("맞지 않습니다")
    caller.presses("2").hears(asked).presses(*rest).holds().hears("등록이 끝났습니다")

    assert caller.pace is None


def test_in_a_field_a_lone_0_connects_in_office_hours(service: Service, caller: Caller) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("1", "1", "1", GOOD_CARD, "0")

    assert caller.connected_to == "+82311234567"


def test_in_fours_a_lone_0_asks_for_a_person_too(service: Service, caller: Caller) -> None:
    made = service.registers()
    service.clock.advance(hours=10)

    caller.dials(made["virtual_number"]).presses("9", "1", "1", "1", "9999", "0", "2")
    caller.hears("다음 네 자리").presses("0000", "0000", "0004", "0829").hears("공 공 공 사")


def test_in_a_field_0_is_a_digit(service: Service, caller: Caller) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("1", "1", "1", "9999000000000004", "0829")

    caller.hears("공 공 공 사")


def test_a_merchant_without_a_telephone_is_asked_to_call_back(
    service: Service, caller: Caller
) -> None:
    made = service.registers(by=service.takes_in("전화 없는 가게"))

    caller.dials(made["virtual_number"]).presses("0").hears("바로 연결해 드릴 수 없습니다")
    caller.does_not_hear("상담 시간이 아닙니다")
    caller.presses("2", "0", "1").hears("전화 없는 가게에 연락을 부탁드렸습니다")

    assert caller.connected_to is None
    assert caller.hung_up

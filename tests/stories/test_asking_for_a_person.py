"""Key 0: a person in office hours, the promise of a call back outside of them."""

import pytest

from tests.stories.caller import Caller
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

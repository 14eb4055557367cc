"""Line ownership: the caller and the dialled number must be the pair that was lent."""

import pytest

from tests.stories.caller import Caller
from tests.stories.service import CUSTOMER, POOL, Service

HIDDEN = "발신번호가 표시되지 않아 확인할 수 없습니다"
STRANGER = "이 번호는 문자를 받으신 휴대전화에서만 이용하실 수 있습니다"


NOT_THE_CUSTOMER = (
    ("", HIDDEN),
    ("anonymous", HIDDEN),
    ("Anonymous", HIDDEN),
    ("unknown", HIDDEN),
    ("Restricted", HIDDEN),
    ("+266696687", HIDDEN),
    ("+7378742833", HIDDEN),
    ("+2562533", HIDDEN),
    ("+8656696", HIDDEN),
    ("+86282452253", HIDDEN),
    ("sip:01012345678@example.com", STRANGER),
    ("client:agent", STRANGER),
    ("+821099998888", STRANGER),
    ("02-123-4567", STRANGER),
    ("114", STRANGER),
    ("1" * 300, STRANGER),
    ("010-1234-5679", STRANGER),
)


def test_who_is_not_the_customer_learns_nothing(service: Service, caller: Caller) -> None:
    made = service.registers()
    unlent = next(number for number in POOL if number != made["virtual_number"])

    answers = set()
    for shown, heard in NOT_THE_CUSTOMER:
        caller.phone = shown
        for number in (made["virtual_number"], unlent, "+827099999999", "", "garbage"):
            answers.add(caller.dials(number).hears(heard).answer)
            assert caller.hung_up

    assert len(answers) == 2
    told = " ".join(caller.said)
    assert "한빛" not in told
    assert "LPG" not in told
    assert service.rows("calls") == []


def test_every_spelling_of_the_customers_number_is_the_customer(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    spellings = ("01012345678", "010-1234-5678", "+82 10 1234 5678", "821012345678")

    for caller.phone in (*spellings, "+8201012345678"):
        caller.dials(made["virtual_number"]).hears("한빛엘피지", "확인되었습니다").hangs_up()


def test_the_customer_on_another_number_of_the_pool_is_a_stranger(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    other = next(number for number in POOL if number != made["virtual_number"])

    caller.dials(other).hears(STRANGER)


def test_two_requests_of_one_customer_are_told_apart_by_their_numbers(
    service: Service, caller: Caller
) -> None:
    first = service.registers()
    second = service.registers(by=service.takes_in("달빛학원"))

    assert first["virtual_number"] != second["virtual_number"]
    caller.dials(first["virtual_number"]).hears("한빛엘피지").hangs_up()
    caller.dials(second["virtual_number"]).hears("달빛학원")


def test_a_call_stays_with_whoever_began_it(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"])
    caller.phone, caller.dialled = "+821099998888", "+827099999999"

    caller.presses("1")

    (consent,) = service.consents()
    assert consent["call"] == {"sid": caller.sid, "from": CUSTOMER, "to": made["virtual_number"]}


def test_an_expired_request_may_be_asked_for_anew(service: Service, caller: Caller) -> None:
    made = service.registers(expires_in=3600)
    service.clock.advance(hours=2)

    caller.dials(made["virtual_number"]).hears(
        "요청하신 기간이 지났습니다", "십일월 이십삼일 월요일 오전 열한 시까지"
    )
    caller.presses("1").hears("한빛엘피지에 전달했습니다")
    service.passes(seconds=1)

    assert service.registration(made)["status"] == "expired"
    assert service.events() == ["customer.new_request_wanted", "registration.expired"]


def test_an_expired_request_may_be_left_alone(service: Service, caller: Caller) -> None:
    made = service.registers(expires_in=3600)
    service.passes(hours=2)

    caller.dials(made["virtual_number"]).presses("2").hears("결제된 금액은 없습니다")

    assert service.events() == ["registration.expired"]


def test_a_week_after_its_end_a_request_is_forgotten(service: Service, caller: Caller) -> None:
    made = service.registers(expires_in=3600)
    service.passes(hours=2)
    service.passes(days=7)

    caller.dials(made["virtual_number"]).hears(STRANGER)


def test_a_canceled_request_says_so(service: Service, caller: Caller) -> None:
    made = service.registers()
    service.cancels(made)

    caller.dials(made["virtual_number"]).hears(
        "한빛엘피지에서 이 요청을 취소했습니다", "하실 일은 없습니다"
    )

    assert caller.hung_up


def test_a_finished_registration_offers_its_text_again(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card().holds().hangs_up()

    caller.dials(made["virtual_number"])
    caller.hears("이미 등록이 끝났습니다", "오전 열 시", "공 공 공 사번 신한 카드로")
    caller.presses("1").hears("문자로 보내 드렸습니다")

    first, second = service.texts("등록 완료")
    assert first == second


def test_a_result_that_is_ordered_again_and_again_goes_out_no_oftener_than_other_texts(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card().holds().hangs_up()
    assert len(service.texts("등록 완료")) == 1

    for _ in range(25):
        again = Caller(service).dials(made["virtual_number"]).presses("1")
        again.hears("결과는 문자로 보내 드렸습니다").hangs_up()
    assert len(service.texts("등록 완료")) == 3

    for _ in range(5):
        service.passes(minutes=11)
        for _ in range(4):
            Caller(service).dials(made["virtual_number"]).presses("1").hangs_up()
    assert len(service.texts("등록 요청")) == 1
    assert len(service.texts("등록 완료")) == 1 + 9


def test_a_finished_registration_offers_another_card(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card().holds().hangs_up()

    caller.dials(made["virtual_number"]).presses("2").hears("한빛엘피지에 전달했습니다")

    assert service.events() == ["registration.registered", "customer.new_request_wanted"]


def test_a_finished_registration_may_be_left_as_it_is(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card().holds().hangs_up()

    caller.dials(made["virtual_number"]).presses("3").hears("결제된 금액은 없습니다")


@pytest.mark.parametrize(("key", "events"), [("1", ["customer.new_request_wanted"]), ("2", [])])
def test_a_refused_request_has_ended(
    service: Service, caller: Caller, key: str, events: list[str]
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("2", "1").hangs_up()

    caller.dials(made["virtual_number"]).hears("이 요청은 끝났습니다").presses(key)

    assert caller.hung_up
    assert sorted(service.events()) == [*events, "registration.refused"]


def test_a_merchant_who_cancels_in_mid_call_gets_no_card(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1", "1")
    service.cancels(made)

    caller.gives_card().holds().hears(
        "한빛엘피지에서 이 요청을 취소했습니다", "결제되지 않았습니다"
    )

    assert service.rows("issue_attempts") == []
    assert service.rows("sealed_answers") == []


def test_a_request_that_expires_in_mid_call_can_be_asked_for_anew(
    service: Service, caller: Caller
) -> None:
    made = service.registers(expires_in=3600)
    service.clock.advance(minutes=59)
    caller.dials(made["virtual_number"]).presses("1", "1", "1")
    for _ in range(4):
        # Nobody keeps a request open for ever by staying on the line.
        service.passes(minutes=5)
        caller.presses("*")

    caller.gives_card().holds().does_not_hear("취소했습니다").hears("이 요청은 끝났습니다")
    caller.presses("1").hears("한빛엘피지에 전달했습니다")

    assert service.registration(made)["status"] == "expired"
    assert service.rows("issue_attempts") == []

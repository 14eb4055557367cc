"""What the card company says, what the caller hears of it, and what the merchant reads."""

import pytest

from tests.stories.caller import GOOD_CARD, Caller
from tests.stories.service import Service

NEUTRAL = "카드 정보가 맞지 않아 등록되지 않았습니다. 아무것도 결제되지 않았습니다."
BLOCKED = "비밀번호 오류 횟수를 넘어"
NOT_REGISTERED = "카드가 등록되지 않았습니다. 아무것도 결제되지 않았습니다."
ANOTHER_CALL = (
    "안전을 위해 이번 통화는 여기서 마치겠습니다. 다른 카드로 하시려면 다시 전화해 주시거나"
)
FOR_TODAY = "안전을 위해 오늘은 카드를 더 확인하지 않습니다. 내일 다시 전화해 주시거나"
ENOUGH = (
    "이 카드는 오늘 여기서 더 확인하지 않습니다",
    "등록되거나 결제된 것은 없고, 카드사에 문의하지 않으셔도 됩니다",
    "다른 카드로 하시려면 1번",
)
NOT_CONFIRMED = "카드 정보를 확인할 수 없습니다. 카드사에 문의하시거나 다른 카드를 이용해 주세요."
STOLEN = "9999004300000003"
FAIL_WHEN_CHARGED = (
    *("9999000000510002", "9999000020510008", "9999000000610000", "9999000000540009"),
    *("9999000000410005", "9999000000050009", "9999000000910004", "9999000000680003"),
    *("9999000010680001", "9999000000570006"),
)
NOT_TOLD_APART = (
    ({"number": "9999001400000008"}, "card_number_invalid", "fix_request"),
    ({"number": "9999005400000009"}, "expiry_invalid", "fix_request"),
    ({"number": "9999005500000008"}, "password_invalid", "fix_request"),
    ({"number": "9999008200000005"}, "identity_invalid", "fix_request"),
    ({"number": STOLEN}, "lost_or_stolen", "never"),
    ({"number": "5555555555554444"}, "card_number_invalid", "fix_request"),
    ({"holder": "900102"}, "identity_invalid", "fix_request"),
    ({"password": "13"}, "password_invalid", "fix_request"),
)


def call_with_card(caller: Caller, number: str) -> Caller:
    """Call, agree twice, and have the card ready."""
    return caller.dials(number).presses("1", "1", "1")


def test_the_caller_hears_one_sentence_and_the_merchant_reads_the_reason(
    service: Service,
) -> None:
    heard = set()
    for number, (card, code, advice) in enumerate(NOT_TOLD_APART):
        customer = f"+82101111{number:04d}"
        made = service.registers(to=customer)
        caller = call_with_card(Caller(service, customer), made["virtual_number"])
        heard.add(caller.gives_card(**card).holds().hears(NEUTRAL).spoken()[0])

        registration = service.registration(made)
        assert registration["status"] == "awaiting_customer"
        assert registration["failure"] == {"code": code, "message": NOT_CONFIRMED, "advice": advice}

    assert len(heard) == 1
    assert service.events() == []


def test_cards_that_fail_when_they_are_charged_register(service: Service) -> None:
    for number, card in enumerate(FAIL_WHEN_CHARGED):
        customer = f"+82101111{number:04d}"
        made = service.registers(to=customer)
        caller = call_with_card(Caller(service, customer), made["virtual_number"])

        caller.gives_card(card).holds().hears("등록이 끝났습니다").hangs_up()

    assert service.events() == ["registration.registered"] * len(FAIL_WHEN_CHARGED)


@pytest.mark.parametrize("key", ["1", "2"])
def test_after_a_refusal_the_same_or_another_card_may_be_tried(
    service: Service, caller: Caller, key: str
) -> None:
    made = service.registers()

    call_with_card(caller, made["virtual_number"]).gives_card(STOLEN).holds()
    caller.presses(key).hears("카드번호 열여섯 자리").gives_card().holds().hears(
        "등록이 끝났습니다"
    )

    registration = service.registration(made)
    assert registration["status"] == "registered"
    assert registration["failure"] is None


def test_after_a_refusal_the_caller_may_end(service: Service, caller: Caller) -> None:
    made = service.registers()

    call_with_card(caller, made["virtual_number"]).gives_card(STOLEN).holds().presses("3")

    caller.hears("이번 통화에서 결제된 금액은 없습니다")
    assert caller.hung_up


def test_two_refused_cards_end_the_call_and_the_next_call_takes_a_good_one(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    call_with_card(caller, made["virtual_number"]).gives_card(STOLEN).holds().presses("2")
    caller.gives_card("9999001400000008").holds()
    caller.hears(NOT_REGISTERED, ANOTHER_CALL, "한빛엘피지에 문의해 주세요").does_not_hear("내일")

    assert caller.hung_up
    assert service.registration(made)["status"] == "awaiting_customer"
    again = call_with_card(Caller(service), made["virtual_number"]).gives_card().holds()
    again.hears("등록이 끝났습니다")


def test_a_card_that_the_issuer_has_blocked_is_not_tried_again(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    call_with_card(caller, made["virtual_number"]).gives_card("9999007500000004").holds()
    caller.hears(BLOCKED, "다른 카드로 하시려면 1번").presses("1").gives_card().holds()

    caller.hears("등록이 끝났습니다")


def test_a_blocked_card_may_be_the_end(service: Service, caller: Caller) -> None:
    made = service.registers()

    call_with_card(caller, made["virtual_number"]).gives_card("9999007500000004").holds()
    caller.presses("2").hears("이번 통화에서 결제된 금액은 없습니다")

    assert service.registration(made)["failure"]["code"] == "auth_count_exceeded"


def test_an_issuer_under_maintenance_gives_the_customer_another_day(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    call_with_card(caller, made["virtual_number"]).gives_card("9999009100000004").holds()
    caller.hears("카드사 점검 시간", "아무것도 결제되지 않았습니다")

    assert caller.hung_up
    registration = service.registration(made)
    assert registration["status"] == "awaiting_customer"
    assert registration["failure"]["code"] == "issuer_unavailable"
    assert registration["expires_at"] > made["expires_at"]
    invited = len(service.texts(""))
    service.passes(hours=3)
    assert len(service.texts("")) == invited + 1
    first, again = service.texts("등록 요청")
    assert "기한 2026.11.24(화) 10:00" in first
    assert "기한 2026.11.25(수) 10:00" in again
    service.passes(hours=22)
    call_with_card(Caller(service), made["virtual_number"]).gives_card().holds().hears("등록이 끝")


def test_a_customer_has_five_refused_cards_a_day_over_calls_and_merchants(
    service: Service, caller: Caller
) -> None:
    for by in (service.key, service.takes_in("다른 가게")):
        made = service.registers(by=by)
        call_with_card(caller, made["virtual_number"]).gives_card(STOLEN).holds().presses("2")
        caller.gives_card("9999001400000008").holds().hears(ANOTHER_CALL).hangs_up()
        service.clock.advance(minutes=11)
    call_with_card(caller, made["virtual_number"]).gives_card(STOLEN).holds()
    caller.hears(NOT_REGISTERED, FOR_TODAY).hangs_up()
    service.clock.advance(minutes=11)

    call_with_card(caller, made["virtual_number"]).gives_card().holds()
    caller.hears(NOT_REGISTERED, FOR_TODAY).hangs_up()

    attempts = service.rows("issue_attempts")
    assert len(attempts) == 5
    service.passes(hours=14)
    call_with_card(caller, made["virtual_number"]).gives_card().holds().hears("등록이 끝났습니다")


def test_a_card_has_two_wrong_passwords_a_day_over_customers_and_merchants(
    service: Service,
) -> None:
    other = service.takes_in("다른 가게")
    for customer, by in (("+821011110001", service.key), ("+821011110002", other)):
        made = service.registers(to=customer, by=by)
        caller = Caller(service, customer)
        call_with_card(caller, made["virtual_number"]).gives_card(password="99").holds()
        caller.hears(NEUTRAL).hangs_up()

    third = service.registers(to="+821011110003")
    caller = call_with_card(Caller(service, "+821011110003"), third["virtual_number"])
    caller.gives_card().holds().hears(*ENOUGH).does_not_hear(BLOCKED, "카드 뒷면의 카드사 번호로")

    assert len(service.rows("issue_attempts")) == 2
    assert service.registration(third)["failure"]["code"] == "auth_count_exceeded"
    caller.presses("1").gives_card("9999000000510002").holds().hears("등록이 끝났습니다")


def test_two_wrong_birth_dates_are_not_blamed_on_the_card_company(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    call_with_card(caller, made["virtual_number"]).gives_card(holder="900102").holds()
    caller.presses("1").gives_card(holder="900103").holds().hears(ANOTHER_CALL)

    again = call_with_card(Caller(service), made["virtual_number"]).gives_card().holds()

    again.hears(*ENOUGH).does_not_hear(BLOCKED).presses("2").hears("결제된 금액은 없습니다")
    assert again.hung_up


def test_wrong_passwords_of_yesterday_do_not_count(service: Service) -> None:
    made = service.registers(expires_in=3 * 86400)
    for _ in range(2):
        caller = Caller(service)
        call_with_card(caller, made["virtual_number"]).gives_card(password="99").holds().hangs_up()
        service.clock.advance(minutes=11)

    service.passes(hours=15)
    caller = call_with_card(Caller(service), made["virtual_number"])

    caller.gives_card(GOOD_CARD).holds().hears("등록이 끝났습니다")


def test_the_fifth_refused_card_of_a_registration_ends_it(service: Service) -> None:
    made = service.registers(expires_in=7 * 86400)
    for day in range(3):
        caller = call_with_card(Caller(service), made["virtual_number"])
        caller.gives_card("9999001400000008").holds()
        if day < 2:
            caller.presses("2").gives_card(STOLEN).holds()
        caller.hangs_up()
        service.passes(hours=24)
        service.restarts()

    assert service.registration(made)["status"] == "failed"
    assert service.events() == ["registration.failed"]
    Caller(service).dials(made["virtual_number"]).hears("이 요청은 끝났습니다")


def test_a_merchants_program_cannot_flood_a_customer_with_results(service: Service) -> None:
    card = {
        "number": GOOD_CARD,
        "expiry_month": 8,
        "expiry_year": 29,
        "birth_or_business_number": "900101",
        "password_two_digits": "12",
    }
    made = [service.registers(channel="card", card=card, trust_phrase=None) for _ in range(6)]
    service.works()

    assert {service.registration(each)["status"] for each in made} == {"registered"}
    assert len(service.texts("카드 등록 완료")) == 3

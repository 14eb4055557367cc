"""A customer registers a card by phone."""

from tests.stories.caller import Caller
from tests.stories.service import Service

ONCE = {"consent": "once", "amount": 39000, "billing_day": 25}


def test_a_customer_registers_a_card_and_the_merchant_hears_of_it(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    service.works()

    caller.dials(made["virtual_number"]).hears(
        "한빛엘피지", "삼 오 일 이", "자동결제에 동의하시면 1번"
    )
    caller.presses("1").hears("카드번호, 유효기간", "동의하시면 1번")
    caller.presses("1").hears("카드를 준비해 주세요")
    caller.presses("1").hears("주민등록번호 뒷자리를 묻지 않습니다", "카드번호 열여섯 자리")
    caller.presses("9999000000000004").hears("유효기간을 눌러 주세요")
    caller.presses("0829").hears("신한 카드", "공 공 공 사")
    caller.presses("1").hears("생년월일 여섯 자리")
    caller.presses("900101").hears("앞 두 자리만")
    caller.presses("12").hears("카드사에 확인하고 있습니다")
    caller.holds().hears(
        "등록이 끝났습니다", "신한 카드", "결제된 금액은 없습니다", "문자로 보내 드렸습니다"
    )

    assert caller.hung_up
    registration = service.registration(made)
    assert registration["status"] == "registered"
    assert registration["failure"] is None
    status, bill_key = service.asks("GET", f"/v1/bill_keys/{registration['bill_key']}")
    assert status == 200
    assert bill_key["card"] == {
        "issuer": "신한",
        "issuer_code": "06",
        "last4": "0004",
        "type": "credit",
        "owner": "personal",
    }
    assert service.events() == ["registration.registered"]
    assert len(service.texts("등록 완료")) == 1


def test_standing_consent_names_the_amount_the_day_and_the_first_payment(
    service: Service, caller: Caller
) -> None:
    made = service.registers(terms=ONCE)

    caller.dials(made["virtual_number"]).hears("삼만 구천 원을 매월 이십오일에 이 카드로")
    caller.presses("1", "1", "1").gives_card().holds()

    caller.hears("첫 결제 예정일은 십일월 이십오일 수요일입니다")


def test_a_first_payment_in_the_middle_of_the_month_that_is_over_is_next_month(
    service: Service, caller: Caller
) -> None:
    made = service.registers(terms={**ONCE, "billing_day": 23})

    caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card().holds()

    caller.hears("첫 결제 예정일은 십이월 이십삼일 수요일입니다")


def test_the_terms_are_read_out_and_the_question_comes_back(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("3")
    caller.hears("한빛엘피지에서", "엘피지 요금", "해지는 한빛엘피지에", "동의하시면 1번")
    caller.presses("1").hears("카드번호, 유효기간")

    assert [consent["subject"] for consent in service.consents()] == ["automatic_payment"]


def test_a_caller_hears_everything_slowly_and_keys_the_card_in_fours(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("9").hears("천천히 안내해 드리겠습니다", "1번")
    assert caller.pace == "85%"
    assert caller.question("timeout") == "15"
    caller.presses("1", "1", "1").hears("네 자리씩 나누어 여쭙겠습니다")
    caller.presses("9999").hears("다음 네 자리").presses("0000").hears("다음 네 자리")
    caller.presses("0000").hears("마지막 네 자리").presses("0004").hears("유효기간")
    assert caller.question("timeout") == "9"
    caller.presses("0829", "1", "900101", "12").holds().hears("등록이 끝났습니다")

    assert caller.pace == "85%"


def test_a_whole_call_in_english(service: Service, caller: Caller) -> None:
    made = service.registers(terms=ONCE)

    caller.dials(made["virtual_number"]).hears("For English, press 8.")
    caller.presses("8").hears("automatic payment to 한빛", "한국어는 8번", "press 1", "39,000 won")
    caller.presses("3").hears("on the 25th of each month", "card")
    caller.presses("1").hears("press 1").presses("1").hears("ready")
    caller.presses("1").hears("never ask", "sixteen-digit")
    caller.presses("9999000000000004").hears("expiry date").presses("0829").hears("0 0 0 4")
    caller.presses("1").hears("date of birth").presses("900101").hears("first two digits")
    caller.presses("12").hears("checking with your card company")
    caller.holds().hears("Registration is complete", "Nothing was charged", "November 25")

    korean = [sentence for sentence in caller.said if "습니다" in sentence]
    assert korean == caller.said[: len(korean)]
    assert {consent["language"] for consent in service.consents()} == {"en"}
    assert "press 1" in service.consents()[0]["text"]


def test_key_8_leads_back_to_korean(service: Service, caller: Caller) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("8", "8").hears("자동결제에 동의하시면 1번")


def test_a_company_registers_its_card_with_a_business_number(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("1", "1", "1")
    caller.gives_card(holder="2208162517").holds().hears("등록이 끝났습니다")

    key = service.registration(made)["bill_key"]
    assert service.asks("GET", f"/v1/bill_keys/{key}")[1]["card"]["owner"] == "corporate"


def test_no_charge_is_made_by_a_registration_and_every_ending_says_so(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("2", "1")

    caller.hears("등록하지 않았습니다. 카드 정보도 받지 않았습니다")

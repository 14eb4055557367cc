"""A customer agrees to a charge by phone, and money moves exactly once."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from billing_core.charges import Charge, Status, move
from billing_core.ledger import Account, balance
from ivr.words import seconds
from tests.stories.caller import Caller
from tests.stories.operator import types
from tests.stories.service import Service

GOOD_CARD = "9999000000000004"
OTHER_CARD = "9999000000000004"


def registered(service: Service, card: str = GOOD_CARD) -> str:
    """Have a customer register this card by phone; return the bill key."""
    made = service.registers()
    service.works()
    caller = Caller(service).dials(made["virtual_number"]).presses("1", "1", "1")
    caller.presses(card, "0829", "1", "900101", "12").holds().hears("등록이 끝났습니다")
    caller.hangs_up()
    service.works()
    return str(service.registration(made)["bill_key"])


def asked(service: Service, bill_key: str, **changes: Any) -> Any:
    """Have the merchant ask for an amount."""
    body = {
        "bill_key": bill_key,
        "order_id": f"2026-11-{next(service.numbers)}",
        "amount": 39_000,
        "item": "11월 LPG 요금",
        **changes,
    }
    status, charge = service.asks("POST", "/v1/charges", body)
    assert status == 201, charge
    service.works()
    return charge


def now(service: Service, charge: Any) -> Any:
    """The charge as it stands."""
    return service.asks("GET", f"/v1/charges/{charge['id']}")[1]


def enters_another_card(caller: Caller, card: str = OTHER_CARD) -> Caller:
    """Key 2, get the card ready, and key it."""
    caller.presses("2").hears("다른 카드로 결제하겠습니다").presses("1")
    caller.hears("주민등록번호 뒷자리를 묻지 않습니다")
    return caller.presses(card, "0829", "1", "900101", "12")


def test_one_key_pays_with_the_registered_card(service: Service, caller: Caller) -> None:
    charge = asked(service, registered(service))

    caller.dials(charge["virtual_number"])
    caller.hears("한빛엘피지입니다", "삼 오 일 이", "십일월 엘피지 요금", "삼만 구천 원입니다")
    caller.hears("끝 네 자리 공 공 공 사번 신한 카드로 삼만 구천 원을 결제하는 데 동의하시면 1번")
    caller.presses("1").hears("승인을 요청하고 있습니다")
    caller.holds().hears("결제가 끝났습니다", "삼만 구천 원", "한 번에 결제되었습니다")

    assert caller.hung_up
    paid = now(service, charge)
    assert paid["status"] == "approved"
    assert paid["attempts"] == 1
    assert paid["acquirer"]["name"] == "sandbox"
    assert paid["acquirer"]["approval_number"]
    assert "charge.approved" in service.events()
    assert service.texts_of("T05")[-1].startswith("[(주)한빛LPG] 결제 완료")
    with service.database.reading() as session:
        assert balance(session, Account.ACQUIRER) == 39_000
        assert balance(session, Account.MERCHANT) == -39_000


def test_the_consent_record_says_what_was_spoken_and_what_was_sent(
    service: Service, caller: Caller
) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"]).presses("1").holds()

    record_id = now(service, charge)["consent_record"]
    status, record = service.asks("GET", f"/v1/consent_records/{record_id}")
    assert status == 200
    assert "삼만 구천 원" in record["text"]
    assert record["key_pressed"] == "1"
    assert record["facts"] == {
        "merchant": "한빛엘피지",
        "item": "11월 LPG 요금",
        "amount": 39_000,
        "card": {"issuer": "신한", "last4": "0004"},
        "months": 0,
        "interest_free": False,
        "partly_interest_free": False,
    }


def test_the_plain_case_is_spoken_in_a_minute(service: Service, caller: Caller) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"]).presses("1").holds()

    assert sum(seconds(sentence) for sentence in caller.said) <= 60


def test_keys_pressed_before_the_amount_was_spoken_agree_to_nothing(
    service: Service, caller: Caller
) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"])

    document = ET.fromstring(caller.answer)
    inside = " ".join("".join(say.itertext()) for say in document.findall("Gather/Say"))
    outside = " ".join("".join(say.itertext()) for say in document.findall("Say"))
    assert "금액은 삼만 구천 원입니다" in outside
    assert "금액은" not in inside


@pytest.mark.parametrize("again", [(), ("*",)], ids=["first", "again"])
def test_keys_pressed_before_the_final_sentence_was_spoken_agree_to_nothing(
    service: Service, caller: Caller, again: tuple[str, ...]
) -> None:
    plans = {"max_months": 6, "interest_free": []}
    charge = asked(service, registered(service), amount=60_000, installments=plans)
    caller.dials(charge["virtual_number"]).presses("1", "03", *again)
    caller.hears("한빛엘피지, 육만 원을 끝 네 자리 공 공 공 사번 신한 카드로, 삼 개월 할부로 결제")

    assert caller.lets_in() == ["동의하시면 1번, 그만두시려면 2번을 눌러 주세요."]
    caller.presses("1").holds()
    words = service.consents()[-1]["text"]
    assert words.startswith("한빛엘피지, 육만 원을") and words.endswith("2번을 눌러 주세요.")


def test_the_card_company_has_an_english_name(service: Service, caller: Caller) -> None:
    plans = {"max_months": 6, "interest_free": []}
    bill_key = registered(service)
    charge = asked(service, bill_key, amount=60_000, installments=plans)

    caller.dials(charge["virtual_number"]).presses("8").hears("your registered Shinhan card")
    caller.presses("1", "03").hears("60,000 won, Shinhan card ending 0 0 0 4, in 3 months")
    caller.presses("1").holds().hears("60,000 won, Shinhan card ending 0 0 0 4")
    at_once = asked(service, bill_key)
    again = Caller(service).dials(at_once["virtual_number"]).presses("8")
    again.hears("39,000 won with your registered Shinhan card ending")


def test_large_amounts_are_said_twice(service: Service, caller: Caller) -> None:
    charge = asked(service, registered(service), amount=120_000)

    caller.dials(charge["virtual_number"]).hears("다시 말씀드리면, 십이만 원입니다")


def test_a_sentence_of_the_merchant_is_read_after_the_amount(
    service: Service, caller: Caller
) -> None:
    note = "11월 20일에 배달한 두 통의 요금입니다."
    charge = asked(service, registered(service), note=note)

    caller.dials(charge["virtual_number"]).hears("삼만 구천 원입니다", "배달한 두 통의 요금입니다")

    assert now(service, charge)["note"] == note


def test_the_approval_number_is_said_where_the_merchant_wants_that(
    service: Service, caller: Caller
) -> None:
    first, second = (asked(service, key) for key in [registered(service)] * 2)
    merchant = service.rows("merchants")[0]["id"]

    caller.dials(first["virtual_number"]).presses("1").holds().does_not_hear("승인번호")
    types(service.parts, "merchant", "voice", merchant, "--approval-number")
    Caller(service).dials(second["virtual_number"]).presses("1").holds().hears("승인번호는")
    types(service.parts, "merchant", "voice", merchant, "--no-approval-number")

    assert service.rows("merchants")[0]["says_approval_number"] in (False, 0)


def test_three_instalments_without_interest(service: Service, caller: Caller) -> None:
    plans = {"max_months": 6, "interest_free": [2, 3]}
    charge = asked(service, registered(service), amount=60_000, installments=plans)

    caller.dials(charge["virtual_number"]).hears("카드로 결제하시려면 1번")
    caller.presses("1").hears("이 개월부터 육 개월까지", "이 개월, 삼 개월은 무이자입니다")
    caller.presses("03").hears("삼 개월 무이자 할부, 한 달에 약 이만 원", "동의하시면 1번")
    caller.presses("1").holds().hears("삼 개월 무이자 할부로 결제되었습니다")

    assert now(service, charge)["installment"] == {"months": 3, "interest_free": True}


@pytest.mark.parametrize("keys", ["00", "#"])
def test_at_once_where_instalments_are_offered(service: Service, caller: Caller, keys: str) -> None:
    plans = {"max_months": 6, "interest_free": []}
    charge = asked(service, registered(service), amount=60_000, installments=plans)

    caller.dials(charge["virtual_number"]).presses("1").hears("수수료는 카드사에서")
    caller.presses(keys).hears("한 번에 결제합니다").presses("1").holds()
    caller.hears("한 번에 결제되었습니다")

    assert now(service, charge)["installment"]["months"] == 0


def test_a_plan_that_is_not_offered_is_asked_again(service: Service, caller: Caller) -> None:
    plans = {"max_months": 3, "interest_free": []}
    charge = asked(service, registered(service), amount=60_000, installments=plans)

    caller.dials(charge["virtual_number"]).presses("1", "12")
    caller.hears("가능한 개월 수는 이 개월, 삼 개월입니다").presses("02").hears("이 개월 할부로")


def test_small_amounts_are_always_paid_at_once(service: Service, caller: Caller) -> None:
    plans = {"max_months": 6, "interest_free": [2]}
    charge = asked(service, registered(service), amount=49_999, installments=plans)

    caller.dials(charge["virtual_number"]).hears("결제하는 데 동의하시면 1번")


def test_another_card_for_this_charge_alone(service: Service, caller: Caller) -> None:
    bill_key = registered(service)
    charge = asked(service, bill_key)

    caller.dials(charge["virtual_number"])
    enters_another_card(caller).hears("앞으로 자동결제 카드로 쓰시려면 1번")
    caller.presses("2").hears("동의하시면 1번, 그만두시려면 2번").presses("1").holds()
    caller.hears("결제가 끝났습니다").does_not_hear("다음 결제부터")

    assert now(service, charge)["status"] == "approved"
    service.passes(minutes=2)
    assert service.live_keys_at_the_acquirer() == 1
    assert service.asks("GET", f"/v1/bill_keys/{bill_key}")[1]["status"] == "active"


def test_another_card_replaces_the_registered_one(service: Service, caller: Caller) -> None:
    bill_key = registered(service)
    charge = asked(service, bill_key)

    caller.dials(charge["virtual_number"])
    enters_another_card(caller).presses("1", "1").holds()
    caller.hears("결제가 끝났습니다", "이 카드가 다음 결제부터 자동결제 카드로 쓰입니다")

    assert service.asks("GET", f"/v1/bill_keys/{bill_key}")[1]["status"] == "revoked"
    keys = service.asks("GET", "/v1/bill_keys?customer_ref=cust-77")[1]["data"]
    assert [key["status"] for key in keys] == ["active", "revoked"]
    service.passes(minutes=2)
    assert service.live_keys_at_the_acquirer() == 1


@pytest.mark.parametrize(
    ("key", "reason", "spoken"),
    [
        ("1", "wrong_amount", "금액 확인을 한빛엘피지에 전달했습니다"),
        ("2", "stopping", "해지 문의로 한빛엘피지에 전달했습니다"),
        ("4", None, "결제된 금액은 없습니다"),
        ("", None, "결제된 금액은 없습니다"),
    ],
)
def test_no_is_a_first_class_answer(
    service: Service, caller: Caller, key: str, reason: str | None, spoken: str
) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"]).presses("3").hears("결제하지 않으셨습니다")
    caller.presses(key).hears(spoken)

    refused = now(service, charge)
    assert refused["status"] == "refused"
    assert refused["refusal_reason"] == reason
    assert refused["next_retry_at"] is None
    assert "charge.refused" in service.events()


def test_later_means_tomorrow_at_ten(service: Service, caller: Caller) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"]).presses("3", "3").hears(
        "십일월 이십사일 화요일 오전 열 시"
    )
    caller.hangs_up()

    assert now(service, charge)["status"] == "awaiting_consent"
    assert "customer.pays_later" in service.events()
    service.passes(hours=23)
    assert service.texts_of("T09") == []
    service.passes(hours=1, minutes=1)
    assert len(service.texts_of("T09")) == 1
    Caller(service).dials(charge["virtual_number"]).presses("1").holds().hears("결제가 끝났습니다")


@pytest.mark.parametrize(
    ("card", "spoken", "code"),
    [
        ("9999000000510002", "잔액이 부족합니다", "insufficient_funds"),
        ("9999000000610000", "한도를 넘었습니다", "insufficient_limit"),
        ("9999000000410005", "받지 않았습니다", "lost_or_stolen"),
        ("9999000000050009", "받지 않았습니다", "card_suspended"),
        ("9999000000910004", "점검 시간입니다", "issuer_unavailable"),
    ],
)
def test_a_refused_card_is_told_in_plain_or_neutral_words(
    service: Service, caller: Caller, card: str, spoken: str, code: str
) -> None:
    charge = asked(service, registered(service, card))
    caller.dials(charge["virtual_number"]).presses("1").holds()
    caller.hears("승인되지 않았습니다. 아무것도 결제되지 않았습니다", spoken)
    caller.does_not_hear("분실", "도난")

    declined = now(service, charge)
    assert declined["status"] == "declined"
    assert declined["failure"]["code"] == code
    assert declined["consent_record"] == service.rows("consent_records")[-1]["id"]
    assert "charge.declined" in service.events()


def test_a_registered_card_that_has_expired_is_to_be_changed(
    service: Service, caller: Caller
) -> None:
    charge = asked(service, registered(service, "9999000000540009"))
    caller.dials(charge["virtual_number"]).presses("1").hangs_up()
    service.works()

    failure = now(service, charge)["failure"]
    assert (failure["code"], failure["advice"]) == ("expiry_invalid", "change_card")
    assert "유효기간이 지났습니다" in failure["message"]
    assert "유효기간이 지났습니다" in service.texts_of("T06")[-1]


def test_after_a_refusal_another_card_pays_in_the_same_call(
    service: Service, caller: Caller
) -> None:
    charge = asked(service, registered(service, "9999000000510002"))
    caller.dials(charge["virtual_number"]).presses("1").holds().hears("다른 카드로 하시려면 1번")
    caller.presses("1", "1").presses(GOOD_CARD, "0829", "1", "900101", "12", "2", "1").holds()
    caller.hears("결제가 끝났습니다")

    paid = now(service, charge)
    assert paid["status"] == "approved"
    assert paid["attempts"] == 2
    with service.database.reading() as session:
        assert balance(session, Account.ACQUIRER) == 39_000


def test_a_card_without_instalments_pays_at_once(service: Service, caller: Caller) -> None:
    plans = {"max_months": 6, "interest_free": []}
    bill_key = registered(service, "9999000000570006")
    charge = asked(service, bill_key, amount=60_000, installments=plans)

    caller.dials(charge["virtual_number"]).presses("1", "03", "1").holds()
    caller.hears("선택하신 할부가 되지 않습니다", "한 번에 결제하시려면 1번")
    caller.presses("1").hears("한 번에 결제합니다").presses("1").holds()
    caller.hears("결제가 끝났습니다")

    assert now(service, charge)["installment"]["months"] == 0


@pytest.mark.parametrize(
    ("card", "status", "template"),
    [("9999000000680003", "approved", "T05"), ("9999000010680001", "declined", "T07")],
)
def test_an_unknown_outcome_is_told_honestly_and_resolves_by_itself(
    service: Service, caller: Caller, card: str, status: str, template: str
) -> None:
    charge = asked(service, registered(service, card))
    caller.dials(charge["virtual_number"]).presses("1").holds()
    caller.hears("다시 결제하지 말고 기다려 주세요").hangs_up()

    assert now(service, charge)["status"] == "unknown"
    assert "charge.unknown" in service.events()
    again = Caller(service).dials(charge["virtual_number"])
    again.hears("다시 결제하지 마시고 문자를 기다려 주세요")
    for _ in range(20):
        service.passes(seconds=30)
    settled = now(service, charge)
    assert settled["status"] == status
    assert len(service.texts_of(template)) == 1


def test_who_has_paid_is_told_so(service: Service, caller: Caller) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"]).presses("1").holds().hangs_up()

    again = Caller(service).dials(charge["virtual_number"])
    again.hears("이미 결제되었습니다", "삼만 구천 원", "다시 결제되지 않습니다").presses("1")
    service.works()
    assert len(service.texts_of("T05")) == 2


def test_hanging_up_before_the_consent_costs_nothing(service: Service, caller: Caller) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"]).hangs_up()
    service.works()

    assert now(service, charge)["status"] == "awaiting_consent"


def test_hanging_up_after_the_consent_is_answered_by_text(service: Service, caller: Caller) -> None:
    charge = asked(service, registered(service, "9999000000510002"))
    caller.dials(charge["virtual_number"]).presses("1").hangs_up()
    service.works()

    assert now(service, charge)["status"] == "declined"
    assert len(service.texts_of("T06")) == 1


def test_open_charges_of_one_customer_are_told_apart_by_their_numbers(
    service: Service,
) -> None:
    bill_key = registered(service)
    small, large = asked(service, bill_key), asked(service, bill_key, amount=41_000)
    assert small["virtual_number"] != large["virtual_number"]

    first = Caller(service).dials(small["virtual_number"]).hears("삼만 구천 원")
    second = Caller(service).dials(large["virtual_number"]).hears("사만 천 원")
    second.presses("1").holds().hears("사만 천 원")
    first.presses("1").holds().hears("삼만 구천 원")

    with service.database.reading() as session:
        assert balance(session, Account.ACQUIRER) == 80_000


def test_a_charge_taken_back_by_the_merchant_cannot_be_paid(
    service: Service, caller: Caller
) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"])
    assert service.asks("POST", f"/v1/charges/{charge['id']}/cancel", {})[0] == 200

    caller.presses("1").holds().hears("이 요청을 취소했습니다")
    assert now(service, charge)["status"] == "canceled"
    Caller(service).dials(charge["virtual_number"]).hears("이 요청을 취소했습니다")


def test_a_charge_that_runs_out_under_its_caller_is_not_called_canceled(
    service: Service, caller: Caller
) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"])
    with service.database.transaction() as session:
        row = session.get_one(Charge, charge["id"])
        move(session, row, Status.EXPIRED, why="the customer did not call in time")

    caller.presses("1").holds().hears("기간이 지났습니다. 아무것도 결제되지 않았습니다")
    caller.does_not_hear("취소").presses("1").hears("한빛엘피지에 전달했습니다")
    assert caller.hung_up
    assert now(service, charge)["status"] == "expired"
    assert "customer.new_request_wanted" in service.events()


def test_nobody_answers_in_time(service: Service, caller: Caller) -> None:
    charge = asked(service, registered(service))
    service.passes(days=1, minutes=1)

    assert now(service, charge)["status"] == "expired"
    caller.dials(charge["virtual_number"]).hears("요청하신 기간이 지났습니다")

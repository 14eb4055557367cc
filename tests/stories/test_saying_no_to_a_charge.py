"""A no counts from the key that said it; a reason, or "later", may follow."""

from __future__ import annotations

from typing import Any

import pytest

from billing_core.ledger import Account, balance
from tests.stories.caller import Caller
from tests.stories.service import Service
from tests.stories.test_consent_to_charge import GOOD_CARD, asked, now, registered

IN_MONTHS = {"max_months": 6, "interest_free": [2, 3]}
LIMIT_CARD = "9999000000610000"
NO_INSTALMENTS_CARD = "9999000000570006"


def refusals(service: Service) -> list[Any]:
    """What merchants were told about a no, by the reason."""
    found = service.asks("GET", "/v1/events?limit=100")[1]["data"]
    return [e["data"]["refusal_reason"] for e in found if e["type"] == "charge.refused"]


def says_no(service: Service, caller: Caller, by: str) -> Any:
    """Say no at this question; return the charge."""
    if by == "C04n":
        bill_key = registered(service)
        charge = asked(service, bill_key)
        service.asks("DELETE", f"/v1/bill_keys/{bill_key}")
        caller.dials(charge["virtual_number"]).presses("2")
    elif by == "C40":
        charge = asked(service, registered(service), amount=60_000, installments=IN_MONTHS)
        caller.dials(charge["virtual_number"]).presses("1", "03", "2")
    else:
        charge = asked(service, registered(service))
        caller.dials(charge["virtual_number"]).presses("3")
    caller.hears("결제하지 않으셨습니다")
    return charge


@pytest.mark.parametrize("by", ["C04a", "C40", "C04n"])
def test_who_says_no_and_hangs_up_has_refused(service: Service, caller: Caller, by: str) -> None:
    charge = says_no(service, caller, by)
    before = now(service, charge)
    caller.hangs_up()

    assert before["status"] == "refused"
    refused = now(service, charge)
    assert (refused["status"], refused["refusal_reason"]) == ("refused", None)
    assert refused["completed_at"] is not None
    assert refusals(service) == [None]
    assert refused["attempts"] == 0


def test_who_says_no_and_asks_for_a_person_has_refused(service: Service, caller: Caller) -> None:
    charge = says_no(service, caller, "C04a")
    caller.presses("0").hears("직원에게 연결해 드리겠습니다")

    assert caller.connected_to == "+82311234567"
    assert now(service, charge)["status"] == "refused"
    assert refusals(service) == [None]
    caller.hangs_up()
    assert refusals(service) == [None]


def test_the_merchant_is_told_once_and_with_the_reason(service: Service, caller: Caller) -> None:
    charge = says_no(service, caller, "C04a")
    assert refusals(service) == []
    caller.presses("1").hears("금액 확인을 한빛엘피지에 전달했습니다").hangs_up()

    assert refusals(service) == ["wrong_amount"]
    assert now(service, charge)["refusal_reason"] == "wrong_amount"


def test_a_second_call_meanwhile_does_not_end_the_question_why(
    service: Service, caller: Caller
) -> None:
    charge = says_no(service, caller, "C04a")
    second = Caller(service).dials(charge["virtual_number"]).hears("지금 다른 통화에서")
    assert second.hung_up
    second.hangs_up()

    assert refusals(service) == []
    caller.presses("1").hears("금액 확인을 한빛엘피지에 전달했습니다").hangs_up()
    assert refusals(service) == ["wrong_amount"]


def test_a_second_call_whose_end_is_lost_keeps_the_no_from_nobody(
    service: Service, caller: Caller
) -> None:
    charge = says_no(service, caller, "C04a")
    Caller(service).dials(charge["virtual_number"]).hears("지금 다른 통화에서")
    caller.presses("1").hangs_up()
    service.passes(minutes=16)

    assert refusals(service) == ["wrong_amount"]


def test_a_lost_end_of_the_call_keeps_the_no_from_nobody(service: Service, caller: Caller) -> None:
    says_no(service, caller, "C04a")
    service.passes(minutes=16)

    assert refusals(service) == [None]


def test_later_is_no_refusal(service: Service, caller: Caller) -> None:
    charge = says_no(service, caller, "C04a")
    caller.presses("3").hears("문자로 다시 알려 드리겠습니다").hangs_up()

    waiting = now(service, charge)
    assert (waiting["status"], waiting["refusal_reason"]) == ("awaiting_consent", "later")
    assert waiting["virtual_number"] == charge["virtual_number"]
    assert refusals(service) == []
    assert "customer.pays_later" in service.events()
    Caller(service).dials(charge["virtual_number"]).presses("1").holds().hears("결제가 끝났습니다")


def test_a_call_meanwhile_does_not_talk_into_the_no(service: Service, caller: Caller) -> None:
    charge = says_no(service, caller, "C04a")

    Caller(service).dials(charge["virtual_number"]).hears("지금 다른 통화에서")


def test_no_to_the_card_in_one_payment_freezes_the_charge(service: Service, caller: Caller) -> None:
    bill_key = registered(service, NO_INSTALMENTS_CARD)
    charge = asked(service, bill_key, amount=60_000, installments=IN_MONTHS)
    caller.dials(charge["virtual_number"]).presses("1", "04", "1").holds()
    caller.hears("한 번에 결제하시려면 1번").presses("3").hears("결제하지 않으셨습니다").hangs_up()

    declined = now(service, charge)
    assert (declined["status"], declined["next_retry_at"]) == ("declined", None)
    Caller(service).dials(charge["virtual_number"]).hears("이 요청은 끝났습니다")
    with service.database.reading() as session:
        assert balance(session, Account.ACQUIRER) == 0


def test_a_no_after_a_refused_card_freezes_its_retries_unless_it_means_later(
    service: Service,
) -> None:
    bill_key = registered(service, LIMIT_CARD)
    charges = [asked(service, bill_key) for _ in range(2)]
    for charge, why in zip(charges, ("2", "3"), strict=True):
        caller = Caller(service).dials(charge["virtual_number"]).presses("1").holds()
        caller.presses("1", "1").gives_card(GOOD_CARD).presses("2", "2")
        caller.hears("결제하지 않으셨습니다").presses(why).hangs_up()

    frozen, later = (now(service, charge) for charge in charges)
    assert (frozen["status"], frozen["refusal_reason"]) == ("declined", "stopping")
    assert frozen["next_retry_at"] is None
    assert (later["status"], later["refusal_reason"]) == ("declined", "later")
    assert later["next_retry_at"] is not None


@pytest.mark.parametrize("keys", ["*", "#", "7", "9"])
def test_other_keys_ask_again_why(service: Service, caller: Caller, keys: str) -> None:
    says_no(service, caller, "C04a")
    caller.presses(keys).hears("금액이 다르면 1번").presses("1")

    caller.hears("금액 확인을 한빛엘피지에 전달했습니다")
    assert refusals(service) == ["wrong_amount"]


def test_whoever_only_presses_wrong_keys_is_offered_help_and_has_refused(
    service: Service, caller: Caller
) -> None:
    charge = says_no(service, caller, "C04a")
    caller.presses("7", "7", "7").hears("번호 입력이 어려우시면").presses("3")

    assert caller.hung_up
    assert now(service, charge)["status"] == "refused"
    assert refusals(service) == [None]


def test_outside_office_hours_a_reason_can_be_given_after_asking_for_a_person(
    service: Service, caller: Caller
) -> None:
    charge = asked(service, registered(service), expires_in=7 * 86_400)
    service.clock.advance(hours=10)
    caller.dials(charge["virtual_number"]).presses("3", "0").hears("상담 시간이 아닙니다")
    caller.presses("2").hears("금액이 다르면 1번").presses("2")

    assert refusals(service) == ["stopping"]

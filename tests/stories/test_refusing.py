"""No is a first-class answer: at each consent, once it is certain."""

import pytest

from tests.stories.caller import Caller
from tests.stories.service import Service


@pytest.mark.parametrize("agreed_before", [(), ("1",)], ids=["first", "second"])
def test_a_customer_refuses_a_consent(
    service: Service, caller: Caller, agreed_before: tuple[str, ...]
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses(*agreed_before, "2").hears("동의하지 않으셨습니다")
    caller.presses("1").hears("등록하지 않았습니다", "카드 정보도 받지 않았습니다")

    assert caller.hung_up
    assert service.registration(made)["status"] == "refused"
    assert service.events() == ["registration.refused"]
    assert len(service.consents()) == len(agreed_before)


def test_a_customer_who_pressed_no_by_mistake_hears_the_questions_again(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("2", "2").hears(
        "등록하셔도 바로 결제되지 않습니다"
    )
    caller.presses("1", "2", "2").hears("카드번호, 유효기간").presses("1", "1")
    caller.gives_card().holds().hears("등록이 끝났습니다")

    assert service.events() == ["registration.registered"]
    assert [consent["subject"] for consent in service.consents()] == [
        "automatic_payment",
        "card_data",
    ]


def test_only_a_literal_1_is_a_consent(service: Service, caller: Caller) -> None:
    made = service.registers()

    for entry in ("", "*", "#", "7", "4", "5", "6", "3", "8", "9"):
        caller.dials(made["virtual_number"]).presses(entry).hears("1").hangs_up()

    assert service.consents() == []
    assert service.registration(made)["status"] == "awaiting_customer"


def test_keys_pressed_before_the_consent_sentence_was_heard_are_lost(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"])

    assert not any("바로 결제되지 않습니다" in sentence for sentence in caller.lets_in())
    assert any("동의하시면 1번" in sentence for sentence in caller.lets_in())


def test_a_merchant_who_cancels_in_mid_call_does_not_trouble_a_customer_who_refuses(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    caller.dials(made["virtual_number"]).presses("2")
    service.cancels(made)
    caller.presses("1").hears("등록하지 않았습니다")

    assert service.registration(made)["status"] == "canceled"
    assert service.events() == ["registration.canceled"]

"""A yes that no worker has come to yet: whatever the customer says or does meanwhile outweighs it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ivr.calls import ALIVE, HeldWork, forgotten_work
from ivr.jobs import FORGOTTEN_AFTER
from tests.stories.caller import Caller
from tests.stories.service import Service
from tests.stories.test_consent_to_charge import (
    OTHER_CARD,
    asked,
    enters_another_card,
    now,
    registered,
)
from tests.stories.test_program_changes import BEGINS_AGAIN, renew

NO_MONEY = "9999000000510002"
BY_TEXT = ("조금 전 결제 결과를", "다시 결제하지 마시고 문자를 기다려 주세요")
WAITING = timedelta(minutes=4)


def says_yes_in_vain(service: Service, charge: Any) -> Caller:
    """Agree, be held until a text is promised, and hang up; no worker does anything."""
    caller = Caller(service).dials(charge["virtual_number"]).presses("1")
    return caller.holds_in_vain().hears("결제 결과를 확인해서 문자로").hangs_up()


def overtaken(service: Service, charge: Any) -> tuple[Caller, Caller]:
    """Two calls about one charge: the first fell silent for so long that the second was let in."""
    first = Caller(service).dials(charge["virtual_number"])
    service.clock.advance(seconds=ALIVE.total_seconds() + 1)
    return first, Caller(service).dials(charge["virtual_number"])


def test_who_agreed_already_is_not_asked_again_and_pays_once(service: Service) -> None:
    charge = asked(service, registered(service))
    says_yes_in_vain(service, charge)

    Caller(service).dials(charge["virtual_number"]).hears(*BY_TEXT)
    service.works()
    assert now(service, charge)["status"] == "approved"
    assert len(service.consents()) == 3


def test_who_keyed_a_card_already_is_not_asked_again_and_registers_once(service: Service) -> None:
    made = service.registers()
    caller = Caller(service).dials(made["virtual_number"]).presses("1", "1", "1").gives_card()
    caller.holds_in_vain().hears("확인이 늦어지고 있습니다").hangs_up()

    again = Caller(service).dials(made["virtual_number"]).hears("확인이 늦어지고 있습니다")
    assert again.hung_up
    service.works()
    assert service.registration(made)["status"] == "registered"
    assert service.live_keys_at_the_acquirer() == 1


@pytest.mark.parametrize(("reason", "status"), [("4", "refused"), ("3", "awaiting_consent")])
def test_a_later_no_outweighs_an_older_yes(service: Service, reason: str, status: str) -> None:
    charge = asked(service, registered(service))
    first, second = overtaken(service, charge)
    first.presses("1")
    second.presses("3", reason).hangs_up()
    service.works()

    assert now(service, charge)["status"] == status
    assert now(service, charge)["attempts"] == 0
    first.holds_in_vain().hears("이 요청은 끝났습니다")


def test_a_yes_from_before_a_no_is_not_used_when_the_merchant_asks_again(service: Service) -> None:
    charge = asked(service, registered(service))
    first, second = overtaken(service, charge)
    first.presses("1").hangs_up()
    second.presses("3", "4").hangs_up()
    assert service.asks("POST", f"/v1/charges/{charge['id']}/retry")[0] == 200
    service.works()

    assert now(service, charge)["status"] == "awaiting_consent"
    assert now(service, charge)["attempts"] == 0


def test_two_calls_pay_once_and_the_slower_one_hears_that_it_is_paid(service: Service) -> None:
    charge = asked(service, registered(service))
    first, second = overtaken(service, charge)
    first.presses("1")
    second.presses("1")
    service.works()

    first.holds_in_vain().hears("결제가 끝났습니다")
    second.holds_in_vain().hears("다른 통화에서 이미 끝났습니다", "다시 결제되지 않습니다")
    assert second.hung_up
    assert now(service, charge)["attempts"] == 1


def test_each_card_is_charged_on_the_consent_that_named_it(service: Service) -> None:
    charge = asked(service, registered(service))
    first = Caller(service).dials(charge["virtual_number"])
    enters_another_card(first, OTHER_CARD)
    first.presses("2")
    service.clock.advance(seconds=ALIVE.total_seconds() + 1)
    second = Caller(service).dials(charge["virtual_number"])
    first.presses("1")
    second.presses("1")
    assert first.is_on_hold
    assert second.is_on_hold
    service.works()

    paid = now(service, charge)
    record = next(each for each in service.consents() if each["id"] == paid["consent_record"])
    assert paid["status"] == "approved"
    assert paid["card"]["last4"] == record["facts"]["card"]["last4"] == OTHER_CARD[-4:]
    assert record["call"]["sid"] == first.sid
    second.holds_in_vain().hears("다른 통화에서 이미 끝났습니다")


def test_a_refusal_that_nobody_heard_is_not_texted_after_the_receipt(service: Service) -> None:
    charge = asked(service, registered(service, NO_MONEY))
    # The line breaks while the refusal is spoken, and the provider's word about that is lost.
    Caller(service).dials(charge["virtual_number"]).presses("1").holds().hears(
        "승인되지 않았습니다"
    )
    service.clock.advance(seconds=ALIVE.total_seconds() + 1)
    again = Caller(service).dials(charge["virtual_number"])
    enters_another_card(again).presses("2", "1").holds().hears("결제가 끝났습니다").hangs_up()
    service.passes(minutes=20)

    assert now(service, charge)["status"] == "approved"
    assert service.texts("결제되지 않았습니다") == []


def test_a_card_check_that_nobody_heard_of_is_not_texted_after_the_registration(
    service: Service,
) -> None:
    made = service.registers()
    first = Caller(service).dials(made["virtual_number"]).presses("1", "1", "1")
    first.gives_card("9999001400000008").holds().hears("등록되지 않았습니다")
    service.clock.advance(seconds=ALIVE.total_seconds() + 1)
    again = Caller(service).dials(made["virtual_number"]).presses("1", "1")
    again.gives_card().holds().hears("등록이 끝났습니다").hangs_up()
    service.passes(minutes=20)

    assert service.registration(made)["status"] == "registered"
    assert service.texts("등록되지 않았습니다") == []


class TestWorkThatTheProgramHasLost:
    """It comes to an end, and the customer learns the truth about it."""

    def test_who_was_on_hold_keys_the_card_again_and_only_that_is_sent(
        self, service: Service, caller: Caller
    ) -> None:
        made = service.registers()
        caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card()
        caller.waits(2)
        renew(service, caller, 4, "menu R99")
        caller.waits().hears(BEGINS_AGAIN)
        caller.presses("1", "1", "1").gives_card().holds().hears("등록이 끝났습니다")

        assert len(service.rows("issue_attempts")) == 1
        assert all(work["outcome"] for work in service.rows("held_work"))

    def test_who_has_hung_up_is_texted_that_nothing_was_registered(
        self, service: Service, caller: Caller
    ) -> None:
        made = service.registers()
        caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card()
        caller.holds_in_vain().hangs_up()
        renew(service, caller, 4, "menu R99")
        service.works()

        assert len(service.texts("등록되지 않았습니다")) == 1
        assert service.rows("issue_attempts") == []
        assert Caller(service).dials(made["virtual_number"]).does_not_hear("늦어지고 있습니다")

    def test_who_has_hung_up_is_texted_that_nothing_was_charged(self, service: Service) -> None:
        charge = asked(service, registered(service))
        caller = says_yes_in_vain(service, charge)
        renew(service, caller, 0, "menu C99")
        service.works()

        assert len(service.texts("결제되지 않았습니다")) == 1
        assert now(service, charge)["status"] == "awaiting_consent"
        assert now(service, charge)["attempts"] == 0

    def test_the_oldest_work_is_staged_again_first(self, service: Service, caller: Caller) -> None:
        made = service.registers()
        caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card()
        service.clock.advance(seconds=WAITING.total_seconds())
        with service.database.transaction() as session:
            session.add_all(
                HeldWork(call_sid=f"CA{number:032}", position=1, staged_at=session.now)
                for number in range(200, 300)
            )
        service.clock.advance(seconds=WAITING.total_seconds())

        with service.database.reading() as session:
            found = forgotten_work(session, session.now - FORGOTTEN_AFTER)
        assert found[0][0] == caller.sid

"""Nothing expires under a caller: a call that is going on holds the deadline of its request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.stories.caller import GOOD_CARD, Caller
from tests.stories.service import Service
from tests.stories.test_consent_to_charge import asked, now, registered

FIVE_MINUTES = 300
QUARTER = timedelta(minutes=15)


def deadline(request: Any) -> datetime:
    return datetime.fromisoformat(request["expires_at"])


def numbers_lent(service: Service) -> int:
    return sum(loan["ended_at"] is None for loan in service.rows("loans"))


def test_a_card_keyed_over_the_deadline_is_registered(service: Service, caller: Caller) -> None:
    made = service.registers(expires_in=FIVE_MINUTES)
    service.passes(minutes=4)
    caller.dials(made["virtual_number"]).presses("1", "1", "1", GOOD_CARD, "0829")
    service.passes(minutes=6)

    assert service.registration(made)["status"] == "awaiting_customer"
    caller.presses("1", "900101", "12").holds().hears("등록이 끝났습니다")

    assert service.registration(made)["status"] == "registered"
    assert service.events() == ["registration.registered"]


def test_who_keys_a_card_for_more_than_a_quarter_of_an_hour_hears_that_it_is_not_registered(
    service: Service, caller: Caller
) -> None:
    made = service.registers(expires_in=FIVE_MINUTES)
    caller.dials(made["virtual_number"]).presses("1", "1")
    for key in ("*", "*", "1"):
        service.passes(minutes=4)
        caller.presses(key)
    caller.presses(GOOD_CARD, "0829", "1", "900101")
    service.passes(minutes=4)
    assert service.registration(made)["status"] == "expired"

    caller.presses("12").holds()

    caller.hears("카드가 등록되지 않았습니다. 아무것도 결제되지 않았습니다. 이 요청은 끝났습니다")
    caller.presses("1").hears("전달했습니다")


def test_a_charge_agreed_to_over_the_deadline_is_paid(service: Service, caller: Caller) -> None:
    charge = asked(service, registered(service), expires_in=FIVE_MINUTES)
    service.passes(minutes=4)
    caller.dials(charge["virtual_number"])
    service.passes(minutes=2)
    assert now(service, charge)["status"] == "awaiting_consent"

    caller.presses("1").holds().hears("결제되었습니다")

    assert now(service, charge)["status"] == "approved"
    assert service.events()[-1] == "charge.approved"


def test_the_deadline_moves_to_a_quarter_of_an_hour_after_the_call_began(
    service: Service, caller: Caller
) -> None:
    made = service.registers(expires_in=FIVE_MINUTES)
    lent = numbers_lent(service)
    service.passes(minutes=4)
    caller.dials(made["virtual_number"])
    began = service.clock.now()

    assert abs(deadline(service.registration(made)) - began - QUARTER) < timedelta(seconds=1)
    caller.hangs_up()
    service.passes(minutes=14)
    assert (service.registration(made)["status"], numbers_lent(service)) == (
        "awaiting_customer",
        lent,
    )
    service.passes(minutes=1, seconds=1)
    assert (service.registration(made)["status"], numbers_lent(service)) == ("expired", lent - 1)


def test_a_deadline_that_is_far_away_stays_where_it_is(service: Service, caller: Caller) -> None:
    made = service.registers(expires_in=3600)
    service.passes(minutes=44)

    caller.dials(made["virtual_number"]).presses("1")

    assert service.registration(made)["expires_at"] == made["expires_at"]


def test_a_call_that_comes_too_late_moves_nothing(service: Service, caller: Caller) -> None:
    made = service.registers(expires_in=FIVE_MINUTES)
    service.clock.advance(minutes=5)

    caller.dials(made["virtual_number"]).hears("요청하신 기간이 지났습니다")

    assert service.registration(made)["expires_at"] == made["expires_at"]


def test_the_number_of_a_declined_charge_is_kept_for_the_caller_who_tries_again(
    service: Service, caller: Caller
) -> None:
    charge = asked(service, registered(service, "9999000000610000"), expires_in=FIVE_MINUTES)
    caller.dials(charge["virtual_number"]).presses("1").holds().hears("승인되지 않았습니다")
    caller.hangs_up()
    service.passes(minutes=14)

    again = Caller(service).dials(charge["virtual_number"]).presses("2", "1", GOOD_CARD)
    service.passes(minutes=2)
    Caller(service).dials(charge["virtual_number"]).hears("다른 통화에서")
    again.presses("0829", "1", "900101", "12", "2", "1").holds().hears("결제되었습니다")

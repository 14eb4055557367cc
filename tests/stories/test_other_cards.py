"""Another card in a charge call: which one was refused, and who follows to one that replaces."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.caller import GOOD_CARD, Caller
from tests.stories.service import Service
from tests.stories.test_consent_to_charge import asked, enters_another_card, now, registered

WITHOUT_MONEY = "9999000000510002"
STOLEN = "9999004300000003"
AMEX = "378282246310005"
# Shinhan's, as all of the sandbox's with sixteen digits.
ENDS_LIKE_AMEX = "9999000000410005"


def event_of(service: Service, kind: str) -> Any:
    """The newest event of a kind."""
    events = service.asks("GET", "/v1/events?limit=100")[1]["data"]
    return next(event["data"] for event in events if event["type"] == kind)


def test_the_merchant_is_told_which_card_was_refused(service: Service, caller: Caller) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"])
    enters_another_card(caller, STOLEN).presses("2", "1").holds().hears("승인되지 않았습니다")
    caller.hangs_up()

    declined = now(service, charge)
    assert declined["card"]["last4"] == "0004"
    assert declined["failure"]["last4"] == "0003"
    assert event_of(service, "charge.declined")["failure"]["last4"] == "0003"


def test_the_plan_for_the_registered_card_outlives_the_refusal_of_another(
    service: Service, caller: Caller
) -> None:
    charge = asked(service, registered(service, WITHOUT_MONEY))
    caller.dials(charge["virtual_number"]).presses("1").holds().hears("승인되지 않았습니다")
    caller.hangs_up()
    planned = now(service, charge)
    assert (planned["failure"]["last4"], planned["next_retry_at"] is None) == ("0002", False)

    again = Caller(service).dials(charge["virtual_number"])
    enters_another_card(again, STOLEN).presses("2", "1").holds().hears("승인되지 않았습니다")

    after = now(service, charge)
    assert (after["failure"]["last4"], after["next_retry_at"]) == ("0003", planned["next_retry_at"])


def replaces_the_card(service: Service, charge: Any) -> None:
    caller = Caller(service).dials(charge["virtual_number"])
    enters_another_card(caller, AMEX).presses("1", "1").holds()
    caller.hears("자동결제 카드로 쓰입니다").hangs_up()


def test_charges_that_nobody_has_paid_follow_to_the_card_that_replaces(service: Service) -> None:
    old = registered(service)
    first, second = asked(service, old), asked(service, old)
    replaces_the_card(service, first)

    new = now(service, first)["bill_key"]
    assert now(service, second)["bill_key"] == new != old
    caller = Caller(service).dials(second["virtual_number"])
    caller.hears("끝 네 자리 공 공 공 오번").presses("1").holds().hears("결제되었습니다")
    assert now(service, second)["card"]["last4"] == "0005"


@pytest.mark.parametrize("keys", ["*", "7", "*#"])
def test_other_keys_ask_again_whether_to_keep_the_card(
    service: Service, caller: Caller, keys: str
) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"])
    enters_another_card(caller, AMEX).presses(*keys).hears("앞으로 자동결제 카드로 쓰시려면 1번")
    caller.presses("1").hears("동의하시면 1번")

    assert now(service, charge)["status"] == "awaiting_consent"
    caller.presses("1").holds().hears("다음 결제부터 자동결제 카드로 쓰입니다")


def test_key_0_asks_for_a_person_where_a_card_may_be_kept(service: Service, caller: Caller) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"])
    enters_another_card(caller, AMEX).presses("0")

    assert caller.connected_to == "+82311234567"
    assert now(service, charge)["status"] == "awaiting_consent"


def test_silence_keeps_another_card_for_this_once(service: Service, caller: Caller) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"])
    enters_another_card(caller, AMEX).stays_silent().hears("동의하시면 1번")
    caller.presses("1").holds().does_not_hear("다음 결제부터")


def test_a_card_that_cannot_be_kept_is_not_asked_about(service: Service, caller: Caller) -> None:
    bill_key = registered(service)
    charge = asked(service, bill_key)
    service.asks("DELETE", f"/v1/bill_keys/{bill_key}")

    caller.dials(charge["virtual_number"]).hears("등록된 카드가 없습니다").presses("1", "1")
    caller.gives_card(AMEX + "#").hears("한 번에 결제합니다").presses("1").holds()
    caller.hears("결제가 끝났습니다").does_not_hear("다음 결제부터")

    assert now(service, charge)["status"] == "approved"
    service.passes(minutes=2)
    assert service.live_keys_at_the_acquirer() == 0


def test_who_keeps_a_card_that_cannot_be_kept_any_more_is_told_so(
    service: Service, caller: Caller
) -> None:
    bill_key = registered(service)
    charge = asked(service, bill_key)
    caller.dials(charge["virtual_number"])
    enters_another_card(caller, AMEX).presses("1")
    service.asks("DELETE", f"/v1/bill_keys/{bill_key}")

    caller.presses("1").holds().hears("결제가 끝났습니다", "자동결제 카드로 등록되지 않았습니다")
    caller.does_not_hear("다음 결제부터")


def test_the_merchant_learns_which_bill_key_took_the_place(service: Service) -> None:
    old = registered(service)
    charge = asked(service, old)
    replaces_the_card(service, charge)

    new = now(service, charge)["bill_key"]
    assert event_of(service, "bill_key.revoked")["replaced_by"] == new
    assert service.asks("GET", f"/v1/bill_keys/{old}")[1]["replaced_by"] == new
    assert service.asks("GET", f"/v1/bill_keys/{new}")[1]["replaced_by"] is None
    registrations = service.asks("GET", "/v1/registrations")[1]["data"]
    assert [each["bill_key"] for each in registrations] == [new]


@pytest.mark.parametrize(
    ("number", "ending"), [(GOOD_CARD, "공 공 공 사번"), (ENDS_LIKE_AMEX, "공 공 공 오번 신한")]
)
def test_a_call_that_has_named_the_old_card_charges_no_other(
    service: Service, number: str, ending: str
) -> None:
    old = registered(service, number)
    first, second = asked(service, old), asked(service, old)
    on_the_line = Caller(service).dials(second["virtual_number"]).hears(ending)
    replaces_the_card(service, first)

    on_the_line.presses("1").holds().hears("승인되지 않았습니다", "아무것도 결제되지 않았습니다")
    on_the_line.hangs_up()

    assert now(service, second)["status"] == "declined"
    Caller(service).dials(second["virtual_number"]).hears("공 공 공 오번").presses("1").holds()
    assert now(service, second)["status"] == "approved"


def test_standing_consent_to_an_amount_is_no_consent_to_more(service: Service) -> None:
    terms = {"consent": "once", "amount": 39_000, "billing_day": 25}
    made = service.registers(terms=terms)
    caller = Caller(service).dials(made["virtual_number"]).presses("1", "1", "1")
    caller.gives_card().holds().hears("등록이 끝났습니다")
    key = service.registration(made)["bill_key"]

    def charged(amount: int) -> tuple[int, Any]:
        body = {"bill_key": key, "order_id": f"C-{amount}", "amount": amount, "item": "요금"}
        return service.asks("POST", "/v1/charges", {**body, "consent": "none"})

    status, refused = charged(39_001)
    assert (status, refused["code"]) == (409, "consent_required")
    assert "39,000" in refused["detail"]
    assert charged(39_000)[0] == 201


def test_what_a_standing_consent_promises_of_texts_is_kept(service: Service) -> None:
    for card, told in ((GOOD_CARD, "결제 완료"), ("9999000000610000", "결제되지 않았습니다")):
        made = service.registers(terms={"consent": "once"})
        caller = Caller(service).dials(made["virtual_number"])
        caller.hears("결제할 때마다 결과를 문자로 알려 드립니다").does_not_hear("전에 문자로")
        caller.presses("1", "1", "1").gives_card(card).holds()
        key = service.registration(made)["bill_key"]

        body = {"bill_key": key, "order_id": f"C-{card[-4:]}", "amount": 39_000, "item": "요금"}
        assert service.asks("POST", "/v1/charges", {**body, "consent": "none"})[0] == 201

        assert told in service.texts()[-1]

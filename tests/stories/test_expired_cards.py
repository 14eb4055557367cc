"""The month in which a card ends goes by: the merchant is told, and the customer pays with another."""

from __future__ import annotations

from tests.stories.caller import Caller
from tests.stories.service import Service
from tests.stories.test_consent_to_charge import asked, registered

# Cards are registered in November 2026 and end in August 2029.
YEARS = 1040


def test_the_merchant_is_told_that_a_card_has_expired(service: Service) -> None:
    bill_key = registered(service)
    service.passes(days=1)
    before = service.asks("GET", f"/v1/bill_keys/{bill_key}")[1]["status"]
    service.passes(days=YEARS)
    service.passes(minutes=1)

    assert before == "active"
    assert service.asks("GET", f"/v1/bill_keys/{bill_key}")[1]["status"] == "expired"
    assert service.events().count("bill_key.expired") == 1


def test_the_customer_of_an_expired_card_pays_with_another_which_replaces_it(
    service: Service, caller: Caller
) -> None:
    bill_key = registered(service)
    service.passes(days=YEARS)
    charge = asked(service, bill_key)

    caller.dials(charge["virtual_number"]).hears(
        "유효기간이 지났습니다", "다른 카드로 결제하시려면 1번"
    )
    caller.presses("1", "1", "9999000000570006", "0835", "1", "900101", "12", "1", "1").holds()
    caller.hears("결제가 끝났습니다", "이 카드가 다음 결제부터")

    assert service.asks("GET", f"/v1/bill_keys/{bill_key}")[1]["status"] == "revoked"
    keys = service.asks("GET", "/v1/bill_keys?customer_ref=cust-77")[1]["data"]
    assert [key["status"] for key in keys] == ["active", "revoked"]


def test_nothing_is_charged_to_an_expired_card_without_a_call(service: Service) -> None:
    bill_key = registered(service)
    service.passes(days=YEARS)
    body = {"bill_key": bill_key, "order_id": "2029-09", "amount": 39_000, "item": "요금"}
    status, problem = service.asks("POST", "/v1/charges", {**body, "consent": "none"})

    assert (status, problem["code"]) == (409, "invalid_state")
    assert "has expired" in problem["detail"]

"""A card is registered, charged under standing consent, and given back in two parts."""

from __future__ import annotations

from typing import Any

import pytest

from foundation.database import Database
from foundation.master_keys import MasterKeys
from tests.conftest import SteppedWorker
from tests.merchant_api.conftest import card, charge
from tests.stories.service import Service


@pytest.fixture
def service(database: Database, masters: MasterKeys, stepped: SteppedWorker) -> Service:
    return Service(database, masters, stepped)


def registered(service: Service, **given: str) -> str:
    """Register a card that the customer gave, under standing consent; return the bill key."""
    terms = {"consent": "once", "amount": None, "billing_day": None}
    made = service.registers(channel="card", card=card(**given), terms=terms)
    service.works()
    return str(service.registration(made)["bill_key"])


def asked(service: Service, method: str, path: str, body: Any = None) -> Any:
    status, answer = service.asks(method, path, body)
    assert status in (200, 201), answer
    return answer


def test_a_charge_is_approved_and_refunded_in_two_parts(service: Service) -> None:
    bill_key = registered(service)

    opened = asked(service, "POST", "/v1/charges", charge(bill_key, consent="none"))
    service.works()
    address = f"/v1/charges/{opened['id']}"
    approved = asked(service, "GET", address)
    first = asked(service, "POST", f"{address}/refunds", {"amount": 9000, "reason": "한 통"})
    service.works()
    partly = asked(service, "GET", address)
    rest = asked(service, "POST", f"{address}/refunds", {"reason": "나머지"})
    service.works()
    wholly = asked(service, "GET", address)
    status, nothing_left = service.asks("POST", f"{address}/refunds", {"reason": "또"})

    assert (opened["status"], approved["status"]) == ("processing", "approved")
    assert approved["acquirer"]["approval_number"]
    assert approved["attempts"] == 1
    assert (first["status"], first["amount"]) == ("processing", 9000)
    assert partly["amount_refunded"] == 9000
    assert rest["amount"] == 30000
    assert wholly["amount_refunded"] == 39000
    assert (status, nothing_left["code"]) == (409, "invalid_state")
    listed = asked(service, "GET", f"{address}/refunds")["data"]
    assert {refund["status"] for refund in listed} == {"succeeded"}
    assert asked(service, "GET", f"/v1/refunds/{first['id']}")["completed_at"]
    # The clock stands still here, and within one millisecond the order of events is open.
    assert sorted(service.events()) == [
        "charge.approved",
        "charge.refunded",
        "charge.refunded",
        "registration.registered",
    ]


def test_a_declined_charge_says_why_and_is_tried_again(service: Service) -> None:
    # The sandbox card whose charges are declined for want of balance.
    bill_key = registered(service, number="9999 0000 0051 0002")

    opened = asked(service, "POST", "/v1/charges", charge(bill_key, consent="none"))
    service.works()
    address = f"/v1/charges/{opened['id']}"
    declined = asked(service, "GET", address)
    asked(service, "POST", f"{address}/retry")
    service.works()
    again = asked(service, "GET", address)
    canceled = asked(service, "POST", f"{address}/cancel")

    assert (declined["status"], declined["attempts"]) == ("declined", 1)
    assert declined["failure"]["code"]
    assert declined["failure"]["message"]
    assert declined["failure"]["advice"]
    assert (again["status"], again["attempts"]) == ("declined", 2)
    assert canceled["status"] == "canceled"
    assert sorted(service.events()) == [
        "charge.canceled",
        "charge.declined",
        "charge.declined",
        "registration.registered",
    ]

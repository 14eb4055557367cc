"""No merchant sees, changes or finds anything of another one: every address is tried."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from foundation.database import Database
from foundation.sealing import Sealer
from tests.merchant_api.conftest import Program, registration
from tests.merchant_api.objects import add_bill_key, add_consent, add_event, add_refund

WEBHOOK = {"url": "https://shop.example.com/events", "events": ["*"]}
OPEN_TO_ALL = {"/v1/openapi.json", "/docs", "/docs/assets/<path:filename>"}


@pytest.fixture
def theirs(new_program: Callable[[str], Program], database: Database, sealer: Sealer) -> Program:
    """A merchant with one object of every kind."""
    program = new_program("남의 상점")
    program.opens(order_id="R-theirs")
    program.post("/v1/webhook_endpoints", WEBHOOK)
    with database.transaction() as session:
        bill_key = add_bill_key(session, sealer, program.merchant, "cust-77").id
        add_consent(session, program.merchant, "reg_1")
        add_event(session, sealer, program.merchant)
    opened = program.charges(bill_key)
    with database.transaction() as session:
        add_refund(session, opened["id"])
    return program


def list_of(program: Program, rule: str) -> str:
    """Where the objects of an address are listed: refunds with their charge, others by kind."""
    collection, _, _ = rule.partition("/<object_id>")
    if collection != "/v1/refunds":
        return collection
    charge = program.get("/v1/charges").json["data"][0]
    return f"/v1/charges/{charge['id']}/refunds"


def rules(application: Flask) -> list[tuple[str, str]]:
    """Every method and address of the API."""
    return [
        (method, rule.rule)
        for rule in application.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if rule.endpoint.startswith("merchant_api.") and rule.rule not in OPEN_TO_ALL
    ]


def test_every_address_needs_a_key(application: Flask) -> None:
    client = application.test_client()

    statuses = {
        (method, rule): client.open(rule.replace("<object_id>", "x_1"), method=method).status_code
        for method, rule in rules(application)
    }

    assert len(statuses) >= 25
    assert set(statuses.values()) == {401}


def test_no_list_shows_anything_of_another_merchant(
    application: Flask, program: Program, theirs: Program
) -> None:
    for method, rule in rules(application):
        if method == "GET" and "<" not in rule:
            assert theirs.get(rule).json["data"], rule
            assert program.get(rule).json["data"] == [], rule


def test_no_object_of_another_merchant_is_found_read_or_changed(
    application: Flask, program: Program, theirs: Program
) -> None:
    tried = 0
    for method, rule in rules(application):
        if "<object_id>" not in rule:
            continue
        collection = list_of(theirs, rule)
        before = theirs.get(collection).json["data"]
        address = rule.replace("<object_id>", before[0]["id"])
        headers = {"Idempotency-Key": "k"}
        body = {"reason": "반품"} if method == "POST" and rule.endswith("/refunds") else None
        nowhere = rule.replace("<object_id>", "reg_0")

        refused = program.send(method, address, headers=headers, json=body)
        absent = program.send(method, nowhere, headers=headers, json=body)

        assert refused.status_code == 404, (method, rule)
        assert {**refused.json, "request_id": ""} == {**absent.json, "request_id": ""}
        assert theirs.get(collection).json["data"] == before
        tried += 1
    assert tried >= 17


def test_no_object_of_another_merchant_serves_as_a_cursor_or_filter(
    program: Program, theirs: Program
) -> None:
    opened = theirs.get("/v1/registrations").json["data"][0]
    known = {"order_id": opened["order_id"], "customer_ref": opened["customer"]["ref"]}

    refused = program.get("/v1/registrations", starting_after=opened["id"])

    assert refused.status_code == 422
    assert program.get("/v1/registrations", **known).json["data"] == []
    assert program.get("/v1/consent_records", request="reg_1").json["data"] == []


def test_an_order_id_of_another_merchant_is_free(program: Program, theirs: Program) -> None:
    del theirs

    assert program.post("/v1/registrations", registration(order_id="R-theirs")).status_code == 201

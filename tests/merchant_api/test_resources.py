"""Bill keys, consent records, events and webhook endpoints, as merchants meet them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from billing_core.bill_keys import BillKey, Status, move
from billing_core.events import Delivery, Event, WebhookEndpoint
from foundation.database import Database
from foundation.sealing import Sealer
from tests.conftest import SteppedWorker
from tests.merchant_api.conftest import Program
from tests.merchant_api.objects import add_bill_key, add_consent, add_event

WEBHOOK = {"url": "https://shop.example.com/events", "events": ["bill_key.revoked"]}


def test_bill_keys_are_listed_by_customer_and_status_without_the_acquirers_key(
    program: Program, database: Database, sealer: Sealer
) -> None:
    with database.transaction() as session:
        first = add_bill_key(session, sealer, program.merchant, "cust-1").id
        second = add_bill_key(session, sealer, program.merchant, "cust-2").id
        revoked = add_bill_key(session, sealer, program.merchant, "cust-2")
        move(session, revoked, Status.REVOKED, why="test")

    def found(**query: str) -> set[str]:
        return {row["id"] for row in program.get("/v1/bill_keys", **query).json["data"]}

    assert found() == {first, second, revoked.id}
    assert found(customer_ref="cust-2") == {second, revoked.id}
    assert found(customer_ref="cust-2", status="active") == {second}
    shown = program.get(f"/v1/bill_keys/{first}")
    assert shown.json["card"] == {
        "issuer": "신한",
        "issuer_code": "06",
        "last4": "0004",
        "type": "credit",
        "owner": "personal",
    }
    assert "acquirer" not in shown.text


def test_a_revoked_bill_key_is_final_and_told_once(
    program: Program, database: Database, sealer: Sealer
) -> None:
    with database.transaction() as session:
        bill_key = add_bill_key(session, sealer, program.merchant, "cust-1").id

    first = program.delete(f"/v1/bill_keys/{bill_key}")
    second = program.delete(f"/v1/bill_keys/{bill_key}")

    assert (first.status_code, first.json["status"]) == (200, "revoked")
    assert second.json == first.json
    with database.reading() as session:
        assert session.get_one(BillKey, bill_key).removed_at is None
        events = session.scalars(sa.select(Event.type)).all()
    assert events == ["bill_key.revoked"]


def test_consent_records_are_found_by_what_was_agreed_to(
    program: Program, database: Database
) -> None:
    with database.transaction() as session:
        first = add_consent(session, program.merchant, "reg_1")
        second = add_consent(session, program.merchant, "reg_2")

    found = program.get("/v1/consent_records", request="reg_2").json["data"]
    shown = program.get(f"/v1/consent_records/{first}").json

    assert [record["id"] for record in found] == [second]
    assert shown["key_pressed"] == "1"
    assert shown["call"] == {"sid": "CA0", "from": "+821012345678", "to": "+827012345678"}
    assert shown["chain"]["position"] == 1
    assert found[0]["chain"]["previous_hash"] == shown["chain"]["hash"]


def test_events_are_found_by_type_and_sent_again(
    program: Program, database: Database, sealer: Sealer, stepped: SteppedWorker
) -> None:
    added = program.post("/v1/webhook_endpoints", WEBHOOK)
    with database.transaction() as session:
        event = add_event(session, sealer, program.merchant).id
        session.execute(sa.delete(Delivery))
    stepped.staged.clear()

    found = program.get("/v1/events", type="bill_key.revoked").json["data"]
    other = program.get("/v1/events", type="registration.expired").json["data"]
    resent = program.post(f"/v1/events/{event}/resend")

    assert added.status_code == 201
    assert [row["id"] for row in found] == [event]
    assert other == []
    assert resent.json == program.get(f"/v1/events/{event}").json
    assert resent.json["data"]["status"] == "revoked"
    assert len(stepped.staged) == 1


def test_an_unknown_type_of_event_is_refused_with_those_that_exist(program: Program) -> None:
    refused = program.get("/v1/events", type="bill_key.lost")

    assert refused.json["param"] == "/type"
    assert "bill_key.expired" in refused.json["detail"]


def test_a_webhook_endpoint_shows_its_secret_once(program: Program, database: Database) -> None:
    added = program.post("/v1/webhook_endpoints", WEBHOOK | {"metadata": {"by": "수원"}}).json
    address = f"/v1/webhook_endpoints/{added['id']}"

    shown = program.get(address).json
    listed = program.get("/v1/webhook_endpoints").json["data"]
    deleted = program.delete(address)

    assert added["secret"].startswith("whsec_")
    assert shown == {name: value for name, value in added.items() if name != "secret"}
    assert listed == [shown]
    assert deleted.json == {"id": added["id"], "object": "webhook_endpoint", "deleted": True}
    assert program.get(address).status_code == 404
    assert program.delete(address).status_code == 404
    assert program.get("/v1/webhook_endpoints").json["data"] == []
    with database.reading() as session:
        assert session.get_one(WebhookEndpoint, added["id"]).deleted_at is not None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/url"),
        ({"url": ""}, "/url"),
        ({"url": 7}, "/url"),
        ({"url": "x" * 5000}, "/url"),
        ({"url": "ftp://shop.example.com"}, "/url"),
        ({"url": "https://shop.example.com\x00"}, "/url"),
        ({"url": "https://user:word@shop.example.com"}, "/url"),
        ({"url": "https://shop.example.com", "events": []}, "/events"),
        ({"url": "https://shop.example.com", "events": "*"}, "/events"),
        ({"url": "https://shop.example.com", "events": ["*"] * 99}, "/events"),
        ({"url": "https://shop.example.com", "events": ["charge.lost"]}, "/events/0"),
        ({"url": "https://shop.example.com", "events": [1]}, "/events/0"),
        ({"url": "https://shop.example.com", "secret": "whsec_x"}, "/secret"),
    ],
)
def test_a_webhook_endpoint_that_cannot_be_is_refused(
    program: Program, body: dict[str, Any], pointer: str
) -> None:
    refused = program.post("/v1/webhook_endpoints", body)

    assert (refused.status_code, refused.json["param"]) == (422, pointer)


def test_a_merchant_has_a_few_webhook_endpoints(program: Program) -> None:
    statuses = {program.post("/v1/webhook_endpoints", WEBHOOK).status_code for _ in range(16)}
    refused = program.post("/v1/webhook_endpoints", WEBHOOK)

    assert statuses == {201}
    assert (refused.status_code, refused.json["code"]) == (409, "too_many_webhook_endpoints")

"""The OpenAPI document says what the API does: it is tried out from the document alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema_rs import meta, validator_for
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from billing_core.charges import Charge, Status, move
from foundation.database import Database
from foundation.sealing import Sealer
from merchant_api.examples import (
    BILL_KEY,
    CHARGE,
    CONSENT_RECORD,
    EVENT,
    REFUND,
    REGISTRATION,
    WEBHOOK_ENDPOINT,
)
from tests.merchant_api.conftest import Program
from tests.merchant_api.objects import add_bill_key, add_consent, add_event, approve

EXAMPLES_PER_OPERATION = 40
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

schemathesis.openapi.format("sayable", st.sampled_from(["LPG 요금", "수강료", "가", "*", "\x00"]))
schemathesis.openapi.format("speakable", st.sampled_from(["끝 네 자리 3512", "나", "ㅋ", "..."]))
schemathesis.openapi.format("carried", st.sampled_from(["홍길동", "나", "😀", "\ud800"]))
schemathesis.openapi.format(
    "korean-mobile",
    st.integers(0, 9999).map("010-5555-{:04}".format) | st.text(max_size=30),
)


@pytest.fixture
def document(application: Flask) -> dict[str, Any]:
    found: dict[str, Any] = application.test_client().get("/v1/openapi.json").json
    return found


def schema_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}", "components": document["components"]}


def test_the_document_needs_no_key_and_names_every_operation(
    application: Flask, document: dict[str, Any]
) -> None:
    rules = {
        (method, rule.rule.replace("<object_id>", "{id}"))
        for rule in application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/v1/") and rule.rule != "/v1/openapi.json"
    }
    documented = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }

    assert document["openapi"].startswith("3.1")
    assert documented == rules


def test_every_schema_is_valid_json_schema(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert [name for name, schema in schemas.items() if not meta.is_valid(schema)] == []


def test_every_operation_declares_its_problems(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            responses = operation["responses"]
            expected = {"401", "422", "429", "500", "503"}
            expected |= {"400", "409", "413", "415"} if method == "post" else set()
            expected |= {"404"} if "{id}" in path else set()
            assert expected <= set(responses), (method, path)
            for status, response in responses.items():
                if status >= "4":
                    assert list(response["content"]) == ["application/problem+json"]


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("Registration", REGISTRATION),
        ("BillKey", BILL_KEY),
        ("Charge", CHARGE),
        ("Refund", REFUND),
        ("ConsentRecord", CONSENT_RECORD),
        ("Event", EVENT),
        ("WebhookEndpoint", WEBHOOK_ENDPOINT),
    ],
)
def test_the_examples_are_what_the_schemas_promise(
    document: dict[str, Any], name: str, example: dict[str, Any]
) -> None:
    described = set(document["components"]["schemas"][name]["properties"])

    validator_for(schema_of(document, name)).validate(example)
    assert set(example) == described


def test_real_answers_have_exactly_the_documented_fields(
    program: Program, document: dict[str, Any], database: Database, sealer: Sealer
) -> None:
    program.opens()
    with database.transaction() as session:
        bill_key = add_bill_key(session, sealer, program.merchant, "cust-77").id
        add_consent(session, program.merchant, "reg_1")
        add_event(session, sealer, program.merchant)
    charge = approved(program, database, bill_key)
    program.post(f"/v1/charges/{charge}/refunds", {"reason": "반품"})
    program.post("/v1/webhook_endpoints", {"url": "https://shop.example.com/events"})

    for path, name in (
        ("registrations", "Registration"),
        ("bill_keys", "BillKey"),
        ("charges", "Charge"),
        (f"charges/{charge}/refunds", "Refund"),
        ("consent_records", "ConsentRecord"),
        ("events", "Event"),
        ("webhook_endpoints", "WebhookEndpoint"),
    ):
        shown = program.get(f"/v1/{path}").json["data"][0]
        assert set(shown) == set(document["components"]["schemas"][name]["properties"]), name


def approved(program: Program, database: Database, bill_key: str) -> str:
    """An approved charge."""
    opened = program.charges(bill_key, consent="none", amount=999_999_999)
    with database.transaction() as session:
        approve(session, opened["id"])
    return str(opened["id"])


# PostgreSQL takes less than SQLite: no NUL, no half of a surrogate pair, no year 10000.
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["postgresql"])
def test_requests_made_from_the_document_never_break_anything(
    application: Flask, program: Program, database: Database, sealer: Sealer
) -> None:
    with database.transaction() as session:
        add_event(session, sealer, program.merchant)
        add_consent(session, program.merchant, "reg_1")
    program.post("/v1/webhook_endpoints", {"url": "https://shop.example.com/events"})
    known = Known(program, database, sealer)
    schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", application)
    statuses: dict[str, set[int]] = {}

    for found in schema.get_all_operations():
        statuses[found.ok().label] = tried_out(found.ok(), known)

    assert len(statuses) == 26
    # An operation that only ever refuses would have proved little.
    assert [label for label, seen in statuses.items() if min(seen) >= 300] == []


@dataclass(frozen=True)
class Known:
    """What a program knows about itself: which object an operation can be tried out on."""

    program: Program
    database: Database
    sealer: Sealer
    numbers: Iterator[int] = field(default_factory=lambda: count(82_10_7000_0000))

    def new_bill_key(self) -> str:
        """A card of a customer who has not been texted yet: registrations have other phones."""
        phone = f"+{next(self.numbers)}"
        with self.database.transaction() as session:
            return add_bill_key(session, self.sealer, self.program.merchant, phone=phone).id

    def object_of(self, operation: Any) -> str:
        """An object in a state in which the operation can succeed."""
        steps = operation.path.removeprefix("/v1/").split("/")
        kind, verb = steps[0], steps[-1]
        if "refunds" in (kind, verb):
            return self._refunded(kind)
        if kind == "charges":
            return self._charge(verb)
        if kind == "registrations":
            return str(self.program.opens()["id"])
        return str(self.program.get(f"/v1/{kind}").json["data"][0]["id"])

    def sound_fields(self, operation: Any) -> dict[str, Any]:
        """What chance would seldom get right, for operations that make something."""
        if operation.label == "POST /v1/charges":
            bill_key = self.new_bill_key()
            return {"bill_key": bill_key, "item": "수강료", "tax_free_amount": 0, "metadata": {}}
        if operation.label == "POST /v1/webhook_endpoints":
            return {"url": "https://shop.example.com/events", "events": ["*"], "metadata": {}}
        return {}

    def _refunded(self, kind: str) -> str:
        charge = approved(self.program, self.database, self.new_bill_key())
        body = {"amount": 1, "reason": "반품"}
        refund = self.program.post(f"/v1/charges/{charge}/refunds", body)
        return str(refund.json["id"]) if kind == "refunds" else charge

    def _charge(self, verb: str) -> str:
        opened = self.program.charges(self.new_bill_key())
        if verb == "retry":
            with self.database.transaction() as session:
                row = session.get_one(Charge, opened["id"])
                move(session, row, Status.REFUSED, why="test")
        return str(opened["id"])


def tried_out(operation: Any, known: Known) -> set[int]:
    """Try an operation with what its document allows and forbids; return the statuses seen."""
    object_id, sound = known.object_of(operation), known.sound_fields(operation)
    seen: set[int] = set()

    @settings(
        max_examples=EXAMPLES_PER_OPERATION,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), is_known=st.booleans())
    def conforms(case: schemathesis.Case, is_known: bool) -> None:
        if is_known and "id" in case.path_parameters:
            case.path_parameters["id"] = object_id
        if is_known and isinstance(case.body, dict) and isinstance(case.headers, Mapping):
            case.body |= sound
            case.headers["Idempotency-Key"] = f"{next(known.numbers)}"
        headers = {"Authorization": f"Bearer {known.program.key}"}
        seen.add(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    conforms()
    return seen


def test_the_documentation_page_shows_every_operation_and_loads_nothing_foreign(
    application: Flask, document: dict[str, Any]
) -> None:
    client = application.test_client()

    page = client.get("/docs")
    style = client.get("/docs/assets/docs.css")

    assert page.status_code == style.status_code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "http" not in page.text.replace("http://127.0.0.1:8000", "").replace(
        "https://shop.example.com", ""
    ).replace("https: ", "").replace("https,", "")
    assert "<script" not in page.text
    for item in document["paths"].values():
        for operation in item.values():
            assert f'id="{operation["operationId"].replace("_", "-")}"' in page.text
    anchors = {part.split('"')[0] for part in page.text.split('href="#')[1:]}
    assert all(f'id="{anchor}"' in page.text for anchor in anchors)
    assert json.dumps(REGISTRATION["id"])[1:-1] in page.text

"""Whatever goes wrong is a problem document, with a code that the documentation explains."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

import merchant_api
from foundation.database import Database
from merchant_api.limits import RateLimit
from merchant_api.problems import PROBLEMS
from tests.merchant_api.conftest import BASE_URL, Program, registration, serve

ROOT = Path(merchant_api.__file__).parent.parent


def assert_is_problem(response: TestResponse, status: int, code: str) -> None:
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    document = response.json
    assert set(document) == {
        "type",
        "title",
        "status",
        "detail",
        "code",
        "param",
        "errors",
        "request_id",
    }
    assert document["status"] == status
    assert document["code"] == code
    assert document["type"] == f"{BASE_URL}/docs#{code}"
    assert document["title"]
    assert document["detail"]
    assert re.fullmatch(r"req_[0-9a-f]{24}", document["request_id"])
    assert response.headers["Request-Id"] == document["request_id"]
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer sk_test_unknown"},
        {"Authorization": "Bearer é\x80"},
        {"Authorization": "Basic c2tfdGVzdDo="},
        {"Authorization": "sk_test_unknown"},
    ],
)
def test_without_a_key_nobody_comes_in(application: Flask, header: dict[str, str]) -> None:
    refused = application.test_client().get("/v1/registrations", headers=header)

    assert_is_problem(refused, 401, "unauthorized")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="ars"'
    assert "unknown" not in refused.text


def test_a_revoked_key_does_not_come_in(program: Program, database: Database) -> None:
    with database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE api_keys SET revoked_at = created_at")

    assert_is_problem(program.get("/v1/registrations"), 401, "unauthorized")


def test_the_scheme_is_read_in_any_case(program: Program) -> None:
    headers = {"Authorization": f"bearer {program.key}"}

    assert program.client.get("/v1/events", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nothing", "/v1/registrations/a/b/c"])
def test_addresses_that_do_not_exist_are_not_found(program: Program, path: str) -> None:
    for method in ("GET", "POST", "DELETE", "PURGE"):
        assert_is_problem(program.send(method, path), 404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"])
def test_methods_that_do_not_exist_are_refused_with_those_that_do(
    program: Program, method: str
) -> None:
    refused = program.send(method, "/v1/registrations")

    assert_is_problem(refused, 405, "method_not_allowed")
    assert refused.headers["Allow"] == "GET, HEAD, POST"


def test_addresses_outside_of_the_api_are_left_alone(program: Program) -> None:
    assert program.get("/elsewhere").content_type.startswith("text/html")
    assert program.get("/v11").content_type.startswith("text/html")


def test_a_head_request_gets_the_headers_of_a_get(program: Program) -> None:
    response = program.send("HEAD", "/v1/registrations")

    assert response.status_code == 200
    assert response.data == b""


def test_every_answer_carries_an_id_of_its_request(program: Program) -> None:
    first, second = program.get("/v1/events"), program.get("/v1/events")

    assert first.headers["Request-Id"] != second.headers["Request-Id"]
    assert first.headers["Cache-Control"] == "no-store"


def test_a_fault_of_ours_says_nothing_about_itself(program: Program, database: Database) -> None:
    database.stage = None

    broken = program.post("/v1/registrations", registration())

    assert_is_problem(broken, 500, "internal_error")
    assert "stage" not in broken.text


def test_a_fault_of_ours_is_logged_without_what_may_have_been_sent(
    program: Program, database: Database
) -> None:
    def stage(*_: object) -> None:
        raise ValueError("9999000000000004")

    database.stage = stage

    with capture_logs() as logged:
        program.post("/v1/registrations", registration())

    (failed,) = (line for line in logged if line["event"] == "api.failed")
    assert (failed["log_level"], failed["error"]) == ("error", "ValueError")
    assert failed["at"][-1].endswith(" stage")
    assert "9999000000000004" not in str(logged)


def test_a_database_that_is_away_is_said_with_a_time_to_wait(tmp_path: Path) -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
    client = serve(database).test_client()
    headers = {"Authorization": "Bearer sk_test_x", "Idempotency-Key": "k"}

    for method in ("GET", "POST"):
        away = client.open("/v1/registrations", method=method, headers=headers)

        assert_is_problem(away, 503, "unavailable")
        assert int(away.headers["Retry-After"]) > 0
    database.close()


def test_who_calls_too_often_is_told_when_to_go_on(
    new_program: Callable[[str], Program], database: Database
) -> None:
    hasty, calm = new_program("급한 상점"), new_program("느긋한 상점")
    application = serve(database, RateLimit(calls_per_s=0.01, burst=3))
    hasty.client = calm.client = application.test_client()

    statuses = [hasty.get("/v1/events").status_code for _ in range(3)]
    refused = hasty.get("/v1/events")

    assert statuses == [200, 200, 200]
    assert_is_problem(refused, 429, "rate_limited")
    assert int(refused.headers["Retry-After"]) >= 1
    assert calm.get("/v1/events").status_code == 200


def test_every_code_that_is_raised_is_explained() -> None:
    documentation = (ROOT / "docs" / "merchants.md").read_text()

    assert set(_codes_in_code()) <= set(PROBLEMS)
    for code, kind in PROBLEMS.items():
        assert f"| {kind.status} | `{code}` |" in documentation


def _codes_in_code() -> Iterator[str]:
    """Codes of refusals below our door; those of commands and faults stand elsewhere."""
    raised = re.compile(
        r"(?:Refusal|InvalidRequest|NotFound|Conflict|Unavailable)\((?:[^()]|\([^()]*\))*?"
        r'code="(\w+)"'
    )
    for folder in ("merchant_api", "billing_core/actions", "sms", "virtual_numbers/actions"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.name not in ("add_number.py", "retire_number.py"):
                yield from raised.findall(path.read_text())

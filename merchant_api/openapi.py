"""The OpenAPI 3.1 document, made from the routes: neither can lie about the other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from merchant_api.objects import Described
from merchant_api.problems import CONTENT_TYPE, PROBLEMS
from merchant_api.routes import Route
from merchant_api.validation import Nothing

VERSION = "3.1.0"
TITLE = "ARS autopay"
EVERYWHERE = ("unauthorized", "invalid_request", "rate_limited", "internal_error", "unavailable")
ON_POST = (
    "malformed_json",
    "idempotency_key_missing",
    "idempotency_key_invalid",
    "idempotency_key_in_use",
    "idempotency_key_reused",
    "body_too_large",
    "unsupported_media_type",
)
_DESCRIPTION = """\
Registers cards by telephone, charges them with the customer's consent, and tells you what came of
it. JSON in and out, UTF-8. Times are RFC 3339 in UTC; money is a whole number of won. New fields may appear in answers at any time.
"""


class FaultView(Described):
    """One field that cannot be accepted."""

    param: str
    code: str
    detail: str


class Problem(Described):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    param: str | None
    errors: list[FaultView]
    request_id: str


def openapi_document(routes: Iterable[Route], base_url: str) -> dict[str, Any]:
    """The whole document."""
    routes = list(routes)
    schemas = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        address = "/v1" + route.path.replace("<object_id>", "{id}")
        paths.setdefault(address, {})[route.method.lower()] = _operation(route, schemas)
    queries = {route.query.__name__ for route in routes}
    return {
        "openapi": VERSION,
        "info": {"title": TITLE, "version": "1", "description": _DESCRIPTION},
        "servers": [{"url": base_url}],
        "security": [{"secretKey": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {
            "schemas": {name: it for name, it in schemas.items() if name not in queries},
            "securitySchemes": {
                "secretKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Your secret key, sk_test_… or sk_live_….",
                }
            },
        },
    }


def codes_of(route: Route) -> list[str]:
    """Every code with which an operation may be refused, in the order of their statuses."""
    codes = {*EVERYWHERE, *route.problems}
    if route.method == "POST":
        codes.update(ON_POST)
    if route.has_id:
        codes.add("not_found")
    return sorted(codes, key=list(PROBLEMS).index)


def parameters_of(route: Route, schemas: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The parameters of an operation: in its address, its query and its header."""
    if route.has_id:
        yield {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    for name, schema in schemas[route.query.__name__].get("properties", {}).items():
        plain = _without_null(schema)
        description = plain.pop("description", "")
        yield {"name": name, "in": "query", "description": description, "schema": plain}
    if route.method == "POST":
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "description": "A new random value for each new request; the same for a repetition.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        }


def schemas_of(routes: Iterable[Route]) -> dict[str, Any]:
    """The schemas of everything that goes in or out, by name."""
    return _schemas(list(routes))


def example_of(model: type[BaseModel]) -> Any:
    """The example of a model; of a list, a list of one."""
    shown = model.model_fields.get("data")
    if shown is not None and "has_more" in model.model_fields:
        inner = model.__pydantic_generic_metadata__["args"][0]
        return {"object": "list", "data": [example_of(inner)], "has_more": False}
    extra: Any = model.model_config.get("json_schema_extra") or {}
    return extra["examples"][0] if extra else None


def _schemas(routes: list[Route]) -> dict[str, Any]:
    models: set[type[BaseModel]] = {Problem}
    for route in routes:
        models |= {route.answers, route.body, route.query}
    return _schemas_of(frozenset(models - {Nothing}))


# Nobody changes what it returns. Without a memory every reader of the documentation would wait for it.
@cache
def _schemas_of(models: frozenset[type[BaseModel]]) -> dict[str, Any]:
    _, document = models_json_schema(
        [(model, "validation") for model in sorted(models, key=_name)],
        ref_template="#/components/schemas/{model}",
    )
    schemas: dict[str, Any] = json.loads(_well_named(json.dumps(document["$defs"])))
    return {name: _untitled(schema) for name, schema in schemas.items()}


def _name(model: type[BaseModel]) -> str:
    return model.__name__


def _well_named(text: str) -> str:
    """Names as a client would choose them: Registration, RegistrationList, RegistrationStatus."""
    text = re.sub(r"billing_core__(\w+?)s__Status", _status_name, text)
    text = re.sub(r"\bListOf_(\w+?)View_", r"\1List", text)
    return re.sub(r"\b([A-Z]\w+?)View\b", r"\1", text)


def _status_name(found: re.Match[str]) -> str:
    return "".join(word.title() for word in found[1].split("_")) + "Status"


def _untitled(schema: Any) -> Any:
    # The titles repeat the names of the fields and say nothing.
    if isinstance(schema, list):
        return [_untitled(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _untitled(part)
        for name, part in schema.items()
        if name != "title" or not isinstance(part, str)
    }


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    # A parameter is either there or not; it cannot be null.
    plain = {name: part for name, part in schema.items() if name not in ("anyOf", "default")}
    if schema.get("default") is not None:
        plain["default"] = schema["default"]
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            plain |= choice
    return plain


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.tag],
        "parameters": list(parameters_of(route, schemas)),
        "responses": {str(route.status): _answer(route), **_problems(route)},
    }
    if route.description:
        operation["description"] = route.description
    if route.body is not Nothing:
        schema = {"$ref": f"#/components/schemas/{route.body.__name__}"}
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema, "example": example_of(route.body)}},
        }
    return operation


def _answer(route: Route) -> dict[str, Any]:
    name = _well_named(re.sub(r"\W", "_", route.answers.__name__))
    media: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    if (example := example_of(route.answers)) is not None:
        media["example"] = example
    headers: dict[str, Any] = {"Request-Id": {"schema": {"type": "string"}}}
    if route.method == "POST":
        headers["Idempotent-Replayed"] = {
            "description": "There, and true, on the repetition of an earlier answer.",
            "schema": {"type": "string", "const": "true"},
        }
    return {
        "description": route.summary,
        "headers": headers,
        "content": {"application/json": media},
    }


def _problems(route: Route) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in codes_of(route):
        by_status.setdefault(PROBLEMS[code].status, []).append(code)
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        str(status): {
            "description": " · ".join(f"`{code}`: {PROBLEMS[code].title}." for code in codes),
            "content": {CONTENT_TYPE: {"schema": schema}},
        }
        for status, codes in sorted(by_status.items())
    }

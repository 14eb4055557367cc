"""The documentation page: the routes and their schemas for people, without any script."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import render_template

from merchant_api.openapi import codes_of, example_of, parameters_of, schemas_of
from merchant_api.problems import PROBLEMS, Kind
from merchant_api.routes import Route
from merchant_api.validation import Nothing

TEST_KEY = "sk_test_…"
_REF = "#/components/schemas/"


@dataclass(frozen=True)
class Field:
    """One row of a table of fields."""

    name: str
    kind: str
    is_required: bool
    description: str


@dataclass(frozen=True)
class Operation:
    """One operation as the page shows it."""

    route: Route
    anchor: str
    address: str
    parameters: list[Field]
    fields: list[Field]
    curl: str
    answer: str
    problems: dict[str, Kind]


def docs_page(routes: Iterable[Route], base_url: str) -> str:
    """The page as HTML."""
    routes = list(routes)
    schemas = schemas_of(routes)
    by_tag: dict[str, list[Operation]] = {}
    for route in routes:
        by_tag.setdefault(route.tag, []).append(_operation(route, schemas, base_url))
    return render_template(
        "merchant_api/docs.html",
        base_url=base_url,
        by_tag=by_tag,
        problems=PROBLEMS,
    )


def _operation(route: Route, schemas: dict[str, Any], base_url: str) -> Operation:
    address = "/v1" + route.path.replace("<object_id>", "{id}")
    has_body = route.body is not Nothing
    body = schemas[route.body.__name__] if has_body else {}
    return Operation(
        route=route,
        anchor=route.name.replace("_", "-"),
        address=address,
        parameters=[
            Field(
                name=parameter["name"],
                kind=_kind(parameter["schema"], schemas),
                is_required=parameter.get("required", False),
                description=parameter.get("description", ""),
            )
            for parameter in parameters_of(route, schemas)
        ],
        fields=list(_fields(body, schemas)),
        curl=_curl(route, base_url + address),
        answer=_pretty(example_of(route.answers)),
        problems={code: PROBLEMS[code] for code in codes_of(route)},
    )


def _fields(schema: dict[str, Any], schemas: dict[str, Any], prefix: str = "") -> Iterator[Field]:
    for name, part in schema.get("properties", {}).items():
        inner = _resolved(part, schemas)
        yield Field(
            name=prefix + name,
            kind=_kind(part, schemas),
            is_required=name in schema.get("required", ()),
            description=part.get("description") or "",
        )
        yield from _fields(inner, schemas, f"{prefix}{name}.")


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    one = choices[0] if choices else schema
    if "$ref" in one:
        return dict(schemas[one["$ref"].removeprefix(_REF)])
    return dict(one)


def _kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    inner = _resolved(schema, schemas)
    words = [str(inner.get("type", "object"))]
    if "enum" in inner:
        words = [" | ".join(map(str, inner["enum"]))]
    least, most = inner.get("minimum"), inner.get("maximum")
    if least is not None and most is not None:
        words.append(f"{least:,} to {most:,}")
    if "maxLength" in inner:
        words.append(f"≤ {inner['maxLength']} characters")
    return ", ".join(words)


def _curl(route: Route, address: str) -> str:
    example = example_of(route.answers) or {}
    lines = [f"curl {address.replace('{id}', str(example.get('id', '…')))}"]
    if route.method != "GET":
        lines[0] = lines[0].replace("curl", f"curl -X {route.method}", 1)
    lines.append(f"  -H 'Authorization: Bearer {TEST_KEY}'")
    if route.method == "POST":
        lines.append('  -H "Idempotency-Key: $(openssl rand -hex 16)"')
    if route.body is not Nothing:
        lines.append("  -H 'Content-Type: application/json'")
        lines.append(f"  -d '{_pretty(example_of(route.body))}'")
    return " \\\n".join(lines)


def _pretty(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, indent=2)

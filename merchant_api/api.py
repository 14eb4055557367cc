"""The whole API as one blueprint: `/v1`, its OpenAPI document, and its documentation page."""

from __future__ import annotations

from functools import cache, partial

from flask import Blueprint, Flask, Response, json, request
from werkzeug.exceptions import HTTPException

from foundation.database import Database
from foundation.sealing import Sealer
from merchant_api import (
    bill_keys,
    charges,
    consent_records,
    events,
    refunds,
    registrations,
    webhook_endpoints,
)
from merchant_api.docs_page import docs_page
from merchant_api.door import Door
from merchant_api.limits import RateLimit
from merchant_api.openapi import openapi_document
from merchant_api.problems import DOCS_URL, http_problem
from merchant_api.routes import Route

PREFIX = "/v1"
# The documentation changes with a release only.
DOCS_MAX_AGE_S = 300


def register(
    application: Flask,
    *,
    database: Database,
    sealer: Sealer,
    allow_private_webhooks: bool = False,
    public_base_url: str = "",
    rate_limit: RateLimit | None = None,
) -> None:
    """Put the API on an application: everything below /v1 and /docs, nothing else.

    Without a public address, links are relative and examples show the address they were read at.
    """
    routes = all_routes(sealer, allow_private_webhooks=allow_private_webhooks)
    base_url = public_base_url.rstrip("/")
    api = Blueprint(
        "merchant_api",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/docs/assets",
    )
    _add_routes(api, routes, Door(database, rate_limit or RateLimit()))
    _add_documents(api, routes, base_url)
    _add_problems(api)
    application.extensions[DOCS_URL] = f"{base_url}/docs"
    application.register_blueprint(api)


def all_routes(sealer: Sealer, *, allow_private_webhooks: bool) -> list[Route]:
    """Every operation of the API, in the order of the documentation."""
    return [
        *registrations.routes(sealer),
        *bill_keys.routes(),
        *charges.routes(),
        *refunds.routes(),
        *consent_records.routes(),
        *events.routes(),
        *webhook_endpoints.routes(sealer, allow_private=allow_private_webhooks),
    ]


def _add_routes(api: Blueprint, routes: list[Route], door: Door) -> None:
    for route in routes:
        api.add_url_rule(
            PREFIX + route.path,
            endpoint=route.name,
            view_func=partial(door.serve, route),
            methods=[route.method],
            provide_automatic_options=False,
        )


def _add_documents(api: Blueprint, routes: list[Route], base_url: str) -> None:
    # Made for its first reader: a web process that starts again has callers waiting.
    @cache
    def document() -> str:
        return json.dumps(
            openapi_document(routes, base_url or "/"), ensure_ascii=False, sort_keys=False
        )

    @api.get(f"{PREFIX}/openapi.json")
    def openapi() -> Response:
        return _public(Response(document(), content_type="application/json"))

    @api.get("/docs")
    def docs() -> Response:
        page = docs_page(routes, base_url or request.url_root.rstrip("/"))
        return _public(Response(page, content_type="text/html; charset=utf-8"))


def _public(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={DOCS_MAX_AGE_S}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'self'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _add_problems(api: Blueprint) -> None:
    # Addresses and methods that do not exist are refused before any blueprint is chosen, so these
    # two are answered for the whole application, and only below /v1 in our way.
    @api.app_errorhandler(404)
    @api.app_errorhandler(405)
    def refused(error: HTTPException) -> Response | HTTPException:
        is_ours = request.path == PREFIX or request.path.startswith(f"{PREFIX}/")
        return http_problem(error) if is_ours else error

"""Problem documents (RFC 9457): every error of the API in one shape, and the list of them all.

The list is also what the documentation prints, so that no code exists that nobody explains.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, current_app, g
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from foundation.errors import Conflict, Fault, InvalidRequest, NotFound, Refusal, Unavailable

SERVER_FAULT = 500
CONTENT_TYPE = "application/problem+json"
# Where the application keeps the address of the documentation, to which every problem points.
DOCS_URL = "merchant_api_docs_url"


@dataclass(frozen=True)
class Kind:
    """One kind of problem: its status, its name, and what a program should do about it."""

    status: int
    title: str
    remedy: str


PROBLEMS: Mapping[str, Kind] = {
    "malformed_json": Kind(
        400, "The body is not JSON", "Send one JSON object in UTF-8 without repeated members."
    ),
    "bad_request": Kind(400, "The request cannot be read", "Send it as HTTP prescribes."),
    "idempotency_key_missing": Kind(
        400,
        "Idempotency-Key is missing",
        "Send a new random key with every POST, and the same key when you repeat it.",
    ),
    "idempotency_key_invalid": Kind(
        400, "Idempotency-Key cannot be used", "Send 1 to 255 printable ASCII characters."
    ),
    "unauthorized": Kind(
        401, "No valid secret key", "Send `Authorization: Bearer sk_test_…` with a key in force."
    ),
    "not_found": Kind(404, "No such object", "Check the id; objects of others are not found."),
    "method_not_allowed": Kind(405, "Method not allowed", "Use a method of the `Allow` header."),
    "invalid_state": Kind(
        409, "The state does not allow this", "Read the object; its status says what happened."
    ),
    "order_id_taken": Kind(
        409, "order_id is taken", "Look the first object up by its order_id, or use a new one."
    ),
    "consent_required": Kind(
        409, "The customer has to agree first", "Charge with `consent` `ars`: the customer agrees."
    ),
    "too_many_webhook_endpoints": Kind(
        409, "Too many webhook endpoints", "Delete one that is no longer used."
    ),
    "idempotency_key_in_use": Kind(
        409, "The first request is still running", "Repeat with the same key in a second."
    ),
    "body_too_large": Kind(413, "The body is too large", "Send at most 64 KiB."),
    "unsupported_media_type": Kind(
        415, "The body is not declared as JSON", "Send `Content-Type: application/json`."
    ),
    "invalid_request": Kind(
        422, "The request has faults", "Correct every field of `errors`; repeating will not help."
    ),
    "channel_unavailable": Kind(
        422, "This channel is not offered", "Open the registration with another channel."
    ),
    "not_a_korean_mobile": Kind(
        422, "Not a Korean mobile number", "Texts go to Korean mobile numbers, like 010-1234-5678."
    ),
    "not_writable": Kind(
        422, "Operators do not carry these characters", "Use Hangul, letters and digits."
    ),
    "too_long": Kind(422, "The text would be too long", "Shorten the names and the item."),
    "idempotency_key_reused": Kind(
        422, "Idempotency-Key belongs to another request", "Use a new key for a new request."
    ),
    "rate_limited": Kind(429, "Too many requests", "Wait as long as `Retry-After` says."),
    "text_limit_reached": Kind(
        429, "Too many texts", "Wait as long as `Retry-After` says; nothing was changed."
    ),
    "internal_error": Kind(
        500,
        "Something went wrong here",
        "Repeat with the same Idempotency-Key; if it stays, tell us the request_id.",
    ),
    "unavailable": Kind(
        503, "Not possible at the moment", "Repeat with the same key after `Retry-After`."
    ),
    "number_pool_exhausted": Kind(
        503, "No virtual number is free", "Nothing was changed; repeat after `Retry-After`."
    ),
    "number_pool_busy": Kind(
        503, "Too many requests for one phone", "Nothing was changed; repeat after `Retry-After`."
    ),
}
NOWHERE = "There is nothing at this address. The documentation lists every address."
_STATUS_OF_CLASS = {InvalidRequest: 422, NotFound: 404, Conflict: 409, Unavailable: 503}
_CODE_OF_STATUS = {
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}


def request_id() -> str:
    """The id of the request being answered; it needs no database, which may be what is missing."""
    if "request_id" not in g:
        g.request_id = f"req_{secrets.token_hex(12)}"
    return str(g.request_id)


def finish(response: Response) -> Response:
    """Put on what every answer carries."""
    response.headers["Request-Id"] = request_id()
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def status_of(refusal: Refusal) -> int:
    """The HTTP status with which a refusal is answered."""
    if refusal.code in PROBLEMS:
        return PROBLEMS[refusal.code].status
    kinds = (status for kind, status in _STATUS_OF_CLASS.items() if isinstance(refusal, kind))
    return next(kinds, 422)


def problem(refusal: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    """The problem document of a refusal."""
    status = status_of(refusal)
    response = _document(status, refusal.code, refusal.detail, refusal.faults)
    response.headers.update(headers or {})
    if refusal.retry_after_s is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_s)
    if refusal.code == "unauthorized":
        response.headers["WWW-Authenticate"] = 'Bearer realm="ars"'
    return response


def http_problem(error: HTTPException) -> Response:
    """The problem document of what the framework refuses by itself."""
    status = error.code or 500
    code = _CODE_OF_STATUS.get(
        status, "internal_error" if status >= SERVER_FAULT else "bad_request"
    )
    detail = NOWHERE if status == HTTPStatus.NOT_FOUND else PROBLEMS[code].remedy
    response = _document(status, code, detail, ())
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _document(status: int, code: str, detail: str, faults: tuple[Fault, ...]) -> Response:
    kind = PROBLEMS.get(code)
    document = {
        "type": f"{current_app.extensions[DOCS_URL]}#{code}",
        "title": kind.title if kind else detail,
        "status": status,
        "detail": detail,
        "code": code,
        "param": faults[0].param if len(faults) == 1 else None,
        "errors": [vars(fault) for fault in faults],
        "request_id": request_id(),
    }
    body = json.dumps(document, ensure_ascii=False)
    return finish(Response(body, status=status, content_type=CONTENT_TYPE))

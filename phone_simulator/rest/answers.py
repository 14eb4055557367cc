"""What all REST answers share: credentials, error bodies, and pages of a list."""

import hmac
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException

from phone_simulator.switchboard import Switchboard

PAGE_SIZE = 50
PAGE_SIZE_MAX = 1000
MESSAGES = {
    20003: "Authenticate",
    20404: "The requested resource {path} was not found",
    20429: "Too Many Requests",
    20500: "An internal server error has occurred",
    21211: "Invalid 'To' Phone Number: {to}",
    21212: "Invalid From Number (caller ID): {from_}",
    21220: "Invalid call state: the call is not in progress. Cannot redirect or hang it up.",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {to}",
    21421: "PhoneNumber is invalid: {to}",
    21422: "PhoneNumber is not available: {to}",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The 'From' phone number provided ({from_}) is not a valid message-capable number for this destination.",
    21609: "The 'StatusCallback' URL {url} is not a valid URL.",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number ({from_}) has exceeded the maximum number of queued messages",
    21612: "The 'To' phone number {to} is not currently reachable using the 'From' phone number {from_} via SMS.",
    21614: "'To' number {to} is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit.",
    20001: "Bad request: the request was refused on purpose by a fault switch",
    20009: "Cannot update this resource",
}
STATUSES = {20003: 401, 20404: 404, 20429: 429, 20500: 500, 21220: 400}


def switchboard() -> Switchboard:
    found: Switchboard = current_app.extensions["switchboard"]
    return found


class Refusal(HTTPException):
    """An error in the provider's form; Flask turns it into the answer."""

    def __init__(self, error_code: int, **details: str) -> None:
        status = STATUSES.get(error_code, 400)
        message = MESSAGES[error_code].format(
            **{"to": "", "from_": "", "path": request.path, "url": "", **details}
        )
        body = {
            "code": error_code,
            "message": message,
            "more_info": f"https://www.twilio.com/docs/errors/{error_code}",
            "status": status,
        }
        headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if status == 401 else {}
        self.code = status
        super().__init__(
            message, Response(json.dumps(body), status, headers, mimetype="application/json")
        )


def require_account(account_sid: str) -> None:
    """Refuse anything but the account's own sid and token."""
    options, given = switchboard().options, request.authorization
    username = (given.username if given else None) or ""
    password = (given.password if given else None) or ""
    known = hmac.compare_digest(username.encode(), options.account_sid.encode())
    if not (known and hmac.compare_digest(password.encode(), options.auth_token.encode())):
        raise Refusal(20003)
    if account_sid != options.account_sid:
        raise Refusal(20404)


def page_of(key: str, found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One page of a list, with all the paging fields of the provider."""
    size = min(max(_whole("PageSize", PAGE_SIZE), 1), PAGE_SIZE_MAX)
    page = max(_whole("Page", 0), 0)
    start = page * size
    has_next = start + size < len(found)
    return {
        key: list(found[start : start + size]),
        "end": min(start + size, len(found)) - 1 if found else 0,
        "first_page_uri": _uri(0, size),
        "next_page_uri": _uri(page + 1, size) if has_next else None,
        "page": page,
        "page_size": size,
        "previous_page_uri": _uri(page - 1, size) if page > 0 else None,
        "start": start,
        "uri": _uri(page, size),
    }


def _whole(name: str, default: int) -> int:
    value = request.args.get(name, "")
    return int(value) if value.isdigit() else default


def _uri(page: int, size: int) -> str:
    kept = [
        (name, value)
        for name, value in request.args.items()
        if name not in ("Page", "PageSize", "PageToken")
    ]
    token = [("PageToken", f"PA{page:032x}")] if page else []
    return f"{request.path}?" + urlencode(
        [*kept, ("PageSize", str(size)), ("Page", str(page)), *token]
    )

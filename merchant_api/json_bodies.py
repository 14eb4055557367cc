"""Reads request bodies: one JSON object, strictly, within limits, never quoting what was sent."""

from __future__ import annotations

import codecs
import json
from typing import Any, NoReturn

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from foundation.errors import Refusal

# The largest sensible request, twenty pairs of metadata, has about 12 KiB.
BODY_BYTES_MAX = 64 * 1024
# Our deepest request has three levels; what is deeper was made to hurt.
DEPTH_MAX = 8
# Reading a number takes the square of its length; no field of ours has more than nine digits.
NUMBER_DIGITS_MAX = 1000


def read_body(request: Request) -> dict[str, Any]:
    """The body as an object; no body at all is an empty one. Raises Refusal otherwise."""
    # A body that comes in pieces is cut at the limit without a word: one byte more tells.
    request.max_content_length = BODY_BYTES_MAX + 1
    text = request.get_data(cache=False)
    if len(text) > BODY_BYTES_MAX:
        raise RequestEntityTooLarge
    if not text.strip():
        return {}
    if request.mimetype != "application/json":
        raise Refusal(
            "Send the body as JSON, with the header Content-Type: application/json.",
            code="unsupported_media_type",
        )
    return parse(text)


def parse(text: bytes) -> dict[str, Any]:
    """Read one JSON object."""
    try:
        body = json.loads(
            _decoded(text),
            object_pairs_hook=_without_repeats,
            parse_int=_whole_number,
            parse_constant=_no_constant,
        )
    except RecursionError:
        raise _malformed("it is nested too deeply") from None
    except ValueError:
        # The parser's own words quote the body, and a body may hold a card number.
        raise _malformed("it is not well-formed JSON") from None
    if not isinstance(body, dict):
        raise _malformed("it is not an object")
    _check(body, DEPTH_MAX)
    return body


def _malformed(why: str) -> Refusal:
    return Refusal(f"The body cannot be read: {why}. Send one JSON object.", code="malformed_json")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two parsers that disagree on which of two amounts counts are a way to steal.
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _malformed("a member occurs twice in one object")
    return members


def _decoded(text: bytes) -> str:
    if text.startswith(codecs.BOM_UTF8):
        raise _malformed("it begins with a byte order mark (EF BB BF)")
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise _malformed("it is not UTF-8") from None


def _whole_number(digits: str) -> int:
    if len(digits) > NUMBER_DIGITS_MAX:
        raise _malformed(f"a number has more than {NUMBER_DIGITS_MAX} digits")
    return int(digits)


def _no_constant(_name: str) -> NoReturn:
    raise _malformed("JSON has no NaN and no infinity")


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        _check_unicode(value)
    elif isinstance(value, dict | list):
        if depth == 0:
            raise _malformed(f"it is nested more than {DEPTH_MAX} levels deep")
        for part in value:
            _check(part, depth - 1)
        for part in value.values() if isinstance(value, dict) else ():
            _check(part, depth - 1)


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _malformed("it has half of a surrogate pair") from None

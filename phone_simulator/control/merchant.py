"""Plays the merchant for a page that holds no key: asks the product's API with the demo key, and moves the test clock."""

import json
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request

from phone_simulator.clock import utc_now
from phone_simulator.control.guard import keep_strangers_out
from phone_simulator.ids import new_suffix
from phone_simulator.product_clock import ClockStands, ProductClock
from phone_simulator.rest.answers import switchboard
from phone_simulator.voices import voices
from phone_simulator.wire import Limits, NoReply, Reply, send

blueprint = Blueprint("control_merchant", __name__, url_prefix="/simulator")
blueprint.before_request(keep_strangers_out)

API = "/v1/"
CREATED = 201
ASKED_MAX = 500
API_LIMITS = Limits(5.0, 30.0, 30.0)
# The longest move that a page asks for; the command has limits of its own.
MOVE_LETTERS_MAX = 20


@blueprint.get("/setup")
def setup() -> dict[str, Any]:
    """What a page has to know before anything happens."""
    board = switchboard()
    options = board.options
    return {
        "numbers": [number.phone_number for number in list(board.numbers.values())],
        "api_url": options.api_url,
        "api_key": options.api_key,
        "has_clock": bool(options.clock_command),
        "voices": voices(),
        **options.hints.as_json(),
    }


@blueprint.route("/merchant/api/<path:path>", methods=["GET", "POST", "DELETE"])
def ask_product(path: str) -> Response:
    """One request to the product's API, with the key and a fresh idempotency key; the answer as it is."""
    options = switchboard().options
    target = urlsplit(request.full_path.rstrip("?"))
    wanted = "/" + path
    if not options.api_url:
        abort(409, "no API to ask: start the simulator with --api-url and --api-key")
    if not wanted.startswith(API):
        abort(404, f"only what is below {API} can be asked")
    headers = {
        "Authorization": f"Bearer {options.api_key or ''}",
        "Accept": "application/json",
        "Content-Type": "application/json",
        "Idempotency-Key": request.headers.get("Idempotency-Key")
        or f"page-{new_suffix()}{new_suffix()}",
    }
    url = options.api_url.rstrip("/") + wanted + (f"?{target.query}" if target.query else "")
    try:
        reply = send(request.method, url, headers, request.get_data() or None, API_LIMITS)
    except NoReply as failure:
        return Response(f"the product does not answer: {failure}", 502, mimetype="text/plain")
    if request.method == "POST":
        _remember(reply)
    return Response(reply.body, reply.status, content_type=reply.header("Content-Type"))


def _remember(reply: Reply) -> None:
    """Keep what was asked for, so that a call script can ask for it again; card data is nobody's to keep."""
    asked, made = request.get_json(silent=True), _json(reply.body)
    if (
        reply.status != CREATED
        or not isinstance(asked, dict)
        or "card" in asked
        or "id" not in made
    ):
        return
    known = switchboard().asked_for
    known[str(made["id"])] = asked
    while len(known) > ASKED_MAX:
        del known[next(iter(known))]


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@blueprint.post("/product-clock")
def move_clock() -> tuple[dict[str, Any], int]:
    """`{"by": "1d"}` moves the product's test clock; `{"by": "0s"}` only asks."""
    by = (request.get_json(silent=True) or {}).get("by")
    if not isinstance(by, str) or not by.isalnum() or len(by) > MOVE_LETTERS_MAX:
        abort(422, "by: a duration such as 15m, 1d or 30d is wanted")
    board = switchboard()
    try:
        said = ProductClock(board.options.clock_command).advance(by)
    except ClockStands as error:
        return {"error": str(error)}, 409
    if by != "0s":
        board.clock_moves.append((utc_now(), by))
    return {"said": said}, 200

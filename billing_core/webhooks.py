"""Where gateways report what became of payments.

Nothing is decided here, for web processes hold no contract to verify anything with: a notice about
an order of ours is kept for a worker, everything else is thanked for and forgotten.
"""

from __future__ import annotations

import json
from http import HTTPStatus

import structlog
from flask import Blueprint, Response, abort, request

from billing_core.acquirer_notices import is_about_us, keep_notice
from billing_core.acquirers.gateway import Gateway, Notice
from billing_core.acquirers.gateways import GATEWAYS
from foundation.database import Database

# Signatures stand in one of these.
HEADERS_KEPT = ("webhook-id", "webhook-timestamp", "webhook-signature")

log = structlog.get_logger()


def acquirers_blueprint(database: Database) -> Blueprint:
    """Return the pages for gateways' webhooks."""
    blueprint = Blueprint("acquirers", __name__)

    def _is_ours(notice: Notice) -> bool:
        # Anybody may post here: whoever names no order of ours takes no lock from those who do.
        with database.reading() as session:
            return is_about_us(session, notice)

    @blueprint.post("/acquirers/<gateway>/webhook")
    def acquirer_webhook(gateway: str) -> Response:
        if gateway not in GATEWAYS:
            abort(HTTPStatus.NOT_FOUND)
        known = GATEWAYS[gateway]
        notice = _read(known, request.get_data())
        if notice is not None and _is_ours(notice):
            headers = {name: request.headers.get(name, "") for name in HEADERS_KEPT}
            body = request.get_data().decode()
            with database.transaction() as session:
                keep_notice(session, gateway, notice, headers, body)
        said, content_type = known.thanks
        return Response(said, content_type=content_type)

    return blueprint


def _read(gateway: Gateway, body: bytes) -> Notice | None:
    try:
        words = json.loads(body.decode())
    except (ValueError, RecursionError):
        words = None
    if not isinstance(words, dict):
        # An error would only make the gateway send it again, or refuse our address.
        log.warning("acquirer.notice_unreadable", acquirer=gateway.name)
        return None
    return gateway.read_notice(words)

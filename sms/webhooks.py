"""Where the provider reports what became of a text."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import structlog
from flask import Blueprint, Request, abort, request
from flask.typing import ResponseReturnValue

from foundation.database import DATABASE_AWAY, Database
from sms.actions.record_receipt import record_receipt
from sms.texts import OnFailed
from sms.twilio_texts import read_receipt

log = structlog.get_logger()

PATH = "/twilio/text-status"

_NOTHING: ResponseReturnValue = ("", HTTPStatus.NO_CONTENT)


def text_status_blueprint(
    database: Database, verify: Callable[[Request], bool], on_failed: OnFailed
) -> Blueprint:
    """Return the page for status callbacks; `verify` says if the provider signed a request."""
    blueprint = Blueprint("text_status", __name__)

    @blueprint.post(PATH)
    def text_status() -> ResponseReturnValue:
        if not verify(request):
            abort(HTTPStatus.FORBIDDEN)
        receipt = read_receipt(request.form, request.args.get("text"))
        if receipt is None:
            # Signed, yet not for us: an error would only make the provider send it again.
            log.warning("text.receipt_unreadable", status=request.form.get("MessageStatus"))
            return _NOTHING
        try:
            with database.transaction() as session:
                record_receipt(session, receipt, on_failed=on_failed)
        except DATABASE_AWAY as error:
            log.warning("text.receipt_not_noted", error=type(error).__name__)
            return "", HTTPStatus.SERVICE_UNAVAILABLE
        return _NOTHING

    return blueprint

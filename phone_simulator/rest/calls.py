"""Calls: fetch, list, and end one that is in progress; also the account itself."""

from typing import Any

from flask import Blueprint, request

from phone_simulator.clock import rfc2822
from phone_simulator.line.call import Call
from phone_simulator.rest.answers import Refusal, page_of, require_account, switchboard

blueprint = Blueprint("calls", __name__, url_prefix="/2010-04-01/Accounts/<account_sid>")


@blueprint.get("/Calls.json")
def list_calls(account_sid: str) -> dict[str, Any]:
    require_account(account_sid)
    filters = {"to": "To", "from_": "From", "status": "Status"}
    found = [
        call.as_resource()
        for call in reversed(list(switchboard().calls.values()))
        if all(
            request.args.get(name) in (None, "", getattr(call, attribute))
            for attribute, name in filters.items()
        )
    ]
    return page_of("calls", found)


@blueprint.get("/Calls/<sid>.json")
def fetch(account_sid: str, sid: str) -> dict[str, Any]:
    require_account(account_sid)
    return _call(sid).as_resource()


@blueprint.post("/Calls/<sid>.json")
def update(account_sid: str, sid: str) -> dict[str, Any]:
    """End a call; the answer shows it as completed although the line needs a moment to notice."""
    require_account(account_sid)
    call = _call(sid)
    if request.form.get("Status") not in ("completed", "canceled"):
        raise Refusal(20009)
    if call.is_over:
        raise Refusal(21220)
    call.stop.set()
    return {**call.as_resource(), "status": "completed"}


def _call(sid: str) -> Call:
    found = switchboard().calls.get(sid)
    if found is None:
        raise Refusal(20404)
    return found


# The account stands outside the prefix of the others because its name carries the suffix itself.
account = Blueprint("account", __name__)


@account.get("/2010-04-01/Accounts/<account_sid>.json")
def fetch_account(account_sid: str) -> dict[str, Any]:
    require_account(account_sid)
    now = rfc2822(switchboard().clock.now())
    return {
        "auth_token": "redacted", "date_created": now, "date_updated": now, "friendly_name": "Simulator",
        "owner_account_sid": account_sid, "sid": account_sid, "status": "active", "subresource_uris": {},
        "type": "Full", "uri": f"/2010-04-01/Accounts/{account_sid}.json",
    }  # fmt: skip

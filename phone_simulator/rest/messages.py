"""Messages: create, fetch, list, redact, delete."""

import re
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, request

from phone_simulator.phones import is_e164, is_korean_mobile
from phone_simulator.rest.answers import Refusal, page_of, require_account, switchboard
from phone_simulator.rest.outages import show_outage
from phone_simulator.texts import BODY_MAX, Text

blueprint = Blueprint("messages", __name__, url_prefix="/2010-04-01/Accounts/<account_sid>")
# The provider's magic numbers: whoever sends to (or from) them gets this error.
MAGIC_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
MAGIC_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}


@blueprint.post("/Messages.json")
def create(account_sid: str) -> tuple[dict[str, Any], int]:
    require_account(account_sid)
    form = {
        name: request.form.get(name, "")
        for name in ("To", "From", "Body", "MessagingServiceSid", "StatusCallback")
    }
    outage = show_outage("Messages")
    _refuse_nonsense(form)
    board = switchboard()
    text = Text(
        account_sid, form["To"], form["From"], form["Body"], board.clock.now(),
        form["StatusCallback"], form["MessagingServiceSid"] or None,
        status="accepted" if form["MessagingServiceSid"] else "queued",
    )  # fmt: skip
    answer = text.as_resource()
    board.accept_text(text)
    outage.lose_answer()
    return answer, 201


def _refuse_nonsense(form: dict[str, str]) -> None:
    to, from_ = form["To"], form["From"]
    if not to:
        raise Refusal(21604)
    if not from_ and not form["MessagingServiceSid"]:
        raise Refusal(21603)
    if not form["Body"]:
        raise Refusal(21602)
    if len(form["Body"]) > BODY_MAX:
        raise Refusal(21617)
    if code := MAGIC_TO.get(to) or MAGIC_FROM.get(from_):
        raise Refusal(code, to=to, from_=from_)
    if not is_e164(to):
        raise Refusal(21211, to=to)
    if to.startswith("+82") and not is_korean_mobile(to):
        raise Refusal(21614, to=to)
    if from_ and re.fullmatch(r"\+?\d{3,15}", from_) is None:
        # Korean networks carry numeric senders only.
        raise Refusal(21212, from_=from_)
    if form["StatusCallback"] and not re.match(r"https?://[^/_]+(/|$)", form["StatusCallback"]):
        raise Refusal(21609, url=form["StatusCallback"])


@blueprint.get("/Messages.json")
def list_messages(account_sid: str) -> dict[str, Any]:
    require_account(account_sid)
    texts = switchboard().texts_to(request.args.get("To") or None)
    wanted_from = request.args.get("From")
    found = [text for text in texts if wanted_from in (None, "", text.from_) and _is_in_time(text)]
    return page_of("messages", [text.as_resource() for text in found])


def _is_in_time(text: Text) -> bool:
    sent = text.sent_at or text.created_at
    after, before, day = (
        _moment(request.args.get(name)) for name in ("DateSent>", "DateSent<", "DateSent")
    )
    if day is not None and sent.date() != day.date():
        return False
    return (after is None or sent >= after) and (before is None or sent <= before)


def _moment(written: str | None) -> datetime | None:
    """Read a day or a moment as the provider's SDK writes them."""
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@blueprint.get("/Messages/<sid>.json")
def fetch(account_sid: str, sid: str) -> dict[str, Any]:
    require_account(account_sid)
    return _text(sid).as_resource()


@blueprint.post("/Messages/<sid>.json")
def redact(account_sid: str, sid: str) -> dict[str, Any]:
    """The only change the provider allows is to empty the body."""
    require_account(account_sid)
    text = _text(sid)
    if request.form.get("Body", "-") != "":
        raise Refusal(20009)
    text.body = ""
    return text.as_resource()


@blueprint.delete("/Messages/<sid>.json")
def delete(account_sid: str, sid: str) -> tuple[str, int]:
    require_account(account_sid)
    board = switchboard()
    with board.lock:
        board.texts.pop(_text(sid).sid)
    return "", 204


def _text(sid: str) -> Text:
    found = switchboard().texts.get(sid)
    if found is None:
        raise Refusal(20404)
    return found

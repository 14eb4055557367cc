"""Where the voice provider meets us: an incoming call, its turns, and its end.

Every answer is well-formed TwiML within moments, whatever is broken behind it; only an unsigned
request is refused. Nothing here waits for an acquirer.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus

import sqlalchemy as sa
import structlog
from flask import Blueprint, Request, Response, abort, request
from prometheus_client import Histogram
from werkzeug.exceptions import HTTPException

from foundation.clock import stopwatch
from foundation.database import DATABASE_AWAY, Database
from foundation.logs import places
from foundation.sealing import Sealer
from ivr.actions.answer_turn import answer_turn, first_turn
from ivr.actions.end_call import end_call
from ivr.actions.open_call import TurnedAway, open_call
from ivr.calls import close_call, lock_call
from ivr.turns import HangUp, Heard, Line, Manner, Turn
from ivr.twiml import CONTENT_TYPE, document, twiml
from ivr.words import Words
from ivr.words import words as _

log = structlog.get_logger()

VOICE = "/twilio/voice"
TURN = "/twilio/voice/turn"
# A database that is away for five seconds is waited for: the caller hears that it takes a moment.
COME_BACK_MAX = 6
COME_BACK_AFTER_S = 2
# An address without a position we gave out answers nothing; the open question is asked again.
NOWHERE = sys.maxsize
KEYS = frozenset("0123456789*#")
# How a transfer may end; whatever else is reported is as good as nothing.
TRANSFERS = frozenset({"completed", "answered", "busy", "no-answer", "failed", "canceled"})
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_SID = re.compile(r"CA[0-9a-fA-F]{32}")

_turn_seconds = Histogram(
    "ars_turn_seconds", "Time to answer one voice webhook.", buckets=(0.01, 0.03, 0.1, 0.3, 1, 3)
)

View = Callable[[], Response]


def voice_blueprint(
    database: Database, sealer: Sealer, verify: Callable[[Request], bool]
) -> Blueprint:
    """The pages for the voice provider; `verify` says whether it signed a request."""
    blueprint = Blueprint("voice", __name__)

    def page(path: str) -> Callable[[View], View]:
        return lambda view: blueprint.post(path)(_always_answered(verify, view))

    @page(VOICE)
    def voice() -> Response:
        """Answer an incoming call. A second delivery finds the call open and hears the same."""
        sid = _call_sid()
        with database.transaction() as session:
            call = lock_call(session, sid) or open_call(
                session, sid, request.form.get("From", ""), request.form.get("To", "")
            )
            if isinstance(call, TurnedAway):
                return _xml(twiml(_TURNED_AWAY[call], ""))
            turn = first_turn(call)
            if isinstance(turn, HangUp):
                close_call(session, sid)
        return _xml(twiml(turn, _turn_address(call.journal_from)))

    def answered_once(sid: str, position: int) -> tuple[Turn, int] | None:
        with database.transaction() as session:
            return answer_turn(session, sealer, sid, position, _heard())

    @page(TURN)
    def turn() -> Response:
        """Answer one turn: `at` in the address is its position in the journal."""
        sid, position = _call_sid(), request.args.get("at", NOWHERE, type=int)
        if request.form.get("CallStatus") in OVER:
            # Keys that arrive after the caller has hung up agree to nothing.
            return _xml(document("<Hangup/>"))
        try:
            answer = answered_once(sid, position)
        except sa.exc.IntegrityError:
            # The same turn was answered while this delivery waited for the call: it hears that answer.
            answer = answered_once(sid, position)
        if answer is None:
            return _xml(twiml(_TURNED_AWAY[TurnedAway.STRANGER], ""))
        following, its_position = answer
        return _xml(twiml(following, _turn_address(its_position)))

    @blueprint.post("/twilio/call-status")
    def call_status() -> tuple[str, HTTPStatus]:
        """Note that a call has ended."""
        if not verify(request):
            abort(HTTPStatus.FORBIDDEN)
        sid, status = request.form.get("CallSid", ""), request.form.get("CallStatus", "")
        try:
            if status in OVER and _SID.fullmatch(sid):
                with database.transaction() as session:
                    end_call(session, sid, status)
        except DATABASE_AWAY as error:
            # A call of which nothing is heard any more is ended by the sweep.
            log.warning("call.end_not_noted", error=type(error).__name__)
            return "", HTTPStatus.SERVICE_UNAVAILABLE
        return "", HTTPStatus.NO_CONTENT

    return blueprint


def _always_answered(verify: Callable[[Request], bool], view: View) -> View:
    """A caller always hears something, and an unsigned request always gets 403."""

    @wraps(view)
    def answered() -> Response:
        began = stopwatch()
        if not verify(request):
            abort(HTTPStatus.FORBIDDEN)
        try:
            return view()
        except HTTPException as error:
            # No call of the provider's looks like this; whoever hears it is told to call again.
            log.warning("call.unreadable", why=error.description)
            return _goodbye(_SORRY)
        except DATABASE_AWAY as error:
            log.warning("call.database_away", error=type(error).__name__)
            return _come_back()
        except Exception as error:  # noqa: BLE001 (outermost frame: a caller must not meet a 500)
            where = places(error)
            log.error("call.failed", error=type(error).__name__, at=where)  # noqa: TRY400 (see there)
            return _goodbye(_SORRY)
        finally:
            _turn_seconds.observe(stopwatch() - began)

    return answered


def _come_back() -> Response:
    """Ask the caller to hold on, and come back to the same question."""
    times = request.args.get("again", 0, type=int) + 1
    if times > COME_BACK_MAX:
        return _goodbye(_NOT_NOW)
    position = request.args.get("at", type=int)
    at = "" if position is None else f"at={position}&amp;"
    moment = twiml(HangUp((Line(_ONE_MOMENT),), Manner()), "").decode()
    said = moment.partition("<Response>")[2].partition("<Pause")[0]
    return _xml(
        document(
            f'{said}<Pause length="{COME_BACK_AFTER_S}"/>'
            f'<Redirect method="POST">{request.path}?{at}again={times}</Redirect>'
        )
    )


def _goodbye(sentences: Mapping[str, Words]) -> Response:
    """End the call with what is true at this address, whatever happened in the call before."""
    # A provider set up with a slash at the end of the address has come to the same page.
    said = sentences[request.path.rstrip("/")]
    return _xml(twiml(HangUp((Line(said),), Manner()), ""))


def _heard() -> Heard | None:
    if "again" in request.args:
        return None
    transfer = request.form.get("DialCallStatus", "")
    return Heard(
        _keys_in("Digits"), _keys_in("FinishedOnKey"), transfer if transfer in TRANSFERS else ""
    )


def _keys_in(name: str) -> str:
    """The keys of a telephone in a parameter; whatever else stands there was never pressed."""
    return "".join(key for key in request.form.get(name, "") if key in KEYS)


def _call_sid() -> str:
    sid = request.form.get("CallSid", "")
    if not _SID.fullmatch(sid):
        abort(HTTPStatus.BAD_REQUEST, "CallSid is missing or malformed.")
    return sid


def _turn_address(position: int) -> str:
    return f"{TURN}?at={position}"


def _xml(body: bytes) -> Response:
    return Response(body, content_type=CONTENT_TYPE)


_ONE_MOMENT = _("G20", "잠시만 기다려 주세요.")
# Before its first question a call has paid nothing. Later nobody may claim that: where these are said,
# there is no knowing what the call is about, or how far it went.
_SORRY = {
    VOICE: _(
        "E12", "잠시 문제가 있었습니다. 아무것도 결제되지 않았습니다. 잠시 후 다시 걸어 주세요."
    ),
    TURN: _(
        "E12t",
        "잠시 문제가 있었습니다. 등록이나 결제가 진행되었다면 결과를 문자로 알려 드립니다. "
        "다시 하지 마시고 문자를 기다려 주세요. 문자가 오지 않으면 잠시 후 다시 걸어 주세요.",
    ),
}
_NOT_NOW = {
    VOICE: _(
        "E09",
        "지금은 이 서비스를 이용할 수 없습니다. 아무것도 결제되지 않았습니다. 잠시 후 다시 걸어 주세요.",
    ),
    TURN: _(
        "E09t",
        "지금은 이 서비스를 이용할 수 없습니다. 등록이나 결제가 진행되었다면 결과를 문자로 알려 드립니다. "
        "다시 하지 마시고 문자를 기다려 주세요. 문자가 오지 않으면 잠시 후 다시 걸어 주세요.",
    ),
}
_TURNED_AWAY = {
    TurnedAway.HIDDEN: HangUp(
        (
            Line(
                _(
                    "E01",
                    "발신번호가 표시되지 않아 확인할 수 없습니다. 휴대전화 설정에서 내 번호 표시를 켜신 뒤, "
                    "문자를 받으신 휴대전화로 다시 걸어 주세요.",
                )
            ),
        ),
        Manner(),
    ),
    TurnedAway.STRANGER: HangUp(
        (
            Line(
                _(
                    "E02",
                    "이 번호는 문자를 받으신 휴대전화에서만 이용하실 수 있습니다. "
                    "문자를 받은 휴대전화로 다시 걸어 주세요. 문자를 받지 않으셨다면 그대로 끊으시면 됩니다.",
                )
            ),
        ),
        Manner(),
    ),
}

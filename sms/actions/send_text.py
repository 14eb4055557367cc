"""Hand one queued text to the provider, at most once unless the provider proves it never took it.

`sending` is committed before anything goes out. Whoever finds a text in that state later finds one
whose answer nobody wrote down: it becomes unknown, and is not sent again before the provider has
said that it never came. The merchant may repeat it at once: the words of one request are the same
each time, so that a second copy harms nobody.
"""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never

import structlog

from foundation.database import Database, Session
from sms.actions.give_up_waiting import give_up_waiting
from sms.patience import TRIES_MAX, back_off_s
from sms.provider import Deferred, Outcome, OutgoingText, Refused, Sent, TextSender, Unknown
from sms.texts import UNANSWERED, OnFailed, Text, TextStatus, locked_text, move_text

log = structlog.get_logger()

# Longer than the longest exchange with a provider, so that a living worker is never taken for dead.
SENDING_MAX = timedelta(seconds=60)


def send_text(
    database: Database, provider: TextSender, text_id: str, *, on_failed: OnFailed
) -> None:
    """Send this text if it is queued; calls `on_failed` in the transaction in which it fails."""
    outgoing = _take(database, text_id)
    if outgoing is None:
        return
    outcome = provider.send(outgoing)
    with database.transaction() as session:
        text = locked_text(session, text_id)
        if text is not None:
            _record(session, text, outcome, on_failed)


def _take(database: Database, text_id: str) -> OutgoingText | None:
    with database.transaction() as session:
        text = locked_text(session, text_id)
        if text is None:
            return None
        if text.status is TextStatus.SENDING:
            give_up_waiting(session, text)
        if text.status is not TextStatus.QUEUED:
            return None
        move_text(
            session,
            text,
            TextStatus.SENDING,
            why="a worker took it",
            attempts=text.attempts + 1,
            next_attempt_at=session.now + SENDING_MAX,
        )
        return OutgoingText(text.id, text.to, text.body)


def _record(session: Session, text: Text, outcome: Outcome, on_failed: OnFailed) -> None:
    match outcome:
        case Sent(sid):
            _sent(session, text, sid)
        case Deferred(code, wait_s):
            _deferred(session, text, code, wait_s, on_failed)
        case Refused(code, reason):
            _refused(session, text, code, reason, on_failed)
        case Unknown(reason):
            _unknown(session, text, reason)
        case _:
            assert_never(outcome)


def _sent(session: Session, text: Text, sid: str) -> None:
    # A receipt may have been faster than this answer; then everything is written already.
    if text.status in UNANSWERED:
        why = "the provider took it"
        move_text(session, text, TextStatus.SENT, why=why, provider_sid=sid, sent_at=session.now)
    log.info("text.sent", text=text.id, sid=sid, to=text.to.masked)


def _deferred(
    session: Session, text: Text, code: str, wait_s: float | None, on_failed: OnFailed
) -> None:
    if text.status not in UNANSWERED:
        return
    if text.attempts >= TRIES_MAX:
        _refused(session, text, code, "tried too often", on_failed)
        return
    wait = timedelta(seconds=max(wait_s or 0.0, back_off_s(text.id, text.attempts)))
    move_text(session, text, TextStatus.QUEUED, why=code, next_attempt_at=session.now + wait)
    log.info("text.deferred", text=text.id, code=code, attempts=text.attempts)


def _refused(session: Session, text: Text, code: str, reason: str, on_failed: OnFailed) -> None:
    if text.status not in UNANSWERED:
        return
    move_text(session, text, TextStatus.FAILED, why=reason, error_code=code)
    log.warning("text.refused", text=text.id, code=code, reason=reason, to=text.to.masked)
    on_failed(session, text)


def _unknown(session: Session, text: Text, reason: str) -> None:
    if text.status is TextStatus.SENDING:
        give_up_waiting(session, text, reason)

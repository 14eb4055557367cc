"""The way into the queue: what every new text must pass, whoever asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog

from foundation.database import Session
from foundation.errors import InvalidRequest, Refusal
from foundation.ids import new_id
from foundation.phone_number import PhoneNumber
from sms.characters import byte_count, uncarried
from sms.limits import TextLimits, limit_reached
from sms.texts import LMS_BYTES_MAX, TEXTS, Text, TextStatus, kind_of, move_text

log = structlog.get_logger()

# The job is staged with the text; if it gets lost, the sweep stages another after this time.
JOB_IS_LOST_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class Draft:
    """A text that wants to go out."""

    template: str
    to: PhoneNumber
    language: str
    merchant_id: str
    request_id: str
    body: str
    # Somebody asked for the words of an earlier text once more.
    is_repeat: bool = False
    # A result, but of something that a merchant's program did, as often as it likes.
    is_ordered: bool = False


def put_in_queue(session: Session, draft: Draft, *, required: bool, limits: TextLimits) -> Text:
    """Store the draft and stage its sending, or refuse it, or store it as failed."""
    text = _row(session, draft)
    obstacle = _obstacle(
        session, text, limits, is_repeat=draft.is_repeat, is_ordered=draft.is_ordered
    )
    if obstacle and required:
        raise obstacle
    session.add(text)
    session.flush()
    if obstacle:
        _put_aside(session, text, obstacle)
    else:
        _stage(session, text)
    return text


def _row(session: Session, draft: Draft) -> Text:
    count = byte_count(draft.body)
    return Text(
        id=new_id("sms", session.now),
        merchant_id=draft.merchant_id,
        request_id=draft.request_id,
        template=draft.template,
        to=draft.to,
        body=draft.body,
        language=draft.language,
        kind=kind_of(count),
        bytes=count,
        status=TextStatus.QUEUED,
        attempts=0,
        next_attempt_at=session.now + JOB_IS_LOST_AFTER,
        created_at=session.now,
    )


def _obstacle(
    session: Session, text: Text, limits: TextLimits, *, is_repeat: bool, is_ordered: bool
) -> Refusal | None:
    if not text.to.is_korean_mobile:
        return InvalidRequest(
            "Texts go to Korean mobile numbers only. Give a number that begins with 010.",
            code="not_a_korean_mobile",
        )
    if uncarried(text.body):
        return InvalidRequest(
            "The text has characters that Korean operators do not carry. Correct the names and the "
            "item in it, then send it again.",
            code="not_writable",
        )
    if text.bytes > LMS_BYTES_MAX:
        return InvalidRequest(
            f"The text is longer than {LMS_BYTES_MAX} bytes. Shorten the names and the item in it.",
            code="too_long",
        )
    return limit_reached(
        session,
        limits,
        to=text.to,
        merchant_id=text.merchant_id,
        template=text.template,
        is_repeat=is_repeat,
        is_ordered=is_ordered,
    )


def _put_aside(session: Session, text: Text, obstacle: Refusal) -> None:
    move_text(session, text, TextStatus.FAILED, why="not let through", error_code=obstacle.code)
    log.warning("text.not_let_through", text=text.id, to=text.to.masked, code=obstacle.code)


def _stage(session: Session, text: Text) -> None:
    session.stage("send_text", text.id)
    TEXTS.labels(TextStatus.QUEUED.value).inc()
    log.info("text.queued", text=text.id, template=text.template, to=text.to.masked)

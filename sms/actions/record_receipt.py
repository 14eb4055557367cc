"""Write down what the provider reports of a text, whatever the order and however often."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import structlog

from foundation.database import Session
from sms.provider import Receipt
from sms.texts import OnFailed, Text, TextStatus, locked_text, move_text

log = structlog.get_logger()

# A text only rises. What is not listed (queued, failed) the provider cannot know anything about.
_RANK = {
    TextStatus.SENDING: 0,
    TextStatus.UNKNOWN: 0,
    TextStatus.SENT: 1,
    TextStatus.UNDELIVERED: 2,
    TextStatus.DELIVERED: 3,
}


def record_receipt(session: Session, receipt: Receipt, *, on_failed: OnFailed) -> None:
    """Raise the text to the reported status; a report that says nothing new changes nothing."""
    text = _text_of(session, receipt)
    if text is None:
        log.warning("text.receipt_for_nobody", sid=receipt.sid, status=receipt.status)
        return
    rank = _RANK.get(text.status)
    if rank is None or text.provider_sid not in (None, receipt.sid):
        log.warning("text.receipt_does_not_fit", text=text.id, sid=receipt.sid, status=text.status)
        return
    if _RANK[receipt.status] > rank:
        _raise(session, text, receipt, on_failed)


def _text_of(session: Session, receipt: Receipt) -> Text | None:
    by_sid = sa.select(Text.id).where(Text.provider_sid == receipt.sid)
    text_id = session.scalar(by_sid) or receipt.text_id
    return locked_text(session, text_id) if text_id else None


def _raise(session: Session, text: Text, receipt: Receipt, on_failed: OnFailed) -> None:
    values: dict[str, Any] = {
        "provider_sid": receipt.sid,
        "error_code": receipt.error_code,
        "sent_at": text.sent_at or session.now,
    }
    if receipt.status is TextStatus.DELIVERED:
        values["delivered_at"] = session.now
    move_text(session, text, receipt.status, why="the provider's receipt", **values)
    log.info("text.receipt", text=text.id, status=text.status, code=text.error_code)
    if text.status is TextStatus.UNDELIVERED:
        on_failed(session, text)

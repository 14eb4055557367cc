"""Admit that the answer to a text being sent is lost with the worker that was waiting for it."""

from __future__ import annotations

import structlog

from foundation.database import Session
from sms.texts import Text, TextStatus, move_text

log = structlog.get_logger()

WHY = "nobody wrote down the answer"


def give_up_waiting(session: Session, text: Text) -> None:
    """Turn a text in `sending` into unknown."""
    move_text(session, text, TextStatus.UNKNOWN, why=WHY)
    log.warning("text.unknown", text=text.id, reason=WHY)

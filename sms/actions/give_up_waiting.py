"""Admit that nobody knows what became of a text being sent."""

from __future__ import annotations

from datetime import timedelta

import structlog

from foundation.database import Session
from sms.texts import Text, TextStatus, move_text

log = structlog.get_logger()

# Longer than any exchange with a provider lasts, so that what it does not have by then never came.
ASK_AFTER = timedelta(seconds=60)


def give_up_waiting(
    session: Session, text: Text, why: str = "nobody wrote down the answer"
) -> None:
    """Turn a text in `sending` into unknown; the provider is asked about it when it is quiet."""
    move_text(session, text, TextStatus.UNKNOWN, why=why, next_attempt_at=session.now + ASK_AFTER)
    log.warning("text.unknown", text=text.id, reason=why, to=text.to.masked)

"""Ask the provider what became of a text whose answer was lost; send it anew where it never came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
import structlog

from foundation.database import Database, Session
from sms.actions.record_receipt import record_receipt
from sms.patience import TRIES_MAX
from sms.provider import OutgoingText, Receipt, TextSender, Unknown
from sms.texts import OnFailed, Text, TextStatus, locked_text, move_text

log = structlog.get_logger()

ASK_AGAIN_AFTER = timedelta(minutes=5)
# Later nobody waits for it any more; a receipt may still say what became of it.
ASK_FOR = timedelta(hours=2)
NEVER_CAME = "the provider never took it"


def find_text(
    database: Database, provider: TextSender, text_id: str, *, on_failed: OnFailed
) -> None:
    """Settle this text if it is unknown, as far as the provider can tell."""
    with database.reading() as session:
        asked = session.get(Text, text_id)
    if asked is None or asked.status is not TextStatus.UNKNOWN:
        return
    found = provider.find(OutgoingText(asked.id, asked.to, asked.body))
    with database.transaction() as session:
        text = locked_text(session, text_id)
        # A receipt may have been faster.
        if text is not None and text.status is TextStatus.UNKNOWN:
            _settle(session, text, found, on_failed)


def _settle(
    session: Session, text: Text, found: Sequence[Receipt] | Unknown, on_failed: OnFailed
) -> None:
    if isinstance(found, Unknown):
        is_in_time = session.now - text.created_at < ASK_FOR
        text.next_attempt_at = session.now + ASK_AGAIN_AFTER if is_in_time else None
        log.warning("text.still_unknown", text=text.id, reason=found.reason)
    elif receipt := _of_nobody_else(session, found):
        record_receipt(session, replace(receipt, text_id=text.id), on_failed=on_failed)
    elif text.attempts < TRIES_MAX:
        move_text(session, text, TextStatus.QUEUED, why=NEVER_CAME, next_attempt_at=session.now)
        session.stage("send_text", text.id)
    else:
        move_text(
            session, text, TextStatus.FAILED, why=NEVER_CAME, error_code="provider_unreachable"
        )
        on_failed(session, text)


def _of_nobody_else(session: Session, found: Sequence[Receipt]) -> Receipt | None:
    """The newest that is known under no other text of ours: the same words may have gone out before."""
    sids = [receipt.sid for receipt in found]
    known = set(session.scalars(sa.select(Text.provider_sid).where(Text.provider_sid.in_(sids))))
    return next((receipt for receipt in found if receipt.sid not in known), None)

"""Look after texts whose time has come: due tries, lost jobs and answers, workers that died sending."""

from __future__ import annotations

import sqlalchemy as sa

from foundation.database import Database, Session
from sms.actions.give_up_waiting import give_up_waiting
from sms.queue import JOB_IS_LOST_AFTER
from sms.texts import Text, TextStatus

# One round's worth; what is left over is first in the next one.
TEXTS_A_ROUND = 500


def send_due_texts(database: Database) -> int:
    """Stage what is due, give up on what is lost, and return how many texts that were."""
    with database.transaction() as session:
        due = _due(session)
        for text in due:
            _look_after(session, text)
        return len(due)


def _due(session: Session) -> list[Text]:
    query = (
        sa.select(Text)
        .where(Text.next_attempt_at <= session.now)
        .order_by(Text.next_attempt_at)
        .limit(TEXTS_A_ROUND)
        # Several workers sweep at once; each takes other rows.
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))


def _look_after(session: Session, text: Text) -> None:
    if text.status is TextStatus.SENDING:
        give_up_waiting(session, text)
        return
    text.next_attempt_at = session.now + JOB_IS_LOST_AFTER
    is_unknown = text.status is TextStatus.UNKNOWN
    session.stage("find_text" if is_unknown else "send_text", text.id)

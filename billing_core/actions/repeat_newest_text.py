"""Send the customer the newest text about a request once more."""

from __future__ import annotations

import sqlalchemy as sa
import structlog

from foundation.database import Session
from foundation.errors import Refusal
from sms.actions.repeat_text import repeat_text
from sms.texts import Text

log = structlog.get_logger()


def repeat_newest_text(session: Session, request_id: str) -> None:
    """Repeat the newest text of a request.

    A caller cannot be told of caps in the middle of a goodbye, so a refused text is only logged.
    """
    about = sa.select(Text).where(Text.request_id == request_id)
    newest = session.scalars(about.order_by(Text.id.desc()).limit(1)).first()
    if newest is None:
        return
    try:
        repeat_text(session, newest)
    except Refusal as refusal:
        log.warning("text.not_repeated", request=request_id, code=refusal.code)

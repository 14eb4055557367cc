"""Send the customer the newest text of a registration once more, because they asked for it."""

from __future__ import annotations

import sqlalchemy as sa
import structlog

from billing_core.registrations import Registration
from foundation.database import Session
from foundation.errors import Refusal
from sms.actions.repeat_text import repeat_text
from sms.texts import Text

log = structlog.get_logger()


def send_registration_text(session: Session, registration: Registration) -> None:
    """Repeat the newest text: the request while it is open, its result afterwards.

    A caller cannot be told of caps in the middle of a goodbye, so a refused text is only logged.
    """
    newest = session.scalars(
        sa.select(Text).where(Text.request_id == registration.id).order_by(Text.id.desc()).limit(1)
    ).first()
    if newest is None:
        return
    try:
        repeat_text(session, newest)
    except Refusal as refusal:
        log.warning("text.not_repeated", request=registration.id, code=refusal.code)

"""Send a text once more, in the very same words: a customer who gets both reads the same twice."""

from __future__ import annotations

from foundation.database import Session
from sms.limits import DEFAULT_LIMITS, TextLimits
from sms.queue import Draft, put_in_queue
from sms.texts import Text


def repeat_text(session: Session, earlier: Text, *, limits: TextLimits = DEFAULT_LIMITS) -> Text:
    """Queue a new text with the stored words of an earlier one, or raise a Refusal."""
    draft = Draft(
        template=earlier.template,
        to=earlier.to,
        language=earlier.language,
        merchant_id=earlier.merchant_id,
        request_id=earlier.request_id,
        body=earlier.body,
        is_repeat=True,
    )
    return put_in_queue(session, draft, required=True, limits=limits)

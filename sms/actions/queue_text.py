"""Queue a text message: rendered, checked, counted against the caps, staged with its cause."""

from __future__ import annotations

from collections.abc import Mapping

from foundation.database import Session
from foundation.phone_number import PhoneNumber
from sms.limits import DEFAULT_LIMITS, TextLimits
from sms.queue import Draft, put_in_queue
from sms.templates import Value, render
from sms.texts import Text


def queue_text(
    session: Session,
    *,
    template: str,
    to: PhoneNumber,
    language: str,
    merchant_id: str,
    request_id: str,
    values: Mapping[str, Value],
    required: bool = True,
    is_ordered: bool = False,
    limits: TextLimits = DEFAULT_LIMITS,
) -> Text:
    """Queue one text and stage its sending.

    Raises a Refusal when it cannot go out. A text that nobody outside asked for, such as the result
    of a registration, is not `required`: it is stored as failed, and its cause goes on. A result that
    a merchant's program can bring about by itself `is_ordered`, and capped like all other texts.
    """
    body = render(template, language, **values)
    draft = Draft(template, to, language, merchant_id, request_id, body, is_ordered=is_ordered)
    return put_in_queue(session, draft, required=required, limits=limits)

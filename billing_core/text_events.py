"""A text as merchants see it."""

from __future__ import annotations

from typing import Any

from billing_core.timestamps import rfc3339
from sms.texts import Text


def text_view(text: Text) -> dict[str, Any]:
    """The text's fate, never its words: they may name other customers' affairs in a shared log."""
    return {
        "id": text.id,
        "object": "text",
        "status": text.status,
        "template": text.template,
        "request": text.request_id,
        "to": text.to.e164,
        "error_code": text.error_code,
        "created_at": rfc3339(text.created_at),
    }

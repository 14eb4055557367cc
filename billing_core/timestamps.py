"""How moments are written for merchants: RFC 3339, in UTC, to the second."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(moment: datetime | None) -> str | None:
    """2026-11-23T05:20:00Z, or None."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else None

"""Asking an acquirer what became of a request whose answer was lost: when, and what "not found" proves.

"Not found" once is no proof, for the request may still land. It counts after the quiet time, when a
second inquiry agrees.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped, mapped_column

from billing_core.acquirers.protocol import Unknown
from foundation.database import Session

# Two inquiries in the same breath would be one.
AGREEMENT_PAUSE = timedelta(seconds=10)
# Quick while the customer may still be on the line, then ever slower for as long as it takes.
PAUSES_S = (5, 10, 20, 30, 60, 120, 300, 600)
TOO_LONG = timedelta(minutes=10)


class Inquired:
    """What every request to an acquirer remembers of the inquiries about it."""

    # Since when the acquirer has said, after the quiet time, that there is no such request.
    absent_since: Mapped[datetime | None]
    inquiries: Mapped[int] = mapped_column(default=0)
    next_inquiry_at: Mapped[datetime | None] = mapped_column(index=True)


def note_inquiry(session: Session, request: Inquired) -> None:
    """Count the inquiry that is about to be made, and plan the one after it."""
    pause_s = PAUSES_S[min(request.inquiries, len(PAUSES_S) - 1)]
    request.inquiries += 1
    request.next_inquiry_at = session.now + timedelta(seconds=pause_s)


def minutes_too_long(session: Session, sent_at: datetime) -> int:
    """For how many minutes nothing is known of a request that should long be settled; else 0."""
    age = session.now - sent_at
    return int(age.total_seconds() // 60) if age > TOO_LONG else 0


def doubt_about_absence(
    session: Session, request: Inquired, sent_at: datetime, quiet_s: float
) -> Unknown | None:
    """Take note of a "not found"; return why it proves nothing yet, or None where it is proof."""
    if session.now < sent_at + timedelta(seconds=quiet_s):
        return Unknown("not found, and the quiet time is not over")
    if request.absent_since is None:
        request.absent_since = session.now
        request.next_inquiry_at = session.now + AGREEMENT_PAUSE
        return Unknown("not found once after the quiet time")
    if session.now < request.absent_since + AGREEMENT_PAUSE:
        return Unknown("not found twice in the same breath")
    return None

"""What comes before a card is sent to an acquirer, for a registration or for a charge."""

from __future__ import annotations

from datetime import timedelta

import structlog

from billing_core.acquirers.opening import AnswersGone, card_hashes, last4_of, open_card
from billing_core.acquirers.protocol import CardSecrets
from billing_core.charges import Charge
from billing_core.desk import Desk
from billing_core.issue_attempts import IssueAttempt, Status
from billing_core.merchants import Merchant
from billing_core.registrations import Registration
from billing_core.sealed_answers import CardEntry
from foundation.clock import kst_day
from foundation.database import Session
from foundation.errors import SealBroken
from foundation.ids import new_id

# An attempt that has been sending for longer than the read time-out and this belongs to a process
# that died: connecting takes up to five seconds, and a busy machine some more.
SENDING_MARGIN_S = 15.0

log = structlog.get_logger()


def opened(desk: Desk, request_id: str, entry: CardEntry) -> CardSecrets | None:
    """The card, or None when its answers are gone or cannot be read here."""
    try:
        return open_card(desk.database, desk.opener, entry)
    except (AnswersGone, SealBroken) as reason:
        log.warning("card.cannot_be_opened", request=request_id, reason=str(reason))
        return None


def silent_after(desk: Desk) -> timedelta:
    """How long a request may be under way before its process is taken for dead."""
    return timedelta(seconds=desk.read_timeout_s + SENDING_MARGIN_S)


def write_attempt(
    session: Session, desk: Desk, request: Registration | Charge, cause: str, card: CardSecrets
) -> IssueAttempt:
    """Write down that the card is about to be sent. Commit before sending it."""
    merchant = session.get_one(Merchant, request.merchant_id)
    attempt = IssueAttempt(
        id=new_id("iss", session.now),
        request_id=request.id,
        merchant_id=request.merchant_id,
        phone=request.phone,
        cause=cause,
        acquirer=merchant.acquirer_account or desk.default_acquirer,
        status=Status.SENDING,
        card_hash=card_hashes(desk.opener.masters, card)[0],
        kst_day=kst_day(session.now),
        last4=last4_of(card),
        card_expiry=f"{card.expiry_year:04}-{card.expiry_month:02}",
        decline_code=None,
        outcome=None,
        inquiries=0,
        next_inquiry_at=session.now + silent_after(desk),
        sent_at=session.now,
        settled_at=None,
    )
    session.add(attempt)
    session.flush()
    return attempt

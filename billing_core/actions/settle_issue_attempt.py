"""Find out what became of an issue attempt whose answer was lost, and tell the customer.

"Not found" is no proof at once: see `inquiries`. Even after the proof one last look follows, whose
only purpose is to find a key that was issued against all expectation, so that it can be removed.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from prometheus_client import Counter

from billing_core import charges
from billing_core.acquirers import protocol
from billing_core.acquirers.declines import DeclineCode
from billing_core.actions.record_issue_outcome import record_issue_outcome
from billing_core.attempt_limits import OPEN
from billing_core.card_results import CardResult, Declined
from billing_core.card_texts import tell_declined
from billing_core.charge_texts import tell_not_paid
from billing_core.charges import Charge
from billing_core.desk import Desk
from billing_core.inquiries import doubt_about_absence, minutes_too_long, note_inquiry
from billing_core.issue_attempts import IssueAttempt
from billing_core.issue_results import KeyInHand, Request, locked_attempt, result_of, take_in_hand
from foundation.database import Session

LAST_LOOK = timedelta(hours=1)

UNKNOWN_TOO_LONG = Counter(
    "ars_issue_attempts_unknown_too_long",
    "Inquiries about card checks that have been unknown for more than ten minutes.",
    ["acquirer"],
)

Found = KeyInHand | protocol.Declined | protocol.NotFound | protocol.Unknown

log = structlog.get_logger()


def settle_issue_attempt(desk: Desk, attempt_id: str, *, by_text: bool = False) -> CardResult:
    """Inquire once. `by_text` tells the customer of a refusal, where nobody waits on the line."""
    with desk.database.transaction() as session:
        request, attempt = locked_attempt(session, attempt_id)
        if attempt.next_inquiry_at is None:
            return result_of(session, request, attempt)
        _note_inquiry(session, attempt)
    found = desk.acquirers[attempt.acquirer].find_bill_key(attempt_id)
    said = take_in_hand(desk, found) if isinstance(found, protocol.Issued) else found
    with desk.database.transaction() as session:
        request, attempt = locked_attempt(session, attempt_id)
        was_open = attempt.status in OPEN
        if was_open:
            answer = _answer(session, attempt, said, desk.quiet_s)
        else:
            answer = _at_last(attempt, said)
        result = record_issue_outcome(session, attempt_id, answer)
        if was_open and isinstance(said, protocol.NotFound) and isinstance(result, Declined):
            attempt.next_inquiry_at = session.now + LAST_LOOK
        if was_open and by_text:
            _tell(session, request, result)
        return result


def _note_inquiry(session: Session, attempt: IssueAttempt) -> None:
    note_inquiry(session, attempt)
    if attempt.status in OPEN and (minutes := minutes_too_long(session, attempt.sent_at)):
        UNKNOWN_TOO_LONG.labels(attempt.acquirer).inc()
        log.error("attempt.unknown_too_long", attempt=attempt.id, minutes=minutes)


def _answer(
    session: Session,
    attempt: IssueAttempt,
    found: Found,
    quiet_s: float,
) -> KeyInHand | protocol.Declined | protocol.Unknown:
    if not isinstance(found, protocol.NotFound):
        return found
    absent = protocol.Declined(DeclineCode.ISSUER_UNAVAILABLE)
    return doubt_about_absence(session, attempt, attempt.sent_at, quiet_s) or absent


def _at_last(attempt: IssueAttempt, found: Found) -> KeyInHand | protocol.Unknown:
    if not isinstance(found, protocol.Unknown):
        attempt.next_inquiry_at = None
    if isinstance(found, KeyInHand):
        return found
    return protocol.Unknown("settled before")


def _tell(session: Session, request: Request, result: CardResult) -> None:
    if isinstance(request, Charge):
        if request.status == charges.Status.DECLINED:
            tell_not_paid(session, request)
    elif isinstance(result, Declined):
        tell_declined(session, request, result.reason)

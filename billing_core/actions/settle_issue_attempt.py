"""Find out what became of an issue attempt whose answer was lost, and tell the customer.

"Not found" once is no proof, for a late answer may still land. It counts after the quiet time,
when a second inquiry agrees. Even then one last look follows, whose only purpose is to find a key
that was issued against all expectation, so that it can be removed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

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
from billing_core.issue_attempts import IssueAttempt
from billing_core.issue_results import KeyInHand, Request, locked_attempt, result_of, take_in_hand
from foundation.database import Session

# The acquirer's read time-out with a wide margin: after it, nothing is on its way any more.
QUIET_S = 120.0
# Two inquiries in the same breath would be one.
AGREEMENT_PAUSE = timedelta(seconds=10)
# Quick while the customer may still be on the line, then ever slower for as long as it takes.
PAUSES_S = (5, 10, 20, 30, 60, 120, 300, 600)
TOO_LONG = timedelta(minutes=10)
LAST_LOOK = timedelta(hours=1)

UNKNOWN_TOO_LONG = Counter(
    "ars_issue_attempts_unknown_too_long",
    "Inquiries about card checks that have been unknown for more than ten minutes.",
    ["acquirer"],
)

Found = KeyInHand | protocol.Declined | protocol.NotFound | protocol.Unknown

log = structlog.get_logger()


def settle_issue_attempt(
    desk: Desk, attempt_id: str, *, quiet_s: float = QUIET_S, by_text: bool = False
) -> CardResult:
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
        answer = _answer(session, attempt, said, quiet_s) if was_open else _at_last(attempt, said)
        result = record_issue_outcome(session, attempt_id, answer)
        if was_open and isinstance(said, protocol.NotFound) and isinstance(result, Declined):
            attempt.next_inquiry_at = session.now + LAST_LOOK
        if was_open and by_text:
            _tell(session, request, result)
        return result


def _note_inquiry(session: Session, attempt: IssueAttempt) -> None:
    pause_s = PAUSES_S[min(attempt.inquiries, len(PAUSES_S) - 1)]
    attempt.inquiries += 1
    attempt.next_inquiry_at = session.now + timedelta(seconds=pause_s)
    age = session.now - attempt.sent_at
    if attempt.status in OPEN and age > TOO_LONG:
        UNKNOWN_TOO_LONG.labels(attempt.acquirer).inc()
        log.error("attempt.unknown_too_long", attempt=attempt.id, minutes=age.total_seconds() // 60)


def _answer(
    session: Session,
    attempt: IssueAttempt,
    found: Found,
    quiet_s: float,
) -> KeyInHand | protocol.Declined | protocol.Unknown:
    if not isinstance(found, protocol.NotFound):
        return found
    if session.now < attempt.sent_at + timedelta(seconds=quiet_s):
        return protocol.Unknown("not found, and the quiet time is not over")
    absent_since = (attempt.outcome or {}).get("absent_since")
    if absent_since is None:
        attempt.outcome = {"absent_since": session.now.isoformat()}
        attempt.next_inquiry_at = session.now + AGREEMENT_PAUSE
        return protocol.Unknown("not found once after the quiet time")
    if session.now < datetime.fromisoformat(absent_since) + AGREEMENT_PAUSE:
        return protocol.Unknown("not found twice in the same breath")
    return protocol.Declined(DeclineCode.ISSUER_UNAVAILABLE)


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

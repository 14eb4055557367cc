"""Find out what became of a charge attempt whose answer was lost; until then nothing is sent.

"Not found" is no proof at once: see `inquiries`. Even after the proof one last look follows, whose
only purpose is to find an approval against all expectation, so that it can be cancelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter

from billing_core import charges
from billing_core.acquirers import protocol
from billing_core.actions.record_charge_outcome import Answer, record_charge_outcome
from billing_core.charge_attempts import ChargeAttempt, Status
from billing_core.charge_outcomes import (
    OPEN,
    locked_charge_attempt,
    result_of,
    take_entered_in_hand,
)
from billing_core.charge_results import ChargeResult
from billing_core.charge_texts import tell_not_paid
from billing_core.charges import Charge, Consent
from billing_core.desk import Desk
from billing_core.inquiries import doubt_about_absence, minutes_too_long, note_inquiry
from billing_core.issue_sending import silent_after
from foundation.database import Session

LAST_LOOK = timedelta(hours=1)
# Gateways undo by order id for an hour after the request; clocks differ a little.
VOID_WINDOW = timedelta(minutes=55)

UNKNOWN_TOO_LONG = Counter(
    "ars_charge_attempts_unknown_too_long",
    "Inquiries about charges that have been unknown for more than ten minutes.",
    ["acquirer"],
)

Found = Answer | protocol.NotFound
# A void that was not sent, not answered, or came too late says nothing about the charge.
NOT_LEARNT = protocol.Unknown("nothing was learnt from a void")

log = structlog.get_logger()


@dataclass(frozen=True)
class _Asked:
    """What the acquirer said, and the void that can no longer be on its way to it, if any was."""

    found: Found
    void_over: datetime | None


def settle_charge_attempt(desk: Desk, attempt_id: str, *, by_text: bool = False) -> ChargeResult:
    """Inquire once. `by_text` tells the customer of a no, where nobody waits on the line."""
    with desk.database.transaction() as session:
        _charge, attempt = locked_charge_attempt(session, attempt_id)
        if attempt.next_inquiry_at is None:
            return result_of(attempt)
        _note_inquiry(session, attempt)
        old_void = (
            None if _is_void_under_way(session, attempt, desk.quiet_s) else attempt.void_sent_at
        )
    asked = _ask(desk, attempt, old_void)
    entered = take_entered_in_hand(desk, attempt_id)
    with desk.database.transaction() as session:
        charge, attempt = locked_charge_attempt(session, attempt_id)
        if attempt.void_sent_at == asked.void_over:
            attempt.void_sent_at = None
        was_open = attempt.status in OPEN
        answer = _answer(session, attempt, asked.found, desk.quiet_s)
        result = record_charge_outcome(session, attempt_id, answer, entered)
        if was_open:
            _after_the_end(session, charge, attempt, asked.found, by_text=by_text)
        return result


def _note_inquiry(session: Session, attempt: ChargeAttempt) -> None:
    note_inquiry(session, attempt)
    if attempt.status in OPEN and (minutes := minutes_too_long(session, attempt.sent_at)):
        UNKNOWN_TOO_LONG.labels(attempt.acquirer).inc()
        log.error("attempt.unknown_too_long", attempt=attempt.id, minutes=minutes)


def _is_void_under_way(session: Session, attempt: ChargeAttempt, quiet_s: float) -> bool:
    sent_at = attempt.void_sent_at
    return sent_at is not None and session.now < sent_at + timedelta(seconds=quiet_s)


def _ask(desk: Desk, attempt: ChargeAttempt, old_void: datetime | None) -> _Asked:
    """Inquire first, and undo only what is not approved, unless the gateway demands the void first.

    The customer has agreed to exactly this charge, so an approval is what everybody wants, and
    adopting it is as safe as undoing it. Whatever else the inquiry says is no proof; an accepted
    void is, at once, for it also fences the order id against an approval that is still on its way.
    """
    acquirer = desk.acquirers[attempt.acquirer]
    if acquirer.voids_first:
        undone = _void(desk, acquirer, attempt) or _Asked(NOT_LEARNT, old_void)
        if isinstance(undone.found, protocol.Voided):
            return undone
        return _Asked(acquirer.find_charge(attempt.id), undone.void_over)
    found = acquirer.find_charge(attempt.id)
    is_proof = not isinstance(found, protocol.NotFound | protocol.Unknown)
    if is_proof or not acquirer.has_void:
        return _Asked(found, old_void)
    undone = _void(desk, acquirer, attempt) or _Asked(NOT_LEARNT, old_void)
    return _Asked(found if undone.found is NOT_LEARNT else undone.found, undone.void_over)


def _void(desk: Desk, acquirer: protocol.Charger, attempt: ChargeAttempt) -> _Asked | None:
    """Undo the attempt and say what was learnt by that; None where it may not be undone now."""
    claimed_at = _claim_void(desk, attempt.id)
    if claimed_at is None:
        return None
    voided = acquirer.void_charge(attempt.id, attempt.amount)
    if isinstance(voided, protocol.Unknown):
        return _Asked(NOT_LEARNT, void_over=None)
    return _Asked(NOT_LEARNT if isinstance(voided, protocol.Declined) else voided, claimed_at)


def _claim_void(desk: Desk, attempt_id: str) -> datetime | None:
    """Commit that a void is sent, where one may be; from then on no approval is adopted.

    Only what was given up by its sender is undone, and only in the window; later the inquiry alone
    decides. One void at a time: the answer to one says nothing about another.
    """
    with desk.database.transaction() as session:
        _charge, attempt = locked_charge_attempt(session, attempt_id)
        age = session.now - attempt.sent_at
        is_silent = attempt.status == Status.UNKNOWN or age > silent_after(desk)
        may_void = attempt.status in OPEN and is_silent and age < VOID_WINDOW
        if may_void and not _is_void_under_way(session, attempt, desk.quiet_s):
            attempt.void_sent_at = session.now
            return session.now
    return None


def _answer(session: Session, attempt: ChargeAttempt, found: Found, quiet_s: float) -> Answer:
    if attempt.status not in OPEN:
        return _at_last(attempt, found)
    if not isinstance(found, protocol.NotFound):
        return found
    return doubt_about_absence(session, attempt, attempt.sent_at, quiet_s) or protocol.Voided()


def _at_last(attempt: ChargeAttempt, found: Found) -> Answer:
    if not isinstance(found, protocol.Unknown):
        attempt.next_inquiry_at = None
    return found if isinstance(found, protocol.Approved) else protocol.Unknown("settled before")


def _after_the_end(
    session: Session, charge: Charge, attempt: ChargeAttempt, found: Found, *, by_text: bool
) -> None:
    if attempt.status == Status.VOIDED and isinstance(found, protocol.NotFound):
        attempt.next_inquiry_at = session.now + LAST_LOOK
    # Under standing consent nobody was told to wait, and the refusal itself was texted.
    is_awaited = charge.consent == Consent.ARS and charge.status == charges.Status.DECLINED
    if by_text and is_awaited:
        tell_not_paid(session, charge)

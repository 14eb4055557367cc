"""Write down what the acquirer said about a charge attempt, with everything that follows from it.

Safe to repeat and safe in any order: an answer and an inquiry may both arrive, and whichever comes
second finds the attempt settled. An approval that arrives when nobody may take it is cancelled.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from prometheus_client import Counter

from billing_core import charges
from billing_core.acquirers import protocol
from billing_core.acquirers.declines import DeclineCode
from billing_core.actions.settle_entered_card import settle_entered_card
from billing_core.bill_keys import BillKey, card_view
from billing_core.charge_attempts import LIFE, ChargeAttempt, Status
from billing_core.charge_declines import alarm_if_ours, decline
from billing_core.charge_outcomes import OPEN, EnteredInHand, locked_charge_attempt, result_of
from billing_core.charge_results import ChargeResult
from billing_core.charge_texts import tell_paid
from billing_core.charges import Charge, Consent
from billing_core.entered_cards import EnteredCard
from billing_core.late_approvals import remember_late_approval
from billing_core.ledger import enter
from billing_core.timestamps import rfc3339
from foundation.database import Session
from virtual_numbers.actions.return_number import return_number

# The first inquiry after a lost answer; the acquirer may just have been slow.
FIRST_INQUIRY = timedelta(seconds=5)

ATTEMPTS = Counter("ars_charge_attempts", "Charge attempts by outcome.", ["acquirer", "status"])

Answer = protocol.Approved | protocol.Declined | protocol.Voided | protocol.Unknown

log = structlog.get_logger()


def record_charge_outcome(
    session: Session, attempt_id: str, answer: Answer, entered: EnteredInHand | None
) -> ChargeResult:
    """Settle an attempt as far as the answer settles it, and return where it stands now."""
    charge, attempt = locked_charge_attempt(session, attempt_id)
    is_open = attempt.status in OPEN
    if attempt.void_sent_at and isinstance(answer, protocol.Approved) and is_open:
        # What is adopted now might be undone by the void a moment later.
        answer = protocol.Unknown("approved, but a void is on its way")
    match answer:
        case protocol.Approved() if is_open:
            _approved(session, charge, attempt, answer, entered)
        case protocol.Approved() if attempt.status != Status.APPROVED:
            remember_late_approval(session, attempt, answer)
        case protocol.Declined(code, gateway_code) if is_open:
            alarm_if_ours(attempt.acquirer, code, gateway_code)
            outcome = {"gateway_code": gateway_code}
            _not_paid(session, charge, attempt, Status.DECLINED, code, entered, outcome)
        case protocol.Voided() if is_open:
            code = DeclineCode.ISSUER_UNAVAILABLE
            _not_paid(session, charge, attempt, Status.VOIDED, code, entered, None)
        case protocol.Unknown() if attempt.status == Status.SENDING:
            _unknown(session, charge, attempt, answer)
    return result_of(attempt)


def _approved(
    session: Session,
    charge: Charge,
    attempt: ChargeAttempt,
    approved: protocol.Approved,
    entered: EnteredInHand | None,
) -> None:
    card = _card(session, attempt)
    replaced = _settle_card(session, charge, card, entered, is_paid=True)
    _move(
        session,
        attempt,
        Status.APPROVED,
        why="the acquirer approved it",
        transaction_id=approved.transaction_id,
        approved_at=approved.approved_at,
        outcome={
            "issuer": card.issuer,
            "last4": card.last4,
            "approval_number": approved.approval_number,
            "replaced": replaced,
        },
    )
    enter(
        session,
        cause=attempt.id,
        charge_id=charge.id,
        merchant_id=charge.merchant_id,
        acquirer=attempt.acquirer,
        transaction_id=approved.transaction_id,
        amount=attempt.amount,
    )
    _paid(session, charge, attempt, approved, card)


def _paid(
    session: Session,
    charge: Charge,
    attempt: ChargeAttempt,
    approved: protocol.Approved,
    card: BillKey | EnteredCard,
) -> None:
    if isinstance(card, BillKey) and charge.consent == Consent.ARS:
        # Whoever agreed called from the customer's phone.
        card.possession_at = session.now
    charges.move(
        session,
        charge,
        charges.Status.APPROVED,
        why="the acquirer approved it",
        months=attempt.months,
        is_interest_free=attempt.is_interest_free,
        card=card_view(card),
        acquirer={
            "name": attempt.acquirer,
            "transaction_id": approved.transaction_id,
            "approval_number": approved.approval_number,
            "approved_at": rfc3339(approved.approved_at),
            "receipt_url": approved.receipt_url,
        },
        failure=None,
        next_retry_at=None,
        remind_at=None,
        refusal_reason=None,
        consent_record_id=attempt.consent_record_id,
    )
    return_number(session, charge.id)
    tell_paid(session, charge)
    log.info("charge.approved", charge=charge.id, attempt=attempt.id)


def _not_paid(
    session: Session,
    charge: Charge,
    attempt: ChargeAttempt,
    to: Status,
    code: DeclineCode,
    entered: EnteredInHand | None,
    outcome: dict[str, Any] | None,
) -> None:
    card = _card(session, attempt)
    _settle_card(session, charge, card, entered, is_paid=False)
    _move(session, attempt, to, why=code, decline_code=code, outcome=outcome)
    entered_last4 = card.last4 if isinstance(card, EnteredCard) else None
    decline(session, charge, code, why=f"{attempt.id}: {code}", entered_last4=entered_last4)


def _unknown(
    session: Session, charge: Charge, attempt: ChargeAttempt, answer: protocol.Unknown
) -> None:
    inquire_at = session.now + FIRST_INQUIRY
    _move(session, attempt, Status.UNKNOWN, why=answer.why, next_inquiry_at=inquire_at)
    charges.move(session, charge, charges.Status.UNKNOWN, why="the acquirer did not answer")


def _card(session: Session, attempt: ChargeAttempt) -> BillKey | EnteredCard:
    if card := session.get(EnteredCard, attempt.key_id, with_for_update=True):
        return card
    return session.get_one(BillKey, attempt.key_id, with_for_update=True)


def _settle_card(
    session: Session,
    charge: Charge,
    card: BillKey | EnteredCard,
    entered: EnteredInHand | None,
    *,
    is_paid: bool,
) -> bool:
    if isinstance(card, BillKey) or card.settled_at or entered is None:
        return False
    return settle_entered_card(session, charge, card, entered, is_paid=is_paid)


def _move(
    session: Session, attempt: ChargeAttempt, to: Status, *, why: str, **values: object
) -> None:
    if LIFE.is_final(to):
        values = {"next_inquiry_at": None, "settled_at": session.now} | values
    LIFE.move(session, attempt, to, why=why, **values)
    ATTEMPTS.labels(attempt.acquirer, to.value).inc()

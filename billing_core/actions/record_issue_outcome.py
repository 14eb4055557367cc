"""Write down what the acquirer said about an issue attempt, with everything that follows from it.

Safe to repeat and safe in any order: an answer and an inquiry may both arrive, and whichever comes
second finds the attempt settled. A key that arrives when nobody can take it becomes an orphan; so
does one for a charge, unless `issue_entered_card` is there to charge it at once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TypeGuard

import structlog
from prometheus_client import Counter

from billing_core import bill_keys, charges, registrations
from billing_core.acquirers import protocol
from billing_core.acquirers.declines import DECLINES, DeclineCode, failure_of
from billing_core.attempt_limits import OPEN
from billing_core.bill_keys import BillKey
from billing_core.card_results import CardResult
from billing_core.card_texts import tell_registered
from billing_core.charge_declines import alarm_if_ours, decline
from billing_core.charges import Charge
from billing_core.issue_attempts import LIFE, IssueAttempt, Status
from billing_core.issue_results import KeyInHand, Request, locked_attempt, result_of
from billing_core.orphan_keys import keep_orphan
from billing_core.registrations import REFUSED_CARDS_MAX, Channel, Registration
from billing_core.reminders import after_maintenance
from foundation.database import Session
from foundation.errors import Unavailable
from foundation.phone_number import PhoneNumber
from virtual_numbers.actions.lend_number import lend_number
from virtual_numbers.actions.return_number import return_number

# An issuer's maintenance ends within a night; the customer gets that day back.
MAINTENANCE = timedelta(hours=24)
# The first inquiry after a lost answer; the acquirer may just have been slow.
FIRST_INQUIRY = timedelta(seconds=5)

ATTEMPTS = Counter("ars_issue_attempts", "Card checks by outcome.", ["acquirer", "status"])

log = structlog.get_logger()


def record_issue_outcome(
    session: Session,
    attempt_id: str,
    answer: KeyInHand | protocol.Declined | protocol.Unknown,
) -> CardResult:
    """Settle an attempt as far as the answer settles it, and return where it stands now."""
    request, attempt = locked_attempt(session, attempt_id)
    match answer:
        case KeyInHand():
            _issued(session, request, attempt, answer)
        case protocol.Declined() if attempt.status in OPEN:
            _declined(session, request, attempt, answer)
        case protocol.Unknown() if attempt.status == Status.SENDING:
            _unknown(session, request, attempt, answer)
    return result_of(session, request, attempt)


def _issued(session: Session, request: Request, attempt: IssueAttempt, key: KeyInHand) -> None:
    if attempt.status == Status.ISSUED:
        return
    if attempt.status in OPEN and _takes_key(request):
        _adopt(session, request, attempt, key)
        outcome = {"bill_key": key.bill_key_id}
        _move(session, attempt, Status.ISSUED, why="the acquirer issued a key", outcome=outcome)
        return
    log.warning("bill_key.orphaned", attempt=attempt.id, request=request.id)
    keep_orphan(session, attempt, key.orphan_id, key.orphan_box)
    if attempt.status in OPEN:
        _move(session, attempt, Status.ISSUED, why="nobody can take the key any more")
        if isinstance(request, Charge):
            # The customer has hung up or was told to wait: nothing is charged behind their back.
            code = DeclineCode.ISSUER_UNAVAILABLE
            late = "the key came too late"
            decline(session, request, code, why=late, entered_last4=attempt.last4)


def _takes_key(request: Request) -> TypeGuard[Registration]:
    is_open = request.status == registrations.Status.PROCESSING
    return is_open and isinstance(request, Registration)


def _adopt(
    session: Session, registration: Registration, attempt: IssueAttempt, key: KeyInHand
) -> None:
    session.add(_bill_key(session, registration, attempt, key))
    session.flush()
    registrations.move(
        session,
        registration,
        registrations.Status.REGISTERED,
        why="the acquirer issued a key",
        bill_key_id=key.bill_key_id,
        failure=None,
    )
    return_number(session, registration.id)
    tell_registered(session, registration, issuer=key.issued.issuer, last4=attempt.last4)
    log.info("registration.registered", registration=registration.id, bill_key=key.bill_key_id)


def _bill_key(
    session: Session, registration: Registration, attempt: IssueAttempt, key: KeyInHand
) -> BillKey:
    return BillKey(
        id=key.bill_key_id,
        merchant_id=registration.merchant_id,
        livemode=registration.livemode,
        status=bill_keys.Status.ACTIVE,
        customer_ref=registration.customer_ref,
        customer_name=registration.customer_name,
        phone=registration.phone,
        registration_id=registration.id,
        consent=registration.consent,
        issuer=key.issued.issuer,
        issuer_code=key.issued.issuer_code,
        last4=attempt.last4,
        card_type=key.issued.card_type,
        owner=key.issued.owner,
        card_expiry=attempt.card_expiry,
        acquirer=attempt.acquirer,
        acquirer_key=key.bill_key_box,
        possession_at=session.now,
        removed_at=None,
        details={},
        created_at=session.now,
    )


def _declined(
    session: Session, request: Request, attempt: IssueAttempt, declined: protocol.Declined
) -> None:
    code = declined.code
    outcome = {"gateway_code": declined.gateway_code}
    _move(session, attempt, Status.DECLINED, why=code, decline_code=code, outcome=outcome)
    alarm_if_ours(attempt.acquirer, code, declined.gateway_code)
    if isinstance(request, Charge):
        why = f"the other card was refused: {code}"
        decline(session, request, code, why=why, entered_last4=attempt.last4)
    elif request.status == registrations.Status.PROCESSING:
        _give_back(session, request, code)


def _unknown(
    session: Session, request: Request, attempt: IssueAttempt, answer: protocol.Unknown
) -> None:
    inquire_at = session.now + FIRST_INQUIRY
    _move(session, attempt, Status.UNKNOWN, why=answer.why, next_inquiry_at=inquire_at)
    if isinstance(request, Charge):
        charges.move(
            session, request, charges.Status.UNKNOWN, why="the card check was not answered"
        )


def _give_back(session: Session, registration: Registration, code: DeclineCode) -> None:
    refused = registration.refused_cards + DECLINES[code].counted_as_refusal
    # Without a customer on the line or the page, there is nobody to enter another card.
    is_over = registration.channel == Channel.CARD or refused >= REFUSED_CARDS_MAX
    to = registrations.Status.FAILED if is_over else registrations.Status.AWAITING_CUSTOMER
    values = {"failure": failure_of(code), "refused_cards": refused}
    registrations.move(session, registration, to, why=code, **values)
    if is_over:
        return_number(session, registration.id)
    elif code == DeclineCode.ISSUER_UNAVAILABLE:
        _wait_for_issuer(session, registration)


def _wait_for_issuer(session: Session, registration: Registration) -> None:
    registration.expires_at += MAINTENANCE
    registration.remind_at = after_maintenance(session.now)
    registration.virtual_number = _number_until_then(session, registration)


def _number_until_then(session: Session, registration: Registration) -> PhoneNumber | None:
    try:
        loan = lend_number(
            session,
            phone=registration.phone,
            request_id=registration.id,
            expires_at=registration.expires_at,
        )
    except Unavailable:
        # What the acquirer said is written down all the same; the reminder lends a number later.
        return None
    return loan.number


def _move(
    session: Session, attempt: IssueAttempt, to: Status, *, why: str, **values: object
) -> None:
    if LIFE.is_final(to):
        values = {"next_inquiry_at": None, "settled_at": session.now} | values
    LIFE.move(session, attempt, to, why=why, **values)
    ATTEMPTS.labels(attempt.acquirer, to.value).inc()

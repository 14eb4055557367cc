"""Write down what the acquirer said about an issue attempt, with everything that follows from it.

Safe to repeat and safe in any order: an answer and an inquiry may both arrive, and whichever comes
second finds the attempt settled. A key that arrives when nobody can take it becomes an orphan.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import sqlalchemy as sa
import structlog
from prometheus_client import Counter

from billing_core import bill_keys, registrations
from billing_core.acquirers import protocol
from billing_core.acquirers.declines import DECLINES, Advice, DeclineCode, failure_of
from billing_core.acquirers.opening import seal_acquirer_key
from billing_core.attempt_limits import OPEN, REFUSED_CHECKS_MAX, refused_checks
from billing_core.bill_keys import BillKey
from billing_core.card_results import CardResult, Declined, Gone, Registered, Unknown
from billing_core.card_texts import tell_registered
from billing_core.desk import Desk
from billing_core.issue_attempts import LIFE, IssueAttempt, Status
from billing_core.orphan_keys import OrphanKey, keep_orphan
from billing_core.registrations import REFUSED_CARDS_MAX, Channel, Registration
from foundation.database import Session
from foundation.ids import new_id
from foundation.sealing import Sealed
from virtual_numbers.actions.return_number import return_number
from virtual_numbers.loans import Loan

# An issuer's maintenance ends within a night; the customer gets that day back.
MAINTENANCE = timedelta(hours=24)
# The first inquiry after a lost answer; the acquirer may just have been slow.
FIRST_INQUIRY = timedelta(seconds=5)

ATTEMPTS = Counter("ars_issue_attempts", "Card checks by outcome.", ["acquirer", "status"])

Row = TypeVar("Row", Registration, IssueAttempt)

log = structlog.get_logger()


@dataclass(frozen=True)
class KeyInHand:
    """An issued key, sealed for either place where it may be kept."""

    issued: protocol.Issued
    bill_key_id: str
    bill_key_box: Sealed
    orphan_id: str
    orphan_box: Sealed


def take_in_hand(desk: Desk, issued: protocol.Issued) -> KeyInHand:
    """Seal an issued key, before the transaction that decides where it belongs.

    Sealing may have to read a public key, and transactions that each wait for a second connection
    end up waiting for each other.
    """
    now, key = desk.database.clock.now(), issued.acquirer_key
    bill_key_id, orphan_id = new_id("bk", now), new_id("orphan", now)
    return KeyInHand(
        issued,
        bill_key_id,
        seal_acquirer_key(desk.sealer, key, BillKey.__table__.c.acquirer_key, bill_key_id),
        orphan_id,
        seal_acquirer_key(desk.sealer, key, OrphanKey.__table__.c.acquirer_key, orphan_id),
    )


def record_issue_outcome(
    session: Session,
    attempt_id: str,
    answer: KeyInHand | protocol.Declined | protocol.Unknown,
) -> CardResult:
    """Settle an attempt as far as the answer settles it, and return where it stands now."""
    registration, attempt = locked_attempt(session, attempt_id)
    match answer:
        case KeyInHand():
            _issued(session, registration, attempt, answer)
        case protocol.Declined() if attempt.status in OPEN:
            _declined(session, registration, attempt, answer)
        case protocol.Unknown() if attempt.status == Status.SENDING:
            inquire_at = session.now + FIRST_INQUIRY
            _move(session, attempt, Status.UNKNOWN, why=answer.why, next_inquiry_at=inquire_at)
    return result_of(session, registration, attempt)


def locked_attempt(session: Session, attempt_id: str) -> tuple[Registration, IssueAttempt]:
    """Return the attempt and its registration, held against other writers; always in this order."""
    owner = sa.select(IssueAttempt.registration_id).where(IssueAttempt.id == attempt_id)
    registration = _held(session, Registration, session.scalars(owner).one())
    return registration, _held(session, IssueAttempt, attempt_id)


def result_of(session: Session, registration: Registration, attempt: IssueAttempt) -> CardResult:
    """Where an attempt stands, for whoever asked for it."""
    if attempt.status in OPEN:
        return Unknown()
    if attempt.status == Status.DECLINED:
        code = DeclineCode(attempt.decline_code or "")
        return Declined(code, may_try_again=_may_try_again(session, registration))
    bill_key = session.get(BillKey, (attempt.outcome or {}).get("bill_key", ""))
    return Registered(bill_key.issuer, bill_key.last4, bill_key.id) if bill_key else Gone()


def _issued(
    session: Session, registration: Registration, attempt: IssueAttempt, key: KeyInHand
) -> None:
    if attempt.status == Status.ISSUED:
        return
    if attempt.status in OPEN and registration.status == registrations.Status.PROCESSING:
        _adopt(session, registration, attempt, key)
        outcome = {"bill_key": key.bill_key_id}
        _move(session, attempt, Status.ISSUED, why="the acquirer issued a key", outcome=outcome)
        return
    log.warning("bill_key.orphaned", attempt=attempt.id, registration=registration.id)
    keep_orphan(session, attempt, key.orphan_id, key.orphan_box)
    if attempt.status in OPEN:
        _move(session, attempt, Status.ISSUED, why="the registration cannot take the key")


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
    session: Session,
    registration: Registration,
    attempt: IssueAttempt,
    declined: protocol.Declined,
) -> None:
    code = declined.code
    outcome = {"gateway_code": declined.gateway_code}
    _move(session, attempt, Status.DECLINED, why=code, decline_code=code, outcome=outcome)
    if DECLINES[code].advice == Advice.FIX_REQUEST and not DECLINES[code].counted_as_refusal:
        # Our contract with the acquirer is at fault, and every customer meets it.
        log.error(
            "acquirer.refuses_us", acquirer=attempt.acquirer, gateway_code=declined.gateway_code
        )
    if registration.status == registrations.Status.PROCESSING:
        _give_back(session, registration, code)


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
    session.execute(
        sa.update(Loan)
        .where(Loan.request_id == registration.id, Loan.ended_at.is_(None))
        .values(expires_at=registration.expires_at)
    )


def _move(
    session: Session, attempt: IssueAttempt, to: Status, *, why: str, **values: object
) -> None:
    if LIFE.is_final(to):
        values = {"next_inquiry_at": None, "settled_at": session.now} | values
    LIFE.move(session, attempt, to, why=why, **values)
    ATTEMPTS.labels(attempt.acquirer, to.value).inc()


def _may_try_again(session: Session, registration: Registration) -> bool:
    is_open = registration.status == registrations.Status.AWAITING_CUSTOMER
    return is_open and refused_checks(session, registration.phone) < REFUSED_CHECKS_MAX


def _held(session: Session, kind: type[Row], row_id: str) -> Row:
    return session.get_one(kind, row_id, with_for_update=True, populate_existing=True)

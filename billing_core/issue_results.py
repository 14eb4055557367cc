"""Where an issue attempt stands, and the key it brought, on the way to its row.

A card is checked for a registration, or for a charge whose customer keyed another card.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from billing_core import charges, registrations
from billing_core.acquirers import protocol
from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.opening import seal_acquirer_key
from billing_core.attempt_limits import OPEN, REFUSED_CHECKS_MAX, refused_checks
from billing_core.bill_keys import BillKey
from billing_core.card_results import CardResult, Declined, Gone, Registered, Unknown
from billing_core.charges import Charge, is_charge
from billing_core.desk import Desk
from billing_core.issue_attempts import IssueAttempt, Status
from billing_core.orphan_keys import OrphanKey
from billing_core.registrations import Registration
from foundation.database import Session
from foundation.ids import new_id
from foundation.sealing import Sealed

Row = TypeVar("Row", Registration, Charge, IssueAttempt)
Request = Registration | Charge

# In these, a request still takes a card.
TAKES_CARDS = {
    registrations.Status.AWAITING_CUSTOMER,
    charges.Status.AWAITING_CONSENT,
    charges.Status.DECLINED,
}


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


def locked_attempt(session: Session, attempt_id: str) -> tuple[Request, IssueAttempt]:
    """Return the attempt and its request, held against other writers; always in this order."""
    owner = sa.select(IssueAttempt.request_id).where(IssueAttempt.id == attempt_id)
    request = _held_request(session, session.scalars(owner).one())
    return request, _held(session, IssueAttempt, attempt_id)


def result_of(session: Session, request: Request, attempt: IssueAttempt) -> CardResult:
    """Where an attempt stands, for whoever asked for it."""
    if attempt.status in OPEN:
        return Unknown()
    if attempt.status == Status.DECLINED:
        code = DeclineCode(attempt.decline_code or "")
        return Declined(code, may_try_again=_may_try_again(session, request))
    bill_key = session.get(BillKey, (attempt.outcome or {}).get("bill_key", ""))
    return Registered(bill_key.issuer, bill_key.last4, bill_key.id) if bill_key else Gone()


def _may_try_again(session: Session, request: Request) -> bool:
    is_open = request.status in TAKES_CARDS
    return is_open and refused_checks(session, request.phone) < REFUSED_CHECKS_MAX


def _held_request(session: Session, request_id: str) -> Request:
    if is_charge(request_id):
        return _held(session, Charge, request_id)
    return _held(session, Registration, request_id)


def _held(session: Session, kind: type[Row], row_id: str) -> Row:
    return session.get_one(kind, row_id, with_for_update=True, populate_existing=True)

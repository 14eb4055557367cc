"""Where a charge attempt stands, and the card it was sent on, on the way to its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.opening import open_acquirer_key, seal_acquirer_key
from billing_core.bill_keys import BillKey
from billing_core.charge_attempts import ChargeAttempt, Status
from billing_core.charge_results import Approved, ChargeResult, Declined, Unknown
from billing_core.charges import Charge
from billing_core.desk import Desk
from billing_core.entered_cards import EnteredCard
from billing_core.orphan_keys import OrphanKey
from foundation.database import Session
from foundation.ids import new_id
from foundation.sealing import Sealed

OPEN = (Status.SENDING, Status.UNKNOWN)

Row = TypeVar("Row", Charge, ChargeAttempt)


@dataclass(frozen=True)
class EnteredInHand:
    """The key of an entered card, sealed for either place where it may go."""

    bill_key_id: str
    bill_key_box: Sealed
    orphan_id: str
    orphan_box: Sealed


def take_entered_in_hand(desk: Desk, attempt_id: str) -> EnteredInHand | None:
    """Seal an entered card's key anew, before the transaction that decides where it belongs.

    None where the attempt was sent on a registered card, or the key is settled already.
    """
    with desk.database.reading() as session:
        sent_on = sa.select(ChargeAttempt.key_id).where(ChargeAttempt.id == attempt_id)
        card = session.get(EnteredCard, session.scalars(sent_on).one())
    if card is None or card.acquirer_key is None:
        return None
    column = EnteredCard.__table__.c.acquirer_key
    key = open_acquirer_key(desk.opener, card.acquirer_key, column, card.id)
    now = desk.database.clock.now()
    bill_key_id, orphan_id = new_id("bk", now), new_id("orphan", now)
    return EnteredInHand(
        bill_key_id,
        seal_acquirer_key(desk.sealer, key, BillKey.__table__.c.acquirer_key, bill_key_id),
        orphan_id,
        seal_acquirer_key(desk.sealer, key, OrphanKey.__table__.c.acquirer_key, orphan_id),
    )


def locked_charge_attempt(session: Session, attempt_id: str) -> tuple[Charge, ChargeAttempt]:
    """Return the attempt and its charge, held against other writers; always in this order."""
    owner = sa.select(ChargeAttempt.charge_id).where(ChargeAttempt.id == attempt_id)
    charge = _held(session, Charge, session.scalars(owner).one())
    return charge, _held(session, ChargeAttempt, attempt_id)


def result_of(attempt: ChargeAttempt) -> ChargeResult:
    """Where an attempt stands, for whoever asked for it."""
    if attempt.status in OPEN:
        return Unknown()
    if attempt.status != Status.APPROVED:
        return Declined(DeclineCode(attempt.decline_code or ""))
    paid = attempt.outcome or {}
    return Approved(
        issuer=paid["issuer"],
        last4=paid["last4"],
        approval_number=paid["approval_number"],
        months=attempt.months,
        is_interest_free=attempt.is_interest_free,
        replaced=paid["replaced"],
    )


def _held(session: Session, kind: type[Row], row_id: str) -> Row:
    return session.get_one(kind, row_id, with_for_update=True, populate_existing=True)

"""Issue a key for a card that was keyed in a charge call, and write down the charge to send on it.

The key and the charge attempt are written in one transaction, so that no key is ever left waiting
for a charge. The digits are destroyed in it, before the charge is sent.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from billing_core import card_results, charges
from billing_core.acquirers import protocol
from billing_core.acquirers.declines import DeclineCode, failure_of
from billing_core.acquirers.opening import (
    card_hashes,
    destroy_card,
    last4_of,
    seal_acquirer_key,
)
from billing_core.acquirers.protocol import CardSecrets, Issued
from billing_core.actions.record_issue_outcome import record_issue_outcome
from billing_core.attempt_limits import OPEN, limit_reached
from billing_core.card_results import CardResult
from billing_core.charge_keys import EnteredKey
from billing_core.charge_obstacles import obstacle_to
from billing_core.charge_results import ChargeResult, Declined, Stopped, Unknown
from billing_core.charge_sending import (
    Again,
    ToCharge,
    Wish,
    begun_before,
    held_charge,
    to_charge,
    write_charge_attempt,
)
from billing_core.charges import Charge
from billing_core.desk import Desk
from billing_core.entered_cards import EnteredCard
from billing_core.issue_attempts import LIFE, IssueAttempt, Status
from billing_core.issue_results import KeyInHand, locked_attempt, take_in_hand
from billing_core.issue_sending import opened, write_attempt
from foundation.database import Session
from foundation.ids import new_id
from foundation.sealing import Sealed

log = structlog.get_logger()

NOT_PAID = Declined(DeclineCode.ISSUER_UNAVAILABLE)


@dataclass(frozen=True)
class _ToCheck:
    """A card check that is committed: to be sent now, or sent before and to be asked about."""

    attempt_id: str
    acquirer: str
    card: CardSecrets | None


@dataclass(frozen=True)
class _Keys:
    """An issued key, sealed for every place where it may be kept."""

    issued: Issued
    other_places: KeyInHand
    entered_id: str
    entered_box: Sealed


def issue_entered_card(desk: Desk, wish: Wish, key: EnteredKey) -> ToCharge | Again | ChargeResult:
    """Have the card checked once; what is to be charged then is returned, committed."""
    card = opened(desk, wish.charge_id, key.entry)
    check = _begin(desk, wish, key, card)
    if not isinstance(check, _ToCheck):
        return check
    acquirer = desk.acquirers[check.acquirer]
    answer: Issued | protocol.Declined | protocol.Unknown | protocol.NotFound
    if check.card is not None:
        answer = acquirer.issue_bill_key(check.attempt_id, check.card)
    else:
        answer = acquirer.find_bill_key(check.attempt_id)
    if isinstance(answer, protocol.NotFound):
        # By itself this proves nothing: the sweep finds out.
        answer = protocol.Unknown("not found at once")
    return _write_down(desk, wish, key, check.attempt_id, answer)


def _begin(
    desk: Desk, wish: Wish, key: EnteredKey, card: CardSecrets | None
) -> _ToCheck | Again | ChargeResult:
    with desk.database.transaction() as session:
        charge = held_charge(session, wish.charge_id)
        if again := begun_before(session, wish.cause):
            return again
        first = session.scalar(sa.select(IssueAttempt).where(IssueAttempt.cause == wish.cause))
        if first is not None:
            return _begun(first)
        obstacle = obstacle_to(session, charge, wish) or _limit(session, desk, charge, card)
        if card is None or obstacle is not None:
            destroy_card(session, key.entry)
            return obstacle or Declined(DeclineCode.ENTRY_LOST)
        charges.move(session, charge, charges.Status.PROCESSING, why="the customer keyed a card")
        attempt = write_attempt(session, desk, charge, wish.cause, card)
        return _ToCheck(attempt.id, attempt.acquirer, card)


def _begun(first: IssueAttempt) -> _ToCheck | ChargeResult:
    if first.status == Status.SENDING:
        return _ToCheck(first.id, first.acquirer, card=None)
    if first.status == Status.UNKNOWN:
        return Unknown()
    return Declined(DeclineCode(first.decline_code)) if first.decline_code else NOT_PAID


def _limit(
    session: Session, desk: Desk, charge: Charge, card: CardSecrets | None
) -> Stopped | None:
    if card is None:
        return None
    hashes = card_hashes(desk.opener.masters, card)
    limit = limit_reached(session, card_hashes=hashes, phone=charge.phone)
    if limit is None:
        return None
    log.warning("card.limit_reached", charge=charge.id, limit=limit.value)
    charge.failure = failure_of(DeclineCode.AUTH_COUNT_EXCEEDED) | {"last4": last4_of(card)}
    return Stopped(limit)


def _write_down(
    desk: Desk,
    wish: Wish,
    key: EnteredKey,
    attempt_id: str,
    answer: Issued | protocol.Declined | protocol.Unknown,
) -> ToCharge | ChargeResult:
    keys = _sealed(desk, answer) if isinstance(answer, Issued) else None
    with desk.database.transaction() as session:
        destroy_card(session, key.entry)
        request, attempt = locked_attempt(session, attempt_id)
        assert isinstance(request, Charge)
        is_awaited = request.status == charges.Status.PROCESSING and attempt.status in OPEN
        if keys is not None and is_awaited:
            return _keep_and_charge(session, desk, request, attempt, wish, keys, key.replaces)
        kept = keys.other_places if keys else answer
        assert not isinstance(kept, Issued)
        return _of_charge(record_issue_outcome(session, attempt_id, kept))


def _sealed(desk: Desk, issued: Issued) -> _Keys:
    # Before the transaction: sealing may have to read a public key.
    entered_id = new_id("ec", desk.database.clock.now())
    column = EnteredCard.__table__.c.acquirer_key
    box = seal_acquirer_key(desk.sealer, issued.acquirer_key, column, entered_id)
    return _Keys(issued, take_in_hand(desk, issued), entered_id, box)


def _keep_and_charge(
    session: Session,
    desk: Desk,
    charge: Charge,
    attempt: IssueAttempt,
    wish: Wish,
    keys: _Keys,
    replaces: bool,
) -> ToCharge:
    LIFE.move(
        session,
        attempt,
        Status.ISSUED,
        why="the acquirer issued a key",
        next_inquiry_at=None,
        settled_at=session.now,
        outcome={"entered_card": keys.entered_id},
    )
    session.add(_entered_card(session, charge, attempt, keys, replaces))
    charging = write_charge_attempt(
        session, desk, charge, wish, acquirer=attempt.acquirer, key_id=keys.entered_id
    )
    return to_charge(charge, charging, keys.issued.acquirer_key, keys.issued.issuer_code)


def _entered_card(
    session: Session, charge: Charge, attempt: IssueAttempt, keys: _Keys, replaces: bool
) -> EnteredCard:
    return EnteredCard(
        id=keys.entered_id,
        charge_id=charge.id,
        attempt_id=attempt.id,
        replaces=replaces,
        issuer=keys.issued.issuer,
        issuer_code=keys.issued.issuer_code,
        last4=attempt.last4,
        card_type=keys.issued.card_type,
        owner=keys.issued.owner,
        card_expiry=attempt.card_expiry,
        acquirer=attempt.acquirer,
        acquirer_key=keys.entered_box,
        settled_at=None,
        created_at=session.now,
    )


def _of_charge(result: CardResult) -> ChargeResult:
    match result:
        case card_results.Declined(reason):
            return Declined(reason)
        case card_results.Unknown():
            return Unknown()
        case _:
            return NOT_PAID

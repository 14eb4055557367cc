"""Register a customer's card: check the limits, ask the acquirer once, write down the result.

Three steps, and the process may die between any two of them. The attempt is committed before
anything is sent; whoever does the same work again finds it by its cause and inquires instead of
sending. The digits are destroyed in the transaction that writes down the result.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from billing_core import registrations
from billing_core.acquirers import protocol
from billing_core.acquirers.declines import DeclineCode, failure_of
from billing_core.acquirers.opening import (
    card_hashes,
    destroy_card,
)
from billing_core.acquirers.protocol import CardSecrets, Issued, Unknown
from billing_core.actions.record_issue_outcome import record_issue_outcome
from billing_core.actions.settle_issue_attempt import settle_issue_attempt
from billing_core.attempt_limits import limit_reached
from billing_core.card_results import CardResult, Declined, Gone, Stopped
from billing_core.desk import Desk
from billing_core.issue_attempts import IssueAttempt, Status
from billing_core.issue_results import locked_attempt, result_of, take_in_hand
from billing_core.issue_sending import opened, write_attempt
from billing_core.registrations import Channel, Registration
from billing_core.sealed_answers import CardEntry
from foundation.database import Session
from foundation.errors import NotFound
from virtual_numbers.actions.return_number import return_number

log = structlog.get_logger()


@dataclass(frozen=True)
class _ToSend:
    attempt_id: str
    acquirer: str
    card: CardSecrets


@dataclass(frozen=True)
class _Again:
    attempt_id: str
    is_sending: bool


def register_card(desk: Desk, *, registration_id: str, cause: str, entry: CardEntry) -> CardResult:
    """Register a card, or say why not. The same `cause` sends once, however often it is done."""
    card = opened(desk, registration_id, entry)
    match _begin(desk, registration_id, cause, entry, card):
        case _ToSend(attempt_id, acquirer, to_send):
            answer = desk.acquirers[acquirer].issue_bill_key(attempt_id, to_send)
            return _write_down(desk, attempt_id, entry, answer)
        case _Again(attempt_id, is_sending):
            if is_sending:
                settle_issue_attempt(desk, attempt_id)
            with desk.database.transaction() as session:
                destroy_card(session, entry)
                return result_of(session, *locked_attempt(session, attempt_id))
        case result:
            return result


def _write_down(
    desk: Desk, attempt_id: str, entry: CardEntry, answer: Issued | protocol.Declined | Unknown
) -> CardResult:
    kept = take_in_hand(desk, answer) if isinstance(answer, Issued) else answer
    with desk.database.transaction() as session:
        destroy_card(session, entry)
        return record_issue_outcome(session, attempt_id, kept)


def _begin(
    desk: Desk, registration_id: str, cause: str, entry: CardEntry, card: CardSecrets | None
) -> _ToSend | _Again | CardResult:
    with desk.database.transaction() as session:
        registration = _held(session, registration_id)
        first = session.scalar(sa.select(IssueAttempt).where(IssueAttempt.cause == cause))
        if first is not None:
            return _Again(first.id, is_sending=first.status == Status.SENDING)
        obstacle = _obstacle(session, desk, registration, card)
        if card is not None and obstacle is None:
            _set_going(session, registration)
            attempt = write_attempt(session, desk, registration, cause, card)
            return _ToSend(attempt.id, attempt.acquirer, card)
        destroy_card(session, entry)
        return obstacle or Gone()


def _held(session: Session, registration_id: str) -> Registration:
    query = sa.select(Registration).where(Registration.id == registration_id).with_for_update()
    registration = session.scalar(query)
    if registration is None:
        raise NotFound("There is no such registration.")
    return registration


def _set_going(session: Session, registration: Registration) -> None:
    registrations.move(
        session, registration, registrations.Status.PROCESSING, why="the customer gave a card"
    )


def _obstacle(
    session: Session, desk: Desk, registration: Registration, card: CardSecrets | None
) -> Gone | Declined | Stopped | None:
    if registration.status != registrations.Status.AWAITING_CUSTOMER:
        return Gone(registration.status)
    if card is None:
        is_open = _not_sent(session, registration, DeclineCode.ENTRY_LOST)
        return Declined(DeclineCode.ENTRY_LOST, may_try_again=is_open)
    hashes = card_hashes(desk.opener.masters, card)
    limit = limit_reached(session, card_hashes=hashes, phone=registration.phone)
    if limit is None:
        return None
    log.warning("card.limit_reached", registration=registration.id, limit=limit.value)
    _not_sent(session, registration, DeclineCode.AUTH_COUNT_EXCEEDED)
    return Stopped(limit)


def _not_sent(session: Session, registration: Registration, code: DeclineCode) -> bool:
    """Note the failure, and say whether the registration waits for another card."""
    failure = failure_of(code)
    if registration.channel != Channel.CARD:
        registration.failure = failure
        return True
    # Nobody can enter another card, so this is the end; its life leads there by two steps.
    for to in (registrations.Status.PROCESSING, registrations.Status.FAILED):
        registrations.move(session, registration, to, why="nothing was sent", failure=failure)
    return_number(session, registration.id)
    return False

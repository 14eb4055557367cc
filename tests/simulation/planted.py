"""Mistakes that payment programs make. Each is put in place of a procedure, to see it noticed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from billing_core.acquirers import protocol
from billing_core.acquirers.protocol import Approved, ChargeOrder, Declined, Unknown
from billing_core.actions.approve_charge import approve_charge
from billing_core.actions.finish_charge_attempt import finish_charge_attempt
from billing_core.actions.record_charge_outcome import record_charge_outcome
from billing_core.actions.settle_charge_attempt import settle_charge_attempt
from billing_core.charge_attempts import ChargeAttempt
from billing_core.charge_keys import ChargeKey, RegisteredKey
from billing_core.charge_outcomes import OPEN, take_entered_in_hand
from billing_core.charge_results import ChargeResult, Gone
from billing_core.charge_sending import Wish, begun_before, held_charge, send, to_charge
from billing_core.charges import CAN_BE_PAID, Charge, Status
from billing_core.desk import Desk
from billing_core.registered_keys import open_registered_key, write_registered_attempt


class ImpatientLine:
    """Takes silence for a no, and asks again under a new order id."""

    def __init__(self, line: Any) -> None:
        self._line = line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)

    def charge(self, order: ChargeOrder) -> Approved | Declined | Unknown:
        answer: Approved | Declined | Unknown = self._line.charge(order)
        if not isinstance(answer, Unknown):
            return answer
        again = vars(order) | {"order_id": f"{order.order_id}-again"}
        return self._line.charge(ChargeOrder(**again))  # type: ignore[no-any-return]


def approve_without_guard(
    desk: Desk, *, charge_id: str, cause: str, key: ChargeKey, **agreed: Any
) -> ChargeResult:
    """Reads that the charge may be paid, and writes in a transaction of its own."""
    if not isinstance(key, RegisteredKey):
        return approve_charge(desk, charge_id=charge_id, cause=cause, key=key, **agreed)
    opened = open_registered_key(desk, charge_id)
    with desk.database.reading() as session:
        if session.get_one(Charge, charge_id).status not in CAN_BE_PAID or opened is None:
            return Gone()
        if begun_before(session, cause):
            return Gone()
    with desk.database.transaction() as session:
        mine = sa.update(Charge).where(Charge.id == charge_id)
        session.execute(mine.values(status=Status.PROCESSING))
        charge, wish = held_charge(session, charge_id), Wish(charge_id, cause, **agreed)
        ready = write_registered_attempt(session, desk, charge, wish, opened)
    return finish_charge_attempt(desk, ready)


def approve_by_sending_again(
    desk: Desk, *, charge_id: str, cause: str, key: ChargeKey, **agreed: Any
) -> ChargeResult:
    """Finds an attempt that a dead process was sending, and sends it once more."""
    opened = open_registered_key(desk, charge_id)
    with desk.database.reading() as session:
        again = begun_before(session, cause)
        if again and again.is_sending and opened and isinstance(key, RegisteredKey):
            attempt = session.get_one(ChargeAttempt, again.attempt_id)
            ready = to_charge(
                session.get_one(Charge, charge_id), attempt, opened.secret, opened.issuer_code
            )
        else:
            ready = None
    if ready is None:
        return approve_charge(desk, charge_id=charge_id, cause=cause, key=key, **agreed)
    answer = send(desk, ready)
    with desk.database.transaction() as session:
        return record_charge_outcome(session, ready.order.order_id, answer, None)


def settle_at_the_first_word(desk: Desk, attempt_id: str, **how: Any) -> ChargeResult:
    """Takes one "not found" for proof."""
    with desk.database.reading() as session:
        attempt = session.get_one(ChargeAttempt, attempt_id)
    found = desk.acquirers[attempt.acquirer].find_charge(attempt_id)
    if attempt.status not in OPEN or not isinstance(found, protocol.NotFound):
        return settle_charge_attempt(desk, attempt_id, **how)
    entered = take_entered_in_hand(desk, attempt_id)
    with desk.database.transaction() as session:
        return record_charge_outcome(session, attempt_id, protocol.Voided(), entered)

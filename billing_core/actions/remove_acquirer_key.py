"""Remove a key at its acquirer: that of a revoked bill key, or an orphan.

Until the acquirer confirms, the key is alive there and stays remembered here. Each try has an order
id of its own, committed before it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from prometheus_client import Counter

from billing_core.acquirers.opening import open_acquirer_key
from billing_core.acquirers.protocol import Declined, Removed, Unknown
from billing_core.bill_keys import BillKey, Status
from billing_core.desk import Desk
from billing_core.orphan_keys import KeyRemoval, OrphanKey
from foundation.database import Session
from foundation.errors import NotFound
from foundation.sealing import Sealed

# A key that nobody charges is not urgent, but it must not be forgotten: hourly in the end.
PAUSES_S = (30, 60, 300, 900, 3600)
# More tries than these mean that somebody has to look.
TRIES_WITHOUT_ALARM = 10

REMOVALS = Counter("ars_key_removals", "Tries to remove a key at an acquirer.", ["outcome"])

log = structlog.get_logger()


@dataclass(frozen=True)
class _Try:
    acquirer: str
    box: Sealed
    column: Any
    order_id: str
    number: int


def remove_acquirer_key(desk: Desk, key_id: str) -> None:
    """Try once to remove the key of a bill key or an orphan, unless its next try is not due."""
    attempt = _begin(desk, key_id)
    if attempt is None:
        return
    acquirer = desk.acquirers[attempt.acquirer]
    key = open_acquirer_key(desk.opener, attempt.box, attempt.column, key_id)
    outcome = acquirer.remove_bill_key(key, attempt.order_id)
    REMOVALS.labels(type(outcome).__name__.lower()).inc()
    match outcome:
        case Removed():
            _confirm(desk, key_id)
        case Declined() | Unknown():
            alarm = attempt.number > TRIES_WITHOUT_ALARM
            tell = log.error if alarm else log.warning
            tell("acquirer_key.still_there", key=key_id, tries=attempt.number)


def _begin(desk: Desk, key_id: str) -> _Try | None:
    with desk.database.transaction() as session:
        key = _held(session, key_id)
        if key.removed_at or (isinstance(key, BillKey) and key.status != Status.REVOKED):
            return None
        removal = session.get(KeyRemoval, key_id)
        if removal is None:
            removal = KeyRemoval(id=key_id, tries=0, next_try_at=session.now)
            session.add(removal)
        if removal.next_try_at > session.now:
            return None
        pause_s = PAUSES_S[min(removal.tries, len(PAUSES_S) - 1)]
        removal.tries += 1
        removal.next_try_at = session.now + timedelta(seconds=pause_s)
        column = type(key).__table__.c.acquirer_key
        order_id = f"{key_id}-{removal.tries}"
        return _Try(key.acquirer, key.acquirer_key, column, order_id, removal.tries)


def _confirm(desk: Desk, key_id: str) -> None:
    with desk.database.transaction() as session:
        key = _held(session, key_id)
        key.removed_at = key.removed_at or session.now
        if removal := session.get(KeyRemoval, key_id):
            session.delete(removal)
    log.info("acquirer_key.removed", key=key_id)


def _held(session: Session, key_id: str) -> BillKey | OrphanKey:
    key: BillKey | OrphanKey | None
    if key_id.startswith("bk_"):
        key = session.get(BillKey, key_id, with_for_update=True)
    else:
        key = session.get(OrphanKey, key_id, with_for_update=True)
    if key is None:
        raise NotFound("There is no such bill key.")
    return key

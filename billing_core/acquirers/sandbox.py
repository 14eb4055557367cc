"""The sandbox acquirer: a remote party that happens to live in our own database.

It keeps its truth in tables and transactions of its own, so that what it did survives whatever
happens to us, and it keeps no card number. Its silent cards behave like a lost answer: the truth
is written down, and then nothing comes until the read time-out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.issuers import BY_CODE
from billing_core.acquirers.opening import last4_of
from billing_core.acquirers.protocol import (
    CardSecrets,
    CardType,
    Checked,
    Declined,
    Issued,
    NotFound,
    Owner,
    Removed,
    Unknown,
)
from billing_core.acquirers.sandbox_cards import (
    SandboxCard,
    owner_of,
    refusal_of,
    sandbox_card,
)
from billing_core.acquirers.sandbox_charges import SandboxCharger
from billing_core.acquirers.sandbox_keys import NO_ANSWER, ORDER_ID_USED, SandboxKey
from foundation.clock import kst_day
from foundation.database import Base, Session
from foundation.ids import new_id
from foundation.sealing import Secret


class SandboxOrder(Base):
    """An order id that was used once, and what came of it: a key, a refusal, or a removal."""

    __tablename__ = "sandbox_orders"

    id: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[str | None]
    decline_code: Mapped[str | None]
    created_at: Mapped[datetime]


class SandboxAcquirer(SandboxCharger):
    """Keeps the protocol of acquirers with the sandbox's test cards."""

    name = "sandbox"

    def issue_bill_key(self, order_id: str, card: CardSecrets) -> Issued | Declined | Unknown:
        """Answer as the test card says."""
        behaviour = sandbox_card(card.number.reveal())
        try:
            with self._database.transaction() as session:
                outcome = _issue(session, order_id, behaviour, card)
        except sa.exc.IntegrityError:
            return ORDER_ID_USED
        if behaviour and behaviour.is_silent:
            self._wait_in_vain()
            return NO_ANSWER
        return outcome if self._is_in_time() else NO_ANSWER

    def find_bill_key(self, order_id: str) -> Issued | Declined | NotFound | Unknown:
        """Tell the truth about an order."""
        if not self._is_in_time():
            return NO_ANSWER
        with self._database.reading() as session:
            order = session.get(SandboxOrder, order_id)
            if order is None:
                return NotFound()
            if order.decline_code:
                return Declined(DeclineCode(order.decline_code))
            key = session.get_one(SandboxKey, order.key_id)
            return NotFound() if key.removed_at else _issued(key)

    def remove_bill_key(self, acquirer_key: Secret, order_id: str) -> Removed | Declined | Unknown:
        """Remove a key; one that is gone already stays so."""
        try:
            with self._database.transaction() as session:
                outcome = _remove(session, order_id, acquirer_key.reveal())
        except sa.exc.IntegrityError:
            return ORDER_ID_USED
        return outcome if self._is_in_time() else NO_ANSWER

    def list_interest_free(self) -> None:
        """The sandbox has no such list; plans for it are entered by hand."""

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the sandbox sent it, which sends none."""
        return False

    def check(self) -> Checked:
        """Whoever reaches our database reaches the sandbox."""
        return Checked(clock_ahead_s=0.0)


def _issue(
    session: Session, order_id: str, behaviour: SandboxCard | None, card: CardSecrets
) -> Issued | Declined:
    refusal = refusal_of(behaviour, card, kst_day(session.now))
    if behaviour is None or refusal:
        code = refusal or DeclineCode.CARD_NUMBER_INVALID
        _write_down(session, order_id, decline_code=code)
        return Declined(code)
    key = SandboxKey(
        id=new_id("sandbox", session.now),
        issuer_code=behaviour.issuer.code,
        owner=owner_of(card),
        last4=last4_of(card),
        charge_behaviour=behaviour.charge,
        created_at=session.now,
        removed_at=None,
    )
    session.add(key)
    _write_down(session, order_id, key_id=key.id)
    return _issued(key)


def _remove(session: Session, order_id: str, key_id: str) -> Removed | Declined:
    key = session.get(SandboxKey, key_id)
    if key is None:
        _write_down(session, order_id, decline_code=DeclineCode.BILLKEY_INVALID)
        return Declined(DeclineCode.BILLKEY_INVALID)
    _write_down(session, order_id, key_id=key.id)
    key.removed_at = key.removed_at or session.now
    return Removed()


def _write_down(
    session: Session,
    order_id: str,
    *,
    key_id: str | None = None,
    decline_code: DeclineCode | None = None,
) -> None:
    session.add(
        SandboxOrder(id=order_id, key_id=key_id, decline_code=decline_code, created_at=session.now)
    )
    # The primary key refuses an order id that was used before, even at the same moment.
    session.flush()


def _issued(key: SandboxKey) -> Issued:
    return Issued(
        acquirer_key=Secret(key.id),
        issuer=BY_CODE[key.issuer_code].spoken,
        issuer_code=key.issuer_code,
        card_type=CardType.CREDIT,
        owner=Owner(key.owner),
    )

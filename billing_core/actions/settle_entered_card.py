"""Settle where the key of an entered card belongs, once its charge has come to an end.

Paid, and wanted for coming payments: it becomes the bill key, and the old one is revoked. In every
other case nobody will charge it again, and it is removed at the acquirer.
"""

from __future__ import annotations

import sqlalchemy as sa
import structlog

from billing_core import bill_keys, charges
from billing_core.actions.revoke_bill_key import revoke_bill_key
from billing_core.bill_keys import BillKey, card_view
from billing_core.charge_outcomes import EnteredInHand
from billing_core.charges import Charge
from billing_core.entered_cards import EnteredCard
from billing_core.issue_attempts import IssueAttempt
from billing_core.orphan_keys import keep_orphan
from billing_core.registrations import Registration
from foundation.database import Session

NOT_PAID_YET = (
    charges.Status.AWAITING_CONSENT,
    charges.Status.DECLINED,
    charges.Status.REFUSED,
    charges.Status.EXPIRED,
)

log = structlog.get_logger()


def settle_entered_card(
    session: Session, charge: Charge, card: EnteredCard, key: EnteredInHand, *, is_paid: bool
) -> bool:
    """Give the key its place, and say whether it is the customer's bill key from now on."""
    old = session.get_one(BillKey, charge.bill_key_id, with_for_update=True)
    # A merchant who revoked the old key in the meantime wants no new one either.
    replaces = is_paid and card.replaces and old.status != bill_keys.Status.REVOKED
    if replaces:
        _replace(session, charge, card, key, old)
    else:
        attempt = session.get_one(IssueAttempt, card.attempt_id)
        keep_orphan(session, attempt, key.orphan_id, key.orphan_box)
    card.acquirer_key, card.settled_at = None, session.now
    session.flush()
    return replaces


def _replace(
    session: Session, charge: Charge, card: EnteredCard, key: EnteredInHand, old: BillKey
) -> None:
    session.add(_bill_key(session, card, key, old))
    session.flush()
    charge.bill_key_id = key.bill_key_id
    session.flush()
    _carry_over(session, card, key, old)
    old.replaced_by = key.bill_key_id
    revoke_bill_key(session, old, why="replaced by the customer in a call")
    log.info("bill_key.replaced", old=old.id, bill_key=key.bill_key_id)


def _bill_key(session: Session, card: EnteredCard, key: EnteredInHand, old: BillKey) -> BillKey:
    return BillKey(
        id=key.bill_key_id,
        merchant_id=old.merchant_id,
        livemode=old.livemode,
        status=bill_keys.Status.ACTIVE,
        customer_ref=old.customer_ref,
        customer_name=old.customer_name,
        phone=old.phone,
        registration_id=old.registration_id,
        consent=old.consent,
        issuer=card.issuer,
        issuer_code=card.issuer_code,
        last4=card.last4,
        card_type=card.card_type,
        owner=card.owner,
        card_expiry=card.card_expiry,
        acquirer=card.acquirer,
        acquirer_key=key.bill_key_box,
        # Whoever keyed the card called from the customer's phone.
        possession_at=session.now,
        removed_at=None,
        details=dict(old.details),
        created_at=session.now,
    )


def _carry_over(session: Session, card: EnteredCard, key: EnteredInHand, old: BillKey) -> None:
    # The customer said that this card is the one from now on. Whoever is asked in a call hears its
    # name before agreeing; a call that has named the old card already is not charged to the new one.
    following = session.scalars(
        sa.select(Charge)
        .where(Charge.bill_key_id == old.id, Charge.status.in_(NOT_PAID_YET))
        # One that is held at this moment may wait for the bill key that is held here.
        .with_for_update(skip_locked=True)
    )
    for each in following:
        each.bill_key_id, each.card = key.bill_key_id, card_view(card)
    session.flush()
    session.execute(
        sa.update(Registration)
        .where(Registration.id == old.registration_id, Registration.bill_key_id == old.id)
        .values(bill_key_id=key.bill_key_id)
    )

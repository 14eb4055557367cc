"""Charging the registered card: its key is opened first, and looked at again when it counts."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from billing_core import bill_keys
from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.opening import open_acquirer_key
from billing_core.bill_keys import BillKey
from billing_core.charge_sending import ToCharge, Wish, to_charge, write_charge_attempt
from billing_core.charges import Charge
from billing_core.desk import Desk
from foundation.database import Session
from foundation.errors import NotFound, SealBroken
from foundation.sealing import Secret

log = structlog.get_logger()


@dataclass(frozen=True)
class OpenKey:
    """The acquirer's key behind a bill key; the secret prints as dots."""

    bill_key_id: str
    acquirer: str
    issuer_code: str
    secret: Secret


def open_registered_key(desk: Desk, charge_id: str) -> OpenKey | None:
    """Open the key of a charge's registered card; None where it cannot be opened here.

    Not inside the transaction that charges: opening may have to read a key.
    """
    with desk.database.reading() as session:
        charge = session.get(Charge, charge_id)
        if charge is None:
            raise NotFound("There is no such charge.")
        bill_key = session.get_one(BillKey, charge.bill_key_id)
    try:
        column = BillKey.__table__.c.acquirer_key
        secret = open_acquirer_key(desk.opener, bill_key.acquirer_key, column, bill_key.id)
    except SealBroken as reason:
        log.error(  # noqa: TRY400 (the reason says it all; a trace would say nothing more)
            "bill_key.cannot_be_opened", bill_key=bill_key.id, reason=str(reason)
        )
        return None
    return OpenKey(bill_key.id, bill_key.acquirer, bill_key.issuer_code, secret)


def why_not_chargeable(session: Session, charge: Charge, key: OpenKey | None) -> DeclineCode | None:
    """Why the registered card cannot be charged, or None. Holds the bill key against revocation."""
    bill_key = session.get_one(
        BillKey, charge.bill_key_id, with_for_update=True, populate_existing=True
    )
    if bill_key.status != bill_keys.Status.ACTIVE:
        return DeclineCode.BILLKEY_INVALID
    whose = (bill_key.merchant_id, bill_key.customer_ref)
    if whose != (charge.merchant_id, charge.customer_ref):
        return DeclineCode.BILLKEY_INVALID
    if key is None or key.bill_key_id != bill_key.id:
        return DeclineCode.ISSUER_UNAVAILABLE
    return None


def write_registered_attempt(
    session: Session, desk: Desk, charge: Charge, wish: Wish, key: OpenKey | None
) -> ToCharge:
    """Write down that the registered card is about to be charged."""
    assert key is not None, "asked of why_not_chargeable first"
    attempt = write_charge_attempt(
        session, desk, charge, wish, acquirer=key.acquirer, key_id=key.bill_key_id
    )
    return to_charge(charge, attempt, key.secret, key.issuer_code)

"""One object of each kind for a merchant, put where calls and acquirers would put them."""

from __future__ import annotations

import sqlalchemy as sa

from billing_core import charges
from billing_core.actions.open_refund import open_refund
from billing_core.actions.record_consent import record_consent
from billing_core.bill_keys import BillKey, Status
from billing_core.bill_keys import move as move_bill_key
from billing_core.charges import Charge
from billing_core.events import Event
from billing_core.merchants import Merchant
from foundation.database import Session
from foundation.ids import new_id
from foundation.phone_number import PhoneNumber
from foundation.sealing import SECRETS, Sealer, place_of


def add_bill_key(
    session: Session,
    sealer: Sealer,
    merchant: Merchant,
    ref: str = "cust-77",
    *,
    consent: str = "once",
    phone: str = "+821012345678",
) -> BillKey:
    """A card that was registered."""
    bill_key_id = new_id("bk", session.now)
    place = place_of(BillKey.__table__.c.acquirer_key, bill_key_id)
    bill_key = BillKey(
        id=bill_key_id,
        merchant_id=merchant.id,
        livemode=False,
        status=Status.ACTIVE,
        customer_ref=ref,
        customer_name="홍길동",
        phone=PhoneNumber(phone),
        registration_id=new_id("reg", session.now),
        consent=consent,
        issuer="신한",
        issuer_code="06",
        last4="0004",
        card_type="credit",
        owner="personal",
        card_expiry="2039-12",
        acquirer="sandbox",
        acquirer_key=sealer.seal(SECRETS, "the acquirer's own key", place),
        possession_at=session.now,
        details={"branch": "수원"},
        created_at=session.now,
    )
    session.add(bill_key)
    session.flush()
    return bill_key


def approve(session: Session, charge_id: str) -> Charge:
    """The acquirer's yes to a charge."""
    charge = session.get_one(Charge, charge_id)
    if charge.status == charges.Status.AWAITING_CONSENT:
        charges.move(session, charge, charges.Status.PROCESSING, why="test")
    approval = {
        "name": "sandbox",
        "transaction_id": "sbx_1",
        "approval_number": "30001234",
        "approved_at": None,
        "receipt_url": None,
    }
    charges.move(session, charge, charges.Status.APPROVED, why="test", acquirer=approval)
    return charge


def add_consent(session: Session, merchant: Merchant, request_id: str) -> str:
    """A key that was pressed in a call."""
    record = record_consent(
        session,
        merchant_id=merchant.id,
        request_id=request_id,
        subject="automatic_payment",
        words="동의하시면 1번을 눌러 주세요.",
        version="R03:5f0c2a",
        language="ko",
        key="1",
        facts={"merchant": merchant.spoken_name},
        call_sid="CA0",
        caller="+821012345678",
        dialled="+827012345678",
    )
    return record.id


def add_event(session: Session, sealer: Sealer, merchant: Merchant) -> Event:
    """Something that happened."""
    bill_key = add_bill_key(session, sealer, merchant, "cust-77")
    move_bill_key(session, bill_key, Status.REVOKED, why="revoked by the merchant")
    return session.scalars(sa.select(Event).where(Event.merchant_id == merchant.id)).one()


def add_refund(session: Session, charge_id: str) -> str:
    """Money on its way back."""
    charge = approve(session, charge_id)
    return open_refund(session, charge, reason="반품").id

"""Merchants with a registered card each, and as many charges as were made in some good years."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from billing_core import bill_keys
from billing_core.actions.create_merchant import create_merchant
from billing_core.bill_keys import BillKey
from billing_core.charges import Charge
from billing_core.standing_consent import ONCE
from foundation.database import Base, Database, Session
from foundation.ids import new_id
from foundation.key_rotation import publish_keys
from foundation.master_keys import MasterKeys
from foundation.phone_number import PhoneNumber
from foundation.sealing import SECRETS, Sealer, place_of

PHONE = PhoneNumber("+821012345678")
# One row, often, with another identity each time; a hash spreads them over the index like real ones.
_COPY = """
    INSERT INTO {table}
    SELECT made.* FROM {table} AS one, generate_series(1, :count) AS i,
        LATERAL (SELECT md5(:place || '-' || i) AS name) AS other,
        LATERAL jsonb_populate_record(one, jsonb_build_object({changes})) AS made
    WHERE one.ctid = (SELECT ctid FROM {table} WHERE {whose} LIMIT 1)
"""
COPIES = (
    _COPY.format(
        table="charges",
        changes="'id', 'chg_0' || upper(other.name), 'order_id', other.name, 'status', 'approved'",
        whose="merchant_id = :merchant",
    ),
    _COPY.format(
        table="idempotency_keys",
        changes="'key', other.name",
        whose="merchant_id = :merchant",
    ),
    _COPY.format(
        table="dbos.workflow_status",
        changes="'workflow_uuid', 'urgent_charge_standing:' || other.name, 'status', 'SUCCESS'",
        whose="name = 'urgent_charge_standing'",
    ),
)


@dataclass(frozen=True)
class Till:
    """A merchant's key, and the card it charges."""

    merchant_id: str
    key: str
    bill_key: str


def open_tills(database: Database, masters: MasterKeys, count: int) -> list[Till]:
    """Make so many merchants."""
    with database.transaction() as session:
        publish_keys(session, masters)
    sealer = Sealer(database)
    with database.transaction() as session:
        return [_till(session, sealer, number) for number in range(count)]


def _till(session: Session, sealer: Sealer, number: int) -> Till:
    merchant, key = create_merchant(
        session, name=f"상점 {number}", spoken_name=f"상점 {number}", phone=PHONE
    )
    bill_key_id = new_id("bk", session.now)
    place = place_of(BillKey.__table__.c.acquirer_key, bill_key_id)
    session.add(
        BillKey(
            id=bill_key_id,
            merchant_id=merchant.id,
            livemode=False,
            status=bill_keys.Status.ACTIVE,
            customer_ref=f"cust-{number}",
            customer_name="홍길동",
            phone=PHONE,
            registration_id=new_id("reg", session.now),
            consent=ONCE,
            issuer="신한",
            issuer_code="06",
            last4="0004",
            card_type="credit",
            owner="personal",
            card_expiry="2099-12",
            acquirer="sandbox",
            acquirer_key=sealer.seal(SECRETS, "nobody charges it here", place),
            possession_at=session.now,
            details={},
            created_at=session.now,
        )
    )
    session.flush()
    return Till(merchant.id, key, bill_key_id)


def store(database: Database, tills: list[Till], count: int) -> None:
    """Store so many charges, each with its key and its job: copies of one that was really made.

    The database copies them, indexes last, because a million requests would take an hour.
    """
    indexes = list(Base.metadata.tables[Charge.__tablename__].indexes)
    with database.engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
        for place, till in enumerate(tills):
            asked = {"merchant": till.merchant_id, "place": place, "count": count // len(tills)}
            for copy in COPIES:
                connection.execute(sa.text(copy), asked)
        for index in indexes:
            index.create(connection)
        for table in ("charges", "idempotency_keys", "dbos.workflow_status"):
            connection.exec_driver_sql(f"ANALYZE {table}")

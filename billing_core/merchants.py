"""Merchants and the keys of their programs. A key is shown once and kept only as its hash."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Session
from foundation.ids import new_token
from foundation.phone_number import PhoneNumber

TEST_KEY_PREFIX = "sk_test_"
LIVE_KEY_PREFIX = "sk_live_"


class Merchant(Base):
    """Somebody who collects payments."""

    __tablename__ = "merchants"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    # What the voice says: "(주)한빛LPG" is spoken "한빛엘피지".
    spoken_name: Mapped[str]
    phone: Mapped[PhoneNumber | None]
    livemode: Mapped[bool]
    # The account that checks this merchant's cards from now on; None: the installation's own.
    acquirer_account: Mapped[str | None]
    # What a charge allows that says nothing of instalments: the longest plan (0: one payment only),
    # and the months whose interest the merchant pays.
    max_months: Mapped[int] = mapped_column(default=0)
    interest_free: Mapped[list[int]] = mapped_column(default=list)
    # Whether calls say the approval number; the text message has it anyway.
    says_approval_number: Mapped[bool] = mapped_column(default=False)
    # Several chains of consent records would race for one head; the lock on this row orders them.
    consents: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    created_at: Mapped[datetime]


class APIKey(Base):
    """A secret key of a merchant's program, as its hash."""

    __tablename__ = "api_keys"

    hash: Mapped[str] = mapped_column(primary_key=True)
    merchant_id: Mapped[str] = mapped_column(sa.ForeignKey("merchants.id"), index=True)
    hint: Mapped[str]
    livemode: Mapped[bool]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


def new_key(livemode: bool) -> str:
    """A new secret key of 256 random bits; its prefix says whether money is real."""
    return (LIVE_KEY_PREFIX if livemode else TEST_KEY_PREFIX) + new_token()


def key_hash(key: str) -> str:
    """The form in which a key is kept. A key has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def merchant_of_key(session: Session, key: str) -> Merchant | None:
    """The merchant to whom a key belongs, if it is a key and not revoked."""
    return session.scalar(
        sa.select(Merchant)
        .join(APIKey, APIKey.merchant_id == Merchant.id)
        .where(APIKey.hash == key_hash(key), APIKey.revoked_at.is_(None))
    )

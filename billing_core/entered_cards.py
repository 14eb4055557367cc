"""A card that was keyed in during a charge call: for that charge alone, or to replace the bill key.

Its key at the acquirer is issued first, so the password digits are gone before any charge is sent.
After the charge it becomes the customer's bill key, or it is removed at the acquirer.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.sealing import Sealed, SealedColumn


class EnteredCard(Base):
    """One card keyed in during a charge call, once its key has been issued."""

    __tablename__ = "entered_cards"

    id: Mapped[str] = mapped_column(primary_key=True)
    charge_id: Mapped[str] = mapped_column(index=True)
    # The issue attempt that brought the key; its id is the order id at the acquirer.
    attempt_id: Mapped[str]
    # The customer wants it for coming payments too.
    replaces: Mapped[bool]
    issuer: Mapped[str]
    issuer_code: Mapped[str]
    last4: Mapped[str]
    card_type: Mapped[str]
    owner: Mapped[str]
    card_expiry: Mapped[str]
    acquirer: Mapped[str]
    acquirer_key: Mapped[Sealed | None] = mapped_column(SealedColumn)
    # Set when the key has become a bill key or was handed over for removal.
    settled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

"""The sandbox's books of bill keys, and the line on which it answers or does not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from billing_core.acquirers.protocol import Unknown
from foundation.clock import pause
from foundation.database import Base, Database

NO_ANSWER = Unknown("no answer within the read time-out")
ORDER_ID_USED = Unknown("this order id was used before: inquire")


class SandboxKey(Base):
    """A bill key as the sandbox knows it, with the behaviour of its card for later charges."""

    __tablename__ = "sandbox_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    issuer_code: Mapped[str]
    owner: Mapped[str]
    last4: Mapped[str]
    # CCCC of the test card.
    charge_behaviour: Mapped[str]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class SandboxLine:
    """A line to the sandbox that may be slow."""

    def __init__(self, database: Database, *, read_timeout_s: float, delay_s: float = 0.0) -> None:
        self._database = database
        self._read_timeout_s = read_timeout_s
        self._delay_s = delay_s

    def _is_in_time(self) -> bool:
        pause(min(self._delay_s, self._read_timeout_s))
        return self._delay_s < self._read_timeout_s

    def _wait_in_vain(self) -> None:
        pause(self._read_timeout_s)

"""The accounts that we have at acquirers: the installation's own, and those of merchants."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

import sqlalchemy as sa
import structlog
from pydantic import ValidationError
from sqlalchemy.orm import Mapped, mapped_column

from billing_core.acquirers.account_names import acquirer_of
from billing_core.acquirers.circuit_breaker import CircuitBreaker
from billing_core.acquirers.gateway import Contract, Wire
from billing_core.acquirers.gateways import GATEWAYS
from billing_core.acquirers.locked_account import LockedAccount
from billing_core.acquirers.protocol import Acquirer
from foundation.database import Base, Database, Session
from foundation.errors import SealBroken
from foundation.sealing import SECRETS, Opener, Sealed, SealedColumn, Sealer, place_of

log = structlog.get_logger()


class MerchantAccount(Base):
    """A merchant's own contract with a gateway, sealed."""

    __tablename__ = "merchant_accounts"

    # "nicepay/mer_…"
    id: Mapped[str] = mapped_column(primary_key=True)
    merchant_id: Mapped[str] = mapped_column(sa.ForeignKey("merchants.id"), index=True)
    contract: Mapped[Sealed] = mapped_column(SealedColumn)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


def seal_contract(sealer: Sealer, contract: Contract, account: str, session: Session) -> Sealed:
    """Close a contract for its place."""
    # Secrets are written out here, and only here: the box is the next thing that happens to them.
    written = {
        name: value.get_secret_value() if hasattr(value, "get_secret_value") else value
        for name, value in contract
    }
    place = place_of(MerchantAccount.__table__.c.contract, account)
    return sealer.seal(SECRETS, json.dumps(written), place, session)


class Accounts(Mapping[str, Acquirer]):
    """Acquirers by the names of accounts. Merchants' contracts are opened when they are asked for."""

    def __init__(
        self, database: Database, opener: Opener, own: Mapping[str, Acquirer], wire: Wire
    ) -> None:
        self._database = database
        self._opener = opener
        self._own = own
        self._wire = wire
        self._opened: dict[str, tuple[Sealed, Acquirer]] = {}

    def __getitem__(self, account: str) -> Acquirer:
        if account in self._own:
            return self._own[account]
        with self._database.reading() as session:
            row = session.get(MerchantAccount, account)
        if row is None:
            raise KeyError(account)
        known = self._opened.get(account)
        if known is None or known[0] != row.contract:
            known = self._opened[account] = (row.contract, self._open(row))
        return known[1]

    def __iter__(self) -> Iterator[str]:
        with self._database.reading() as session:
            theirs = session.scalars(sa.select(MerchantAccount.id).order_by(MerchantAccount.id))
            return iter([*self._own, *theirs])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _open(self, row: MerchantAccount) -> Acquirer:
        gateway = acquirer_of(row.id)
        place = place_of(MerchantAccount.__table__.c.contract, row.id)
        try:
            written = json.loads(self._opener.open(row.contract, place).reveal())
            contract = GATEWAYS[gateway].contract.model_validate(written)
        except (SealBroken, ValidationError) as fault:
            log.error(  # noqa: TRY400 (a trace would show what a contract holds)
                "acquirer.contract_locked", account=row.id, fault=type(fault).__name__
            )
            return LockedAccount(gateway)
        return opened(gateway, contract, self._wire)


def opened(gateway: str, contract: Contract, wire: Wire) -> Acquirer:
    """A gateway under a contract, behind its circuit breaker."""
    return CircuitBreaker(GATEWAYS[gateway].open(contract, wire))

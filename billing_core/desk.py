"""The desk at which cards are registered and charged: the database, the keys, and the acquirers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from billing_core.acquirers.protocol import Acquirer
from foundation.database import Database
from foundation.sealing import Opener, Sealer


@dataclass(frozen=True)
class Desk:
    """What the worker needs to deal with acquirers. Only the worker has one: it can open seals."""

    database: Database
    opener: Opener
    # By the names of accounts.
    acquirers: Mapping[str, Acquirer]
    # The account of merchants who have chosen none.
    default_acquirer: str
    # How long the acquirers' adapters wait for an answer before they call it Unknown.
    read_timeout_s: float = 30.0
    # That with a wide margin: after it nothing is on its way any more, and "not found" may be proof.
    quiet_s: float = 120.0

    @cached_property
    def sealer(self) -> Sealer:
        """Closes acquirers' keys."""
        return Sealer(self.database)

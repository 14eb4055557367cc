"""What the worker does for the API."""

from __future__ import annotations

from foundation.database import Database
from foundation.jobs import Sweep, slice_by_slice
from merchant_api.idempotency_keys import forget_old_keys

# Keys are remembered for days; an hour more or less does not matter.
FORGET_EVERY_S = 3600.0


def sweeps(database: Database) -> list[Sweep]:
    """What this package looks after."""
    forget = slice_by_slice(database, forget_old_keys)
    return [Sweep("forget_idempotency_keys", FORGET_EVERY_S, forget)]

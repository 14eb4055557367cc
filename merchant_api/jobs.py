"""What the worker does for the API."""

from __future__ import annotations

from functools import partial

from foundation.database import Database
from foundation.jobs import Sweep
from merchant_api.idempotency_keys import SLICE, forget_old_keys

# Keys are remembered for days; an hour more or less does not matter.
FORGET_EVERY_S = 3600.0


def sweeps(database: Database) -> list[Sweep]:
    """What this package looks after."""
    return [Sweep("forget_idempotency_keys", FORGET_EVERY_S, partial(_forget, database))]


def _forget(database: Database) -> None:
    while True:
        with database.transaction() as session:
            forgotten = forget_old_keys(session)
        if forgotten < SLICE:
            break

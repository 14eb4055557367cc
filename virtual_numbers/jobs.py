"""What the worker does about virtual numbers."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from foundation.database import Database
from foundation.jobs import Sweep
from virtual_numbers.actions.expire_loans import expire_loans

# What it looks for is an hour overdue already; minutes do not matter.
EXPIRE_EVERY_S = 300.0


def sweeps(database: Database, *, spared: sa.Select[str] | None = None) -> list[Sweep]:
    """What this package looks after; loans of `spared` requests are left to them."""
    return [Sweep("expire_loans", EXPIRE_EVERY_S, partial(expire_loans, database, spared=spared))]

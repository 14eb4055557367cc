"""What the worker does about virtual numbers."""

from __future__ import annotations

from functools import partial

from foundation.database import Database
from foundation.jobs import Sweep
from virtual_numbers.actions.expire_loans import expire_loans

# What it looks for is an hour overdue already; minutes do not matter.
EXPIRE_EVERY_S = 300.0


def sweeps(database: Database) -> list[Sweep]:
    return [Sweep("expire_loans", EXPIRE_EVERY_S, partial(expire_loans, database))]

"""What the worker does to carry events to merchants."""

from __future__ import annotations

from functools import partial

from billing_core.actions.deliver_event import deliver_event
from billing_core.actions.stage_due_deliveries import has_due_deliveries, stage_due_deliveries
from billing_core.webhook_courier import WebhookCourier
from foundation.database import Database
from foundation.jobs import Job, Sweep
from foundation.sealing import Opener

# The shortest wait between two tries is five seconds.
DUE_EVERY_S = 2.0


def jobs(database: Database, *, opener: Opener, courier: WebhookCourier) -> list[Job]:
    """Return the jobs that deliver events."""
    return [Job("deliver_event", partial(deliver_event, database, opener=opener, courier=courier))]


def sweeps(database: Database) -> list[Sweep]:
    """Return what looks after deliveries that are due."""
    return [Sweep("stage_due_deliveries", DUE_EVERY_S, partial(_stage_due, database))]


def _stage_due(database: Database) -> None:
    # On SQLite a writer keeps all others out, so an idle round only reads.
    with database.reading() as session:
        if not has_due_deliveries(session):
            return
    with database.transaction() as session:
        stage_due_deliveries(session)

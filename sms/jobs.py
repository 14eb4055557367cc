"""What the worker does for texts."""

from __future__ import annotations

from functools import partial

from foundation.database import Database
from foundation.jobs import Job, Sweep
from sms.actions.find_text import find_text
from sms.actions.send_due_texts import send_due_texts
from sms.actions.send_text import send_text
from sms.provider import TextSender
from sms.texts import OnFailed

# The shortest back-off is a second; a text that waits two instead harms nobody.
DUE_EVERY_S = 2.0


def jobs(database: Database, sender: TextSender, *, on_failed: OnFailed) -> list[Job]:
    """Return the jobs of this package."""
    return [
        Job("send_text", partial(send_text, database, sender, on_failed=on_failed)),
        Job("find_text", partial(find_text, database, sender, on_failed=on_failed)),
    ]


def sweeps(database: Database) -> list[Sweep]:
    """Return what this package looks after."""
    return [Sweep("send_due_texts", DUE_EVERY_S, partial(send_due_texts, database))]

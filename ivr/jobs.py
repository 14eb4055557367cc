"""What the worker does for calls: the work that callers are held for."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa
import structlog

from billing_core.actions.register_card import register_card
from billing_core.desk import Desk
from foundation.database import Database, Session
from foundation.jobs import Job, Sweep
from ivr.actions.end_call import end_silent_calls, tell_by_text
from ivr.calls import CallRow, HeldWork, lock_call
from ivr.dialogues.scripts import SCRIPTS
from ivr.replay import replay
from ivr.turns import Wait
from ivr.work import RegisterCard, result_to_json

log = structlog.get_logger()

SILENT_CALLS_EVERY_S = 30.0


def jobs(desk: Desk) -> list[Job]:
    """The jobs of this package."""
    return [Job("urgent_do_held_work", partial(do_held_work, desk))]


def sweeps(database: Database) -> list[Sweep]:
    """What this package looks after."""

    def end_silent() -> None:
        with database.transaction() as session:
            end_silent_calls(session)

    return [Sweep("end_silent_calls", SILENT_CALLS_EVERY_S, end_silent)]


def do_held_work(desk: Desk, sid: str, position: str) -> None:
    """Replay the script to the hold, do what it asks, and keep what came of it.

    Card data is in no queue: the script says where the sealed answers are.
    """
    at = int(position)
    with desk.database.reading() as session:
        request_id, work = _held_for(session, sid, at)
    if work is None:
        return
    result = register_card(
        desk, registration_id=request_id, cause=f"{sid}:{position}", entry=work.entry
    )
    with desk.database.transaction() as session:
        _keep(session, sid, at, result_to_json(result))


def _held_for(session: Session, sid: str, position: int) -> tuple[str, RegisterCard | None]:
    held = session.get(HeldWork, (sid, position))
    call = lock_call(session, sid)
    if held is None or call is None or held.outcome is not None:
        return "", None
    answered = call.journal[: position - call.journal_from]
    script = SCRIPTS[call.facts.script]
    turn = replay(script, sid, call.facts, answered, None, call.journal_from).turn
    if not isinstance(turn, Wait):
        log.error("call.hold_not_found", call=sid, position=position)
        return "", None
    return call.request_id, turn.work


def _keep(session: Session, sid: str, position: int, outcome: dict[str, object]) -> None:
    row = session.scalars(sa.select(CallRow).where(CallRow.sid == sid).with_for_update()).one()
    held = session.get_one(HeldWork, (sid, position))
    if held.outcome is not None:
        return
    held.outcome, held.done_at = outcome, session.now
    if row.ended_at is not None and row.closed_at is None:
        tell_by_text(session, row, outcome)

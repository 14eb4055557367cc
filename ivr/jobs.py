"""What the worker does for calls: the work that callers are held for."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import sqlalchemy as sa
import structlog

from billing_core import card_results, charge_results
from billing_core.acquirers.declines import DeclineCode
from billing_core.actions.approve_charge import approve_charge
from billing_core.actions.register_card import register_card
from billing_core.card_results import CardResult
from billing_core.charge_attempts import ChargeAttempt
from billing_core.charge_keys import EnteredKey, RegisteredKey
from billing_core.charge_results import ChargeResult
from billing_core.charges import Charge, is_charge
from billing_core.consent_records import ConsentRecord
from billing_core.desk import Desk
from billing_core.issue_attempts import IssueAttempt
from foundation.database import Database, Session
from foundation.jobs import Job, Sweep, slice_by_slice
from ivr.actions.end_call import end_silent_calls, tell_by_text
from ivr.calls import (
    CallRow,
    HeldWork,
    OpenCall,
    forget_check_sums,
    forgotten_work,
    lock_call,
)
from ivr.dialogues.scripts import SCRIPTS
from ivr.replay import ScriptChanged, replay
from ivr.turns import Wait
from ivr.work import PayCharge, RegisterCard, Work, result_to_json

log = structlog.get_logger()

SILENT_CALLS_EVERY_S = 30.0
FORGOTTEN_EVERY_S = 60.0
# Longer than the slowest acquirer and all tries of a job together.
FORGOTTEN_AFTER = timedelta(minutes=3)


def jobs(desk: Desk) -> list[Job]:
    """The jobs of this package."""
    return [Job("urgent_do_held_work", partial(do_held_work, desk))]


def sweeps(database: Database) -> list[Sweep]:
    """What this package looks after."""
    return [
        Sweep("end_silent_calls", SILENT_CALLS_EVERY_S, slice_by_slice(database, end_silent_calls)),
        Sweep("stage_forgotten_work", FORGOTTEN_EVERY_S, partial(stage_forgotten_work, database)),
    ]


def stage_forgotten_work(database: Database) -> None:
    """Stage held work again whose job failed for good: the caller was promised a text about it."""
    with database.reading() as session:
        forgotten = forgotten_work(session, session.now - FORGOTTEN_AFTER)
    if not forgotten:
        return
    with database.transaction() as session:
        for sid, position in forgotten:
            minute = f"{session.now:%Y%m%d%H%M}"
            session.stage(
                "urgent_do_held_work", sid, str(position), key=f"{sid}:{position}:{minute}"
            )
    log.warning("call.work_staged_again", count=len(forgotten))


def do_held_work(desk: Desk, sid: str, position: str) -> None:
    """Replay the script to the hold, do what it asks, and keep what came of it.

    Card data is in no queue: the script says where the sealed answers are.
    """
    at = int(position)
    with desk.database.reading() as session:
        held = _held_for(session, sid, at)
    if held is None:
        return
    request_id, work = held
    cause = f"{sid}:{position}"
    result = _do(desk, sid, request_id, cause, work) if work else _lost(desk, request_id, cause)
    with desk.database.transaction() as session:
        _keep(session, sid, at, result_to_json(result))


def _do(desk: Desk, sid: str, request_id: str, cause: str, work: Work) -> CardResult | ChargeResult:
    if isinstance(work, RegisterCard):
        return register_card(desk, registration_id=request_id, cause=cause, entry=work.entry)
    with desk.database.reading() as session:
        consent_record = _consent_in(session, sid, request_id, work)
    return approve_charge(
        desk,
        charge_id=request_id,
        cause=cause,
        key=EnteredKey(work.entry, work.replaces) if work.entry else RegisteredKey(),
        months=work.months,
        is_interest_free=work.is_interest_free,
        consent_record_id=consent_record.id,
    )


def _lost(desk: Desk, request_id: str, cause: str) -> CardResult | ChargeResult:
    """What came of work that the program, renewed meanwhile, no longer knows: an end, and the truth."""
    kinds = (ChargeAttempt, IssueAttempt) if is_charge(request_id) else (IssueAttempt,)
    with desk.database.reading() as session:
        sent = any(session.scalar(sa.select(kind.id).where(kind.cause == cause)) for kind in kinds)
    if sent:
        # Whoever settles the attempt tells the customer.
        return card_results.Unknown()
    if is_charge(request_id):
        return charge_results.Declined(DeclineCode.ISSUER_UNAVAILABLE)
    return card_results.Declined(DeclineCode.ISSUER_UNAVAILABLE, may_try_again=True)


def _consent_in(session: Session, sid: str, charge_id: str, work: PayCharge) -> ConsentRecord:
    """The newest consent of this call; what was spoken must be what is about to be sent."""
    record = session.scalars(
        sa.select(ConsentRecord)
        .where(
            ConsentRecord.request_id == charge_id,
            ConsentRecord.call_sid == sid,
            ConsentRecord.subject == "charge",
        )
        .order_by(ConsentRecord.position.desc())
        .limit(1)
    ).one()
    charge = session.get_one(Charge, charge_id)
    spoken = (record.facts["amount"], record.facts["months"], record.facts["interest_free"])
    if spoken != (charge.amount.won, work.months, work.is_interest_free):
        raise AssertionError(f"{record.id} agrees to something else than {charge_id} asks for")
    return record


def _held_for(session: Session, sid: str, position: int) -> tuple[str, Work | None] | None:
    """The request and the work; None where it is done. Work is None where the program has lost it."""
    held = session.get(HeldWork, (sid, position))
    call = lock_call(session, sid)
    if held is None or call is None or held.outcome is not None:
        return None
    work = _work_at(call, position)
    if work is None:
        log.error("call.hold_not_found", call=sid, position=position)
    return call.request_id, work


def _work_at(call: OpenCall, position: int) -> Work | None:
    if position < call.journal_from:
        return None
    answered = call.journal[: position - call.journal_from]
    script = SCRIPTS[call.facts.script]
    try:
        turn = replay(script, call.sid, call.facts, answered, None, call.journal_from).turn
    except ScriptChanged:
        return None
    return turn.work if isinstance(turn, Wait) else None


def _keep(session: Session, sid: str, position: int, outcome: dict[str, object]) -> None:
    row = session.scalars(sa.select(CallRow).where(CallRow.sid == sid).with_for_update()).one()
    held = session.get_one(HeldWork, (sid, position))
    if held.outcome is not None:
        return
    held.outcome, held.done_at = outcome, session.now
    forget_check_sums(session, sid)
    # Whoever hung up did not hear it, nor did whoever was told that it takes too long.
    if row.ended_at is not None or row.closed_at is not None:
        tell_by_text(session, row, outcome)

"""Answer one turn of a call: record what was keyed, do what follows, return what comes next.

Everything happens in one transaction with the call's row locked. A delivery whose position is
behind the journal records nothing and gets the same bytes as before.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from billing_core.sealed_answers import keep_answer
from foundation.database import Session
from foundation.sealing import Sealer
from ivr.actions.do_deed import do_deed
from ivr.actions.end_call import end_refusal
from ivr.calls import (
    OpenCall,
    close_call,
    lock_call,
    newest_held_work,
    restart_script,
    write_entry,
)
from ivr.dialogues.scripts import SCRIPTS
from ivr.replay import Next, ScriptChanged, replay
from ivr.turns import HangUp, Heard, Json, Question, Transfer, Turn, Wait

log = structlog.get_logger()


def first_turn(call: OpenCall) -> Turn:
    """What a caller hears first."""
    return _replay(call, 0).turn


def answer_turn(
    session: Session, sealer: Sealer, sid: str, position: int, heard: Heard | None
) -> tuple[Turn, int] | None:
    """Return the next turn and its position; None for a call we do not know.

    `heard` is None where the caller only comes back to hear the turn at `position` again.
    """
    call = lock_call(session, sid)
    if call is None:
        return None
    try:
        return _answer(session, sealer, call, position, heard)
    except ScriptChanged as changed:
        log.warning("call.script_changed", call=sid, why=str(changed))
        restart_script(session, sid, call.length)
        return answer_turn(session, sealer, sid, call.length, None)


def _answer(
    session: Session, sealer: Sealer, call: OpenCall, position: int, heard: Heard | None
) -> tuple[Turn, int]:
    if heard is not None and position < call.length:
        answered = max(position + 1 - call.journal_from, 0)
        return _replay(call, answered).turn, call.journal_from + answered
    if heard is None or call.ended or position > call.length:
        turn = _replay(call, len(call.journal)).turn
        if position != call.length or not isinstance(turn, Transfer):
            return turn, call.length
        # Nobody is connected twice: whoever comes back from a talk has been connected, although
        # how it ended was lost, or the talk was longer than a silent call lives.
    return _record(session, sealer, call, heard or Heard())


def _record(session: Session, sealer: Sealer, call: OpenCall, heard: Heard) -> tuple[Turn, int]:
    def hear(turn: Turn) -> Json:
        return _heard(session, sealer, call, turn, heard)

    script = SCRIPTS[call.facts.script]
    after = replay(script, call.sid, call.facts, call.journal, hear, call.journal_from)
    if after.heard is None:
        # The goodbye was served already; nothing more can be said in this call.
        return after.turn, call.length
    write_entry(session, call, after.heard.key, after.heard.kept)
    position = call.length + 1
    for deed in after.deeds:
        do_deed(session, call, deed, position, after.turn.manner.language)
    if isinstance(after.turn, HangUp | Transfer):
        close_call(session, call.sid)
        end_refusal(session, call.request_id)
    return after.turn, position


def _heard(
    session: Session, sealer: Sealer, call: OpenCall, turn: Turn, heard: Heard
) -> Mapping[str, object]:
    if isinstance(turn, Wait):
        work = newest_held_work(session, call.sid)
        if work.outcome is not None:
            return {"outcome": work.outcome}
        return {"waited_s": (session.now - work.staged_at).total_seconds()}
    if isinstance(turn, Transfer):
        return {"ended": heard.transfer}
    if not isinstance(turn, Question):
        return {}
    kept = turn.kind.keep(heard)
    if kept.sealed is not None:
        place = f"{call.sid}:{call.length}"
        keep_answer(session, sealer, owner=call.sid, place=place, digits=kept.sealed)
    return kept.journal


def _replay(call: OpenCall, answered: int) -> Next:
    return replay(
        SCRIPTS[call.facts.script],
        call.sid,
        call.facts,
        call.journal[:answered],
        None,
        call.journal_from,
    )

"""A call is read as it was written, whatever its journal holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from foundation.database import Database
from foundation.phone_number import PhoneNumber
from ivr.calls import CallRow, lock_call, restart_script, write_entry
from ivr.facts import Facts
from ivr.replay import Entry
from tests.ivr.golden_journals import FOLDER

SID = "CA" + "7" * 32
GOLDEN = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")}
HOSTILE = {
    "outcome": {"text": 'a "quoted" \\ back[slash], {comma} 김\n\t%s %(sid)s', "none": None},
    "list": [1, 2.5, True, []],
}
FACTS = Facts(script="register_card", today="2026-11-23")


def distinct(entries: Iterable[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Each kind of question with each form of its answer once; what is kept may be anything."""
    forms = {(entry["key"], tuple(sorted(entry["kept"]))): entry for entry in entries}
    return [(entry["key"], entry["kept"]) for entry in forms.values()]


def opened(database: Database, facts: Facts) -> None:
    with database.transaction() as session:
        session.add(
            CallRow(
                sid=SID,
                caller=PhoneNumber("+821012345678"),
                dialled=PhoneNumber("+827012345678"),
                request_id="reg_1",
                merchant_id="mch_1",
                facts=facts.to_json(),
                started_at=session.now,
                last_turn_at=session.now,
            )
        )


def written(database: Database, entries: list[Entry]) -> None:
    for entry in entries:
        with database.transaction() as session:
            call = lock_call(session, SID)
            assert call is not None
            write_entry(session, call, entry.key, entry.kept)


def test_every_kind_of_answer_is_read_back(database: Database) -> None:
    kept = [entry for name in sorted(GOLDEN) for entry in GOLDEN[name]["journal"]]
    entries = [Entry(key, answer) for key, answer in distinct(kept)]
    opened(database, FACTS)

    written(database, entries)

    with database.transaction() as session:
        call = lock_call(session, SID)
    assert call is not None
    assert list(call.journal) == entries


def test_no_text_in_an_answer_breaks_the_journal(database: Database) -> None:
    facts = replace(FACTS, merchant='"[\\김%s]"')
    opened(database, facts)

    written(database, [Entry("menu", HOSTILE)] * 2)

    with database.transaction() as session:
        call = lock_call(session, SID)
    assert call is not None
    assert call.journal == (Entry("menu", HOSTILE),) * 2
    assert call.facts.merchant == facts.merchant


def test_a_long_call_keeps_its_order_and_forgets_what_an_older_script_heard(
    database: Database,
) -> None:
    opened(database, FACTS)
    written(database, [Entry("menu", {"key": str(number)}) for number in range(25)])

    with database.transaction() as session:
        restart_script(session, SID, 11)
        call = lock_call(session, SID)

    assert call is not None
    assert [entry.kept["key"] for entry in call.journal] == [str(n) for n in range(11, 25)]
    assert call.length == 25

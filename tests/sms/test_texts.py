"""The life of a text, asked of the table itself."""

import pytest

from foundation.database import Database
from foundation.errors import Conflict
from sms.texts import LIFECYCLE, TEXTS, Text, TextStatus, brief_view, move_text
from tests.conftest import SteppedWorker
from tests.sms.conftest import queue_one

S = TextStatus
STEPS = {
    (S.QUEUED, S.SENDING),
    (S.QUEUED, S.FAILED),
    (S.SENDING, S.QUEUED),
    (S.SENDING, S.SENT),
    (S.SENDING, S.DELIVERED),
    (S.SENDING, S.UNDELIVERED),
    (S.SENDING, S.FAILED),
    (S.SENDING, S.UNKNOWN),
    (S.UNKNOWN, S.QUEUED),
    (S.UNKNOWN, S.SENT),
    (S.UNKNOWN, S.DELIVERED),
    (S.UNKNOWN, S.UNDELIVERED),
    (S.UNKNOWN, S.FAILED),
    (S.SENT, S.DELIVERED),
    (S.SENT, S.UNDELIVERED),
    (S.UNDELIVERED, S.DELIVERED),
}


def test_the_table_has_every_status_and_these_steps_only() -> None:
    steps = {(old, new) for old in S for new in S if LIFECYCLE.allows(old, new)}

    assert set(LIFECYCLE.following) == set(S)
    assert steps == STEPS
    assert {status for status in S if LIFECYCLE.is_final(status)} == {S.DELIVERED, S.FAILED}


def test_every_other_step_is_refused(database: Database, stepped: SteppedWorker) -> None:
    queued = queue_one(database)
    with database.transaction() as session:
        text = session.get_one(Text, queued.id)

        with pytest.raises(Conflict):
            move_text(session, text, S.DELIVERED, why="no such step")


def test_the_merchant_sees_the_id_and_the_status(
    database: Database, stepped: SteppedWorker
) -> None:
    text = queue_one(database)

    assert text.id.startswith("sms_")
    with database.reading() as session:
        assert brief_view(session, text.id) == {"id": text.id, "status": "queued"}
        assert brief_view(session, None) is None


def test_statuses_are_counted(database: Database, stepped: SteppedWorker) -> None:
    before = TEXTS.labels("queued")._value.get()
    queue_one(database)

    assert TEXTS.labels("queued")._value.get() == before + 1

"""Receipts in any order and any number, before and after our own answer, end in the same row."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from foundation.database import Base, Database
from sms.actions.record_receipt import record_receipt
from sms.actions.send_text import send_text
from sms.provider import Outcome, OutgoingText, Receipt, Sent, Unknown
from sms.texts import Text, TextStatus
from sms.twilio_texts import CODES, STATUSES, read_receipt
from sms.webhooks import text_status_blueprint
from tests.conftest import SteppedWorker
from tests.sms.conftest import Failures, queue_one, read
from tests.stories.test_database_away import away

SID = "SM" + "b" * 32
STATES = [TextStatus.SENT, TextStatus.UNDELIVERED, TextStatus.DELIVERED]


def receipt(status: TextStatus, text_id: str | None = None) -> Receipt:
    code = "handset_unreachable" if status is TextStatus.UNDELIVERED else None
    return Receipt(SID, status, code, text_id)


class Provider:
    """Answers with `answer`, and reports on the text while it is still answering."""

    def __init__(self, database: Database, answer: Outcome, early: list[TextStatus]) -> None:
        self.database, self.answer, self.early = database, answer, early

    def send(self, text: OutgoingText) -> Outcome:
        for status in self.early:
            report(self.database, receipt(status, text.text_id))
        return self.answer


def report(database: Database, what: Receipt, failures: Any = None) -> None:
    with database.transaction() as session:
        record_receipt(session, what, on_failed=failures or Failures())


def final_row(
    database: Database, answer: Outcome, early: list[TextStatus], late: list[TextStatus]
) -> tuple[Any, ...]:
    text = queue_one(database)
    send_text(database, Provider(database, answer, early), text.id, on_failed=Failures())
    for status in late:
        report(database, receipt(status, text.id))
    row = read(database, text.id)
    with database.transaction() as session:
        session.delete(session.get_one(Text, text.id))
    times = (row.sent_at is None, row.delivered_at is None, row.next_attempt_at is None)
    return row.status, row.provider_sid, row.error_code, times


@pytest.mark.parametrize("answer", [Sent(SID), Unknown("time-out")])
@pytest.mark.parametrize("reported", [STATES, STATES[:2], [STATES[0], STATES[2]], STATES[1:]])
def test_receipts_in_every_order_end_in_the_same_row(
    database: Database, stepped: SteppedWorker, answer: Outcome, reported: list[TextStatus]
) -> None:
    rows = {
        final_row(database, answer, list(order[:early]), list(order[early:]))
        for order in permutations(reported)
        for early in range(len(order) + 1)
    }

    [row] = rows
    assert row[0] == reported[-1]
    assert row[1] == SID
    assert row[3] == (False, reported[-1] is not TextStatus.DELIVERED, True)


@pytest.fixture(scope="module")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('receipts')}/ars.db")
    database.stage = lambda *_: None
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


@settings(max_examples=40, deadline=None)
@given(early=st.lists(st.sampled_from(STATES)), late=st.lists(st.sampled_from(STATES)))
def test_receipts_in_any_number_end_in_the_highest_of_them(
    sqlite_database: Database, early: list[TextStatus], late: list[TextStatus]
) -> None:
    status, *_ = final_row(sqlite_database, Sent(SID), early, late)

    assert status == max(early + late, key=STATES.index, default=TextStatus.SENT)


def test_a_text_that_did_not_arrive_is_told_once(
    database: Database, stepped: SteppedWorker, failures: Failures
) -> None:
    text = queue_one(database)
    send_text(database, Provider(database, Sent(SID), []), text.id, on_failed=failures)
    for _ in range(3):
        report(database, receipt(TextStatus.UNDELIVERED), failures)

    assert failures.told == [(text.id, "undelivered", "handset_unreachable")]


def test_a_receipt_for_another_sid_than_ours_changes_nothing(
    database: Database, stepped: SteppedWorker
) -> None:
    text = queue_one(database)
    send_text(database, Provider(database, Sent(SID), []), text.id, on_failed=Failures())
    report(database, Receipt("SM" + "c" * 32, TextStatus.DELIVERED, None, text.id))

    assert read(database, text.id).status is TextStatus.SENT


def test_a_receipt_for_a_text_that_was_never_handed_over_changes_nothing(
    database: Database, stepped: SteppedWorker
) -> None:
    text = queue_one(database)
    report(database, receipt(TextStatus.DELIVERED, text.id))

    assert read(database, text.id).status is TextStatus.QUEUED


@pytest.fixture
def page(database: Database, failures: Failures) -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(
        text_status_blueprint(
            database, lambda asked: asked.headers.get("X-Twilio-Signature") == "good", failures
        )
    )
    return app.test_client()


SIGNED = {"X-Twilio-Signature": "good"}


def form(status: str, **more: str) -> dict[str, str]:
    return {
        "AccountSid": "AC1",
        "From": "+827012340000",
        "To": "+821012345678",
        "MessageSid": SID,
        "SmsSid": SID,
        "MessageStatus": status,
        "SmsStatus": status,
        "ApiVersion": "2010-04-01",
        **more,
    }


def test_the_page_records_a_signed_receipt(
    database: Database, stepped: SteppedWorker, page: FlaskClient, failures: Failures
) -> None:
    text = queue_one(database)
    send_text(database, Provider(database, Unknown("time-out"), []), text.id, on_failed=failures)
    answer = page.post(
        f"/twilio/text-status?text={text.id}",
        data=form("undelivered", ErrorCode="30003", RawDlrDoneDate="2608251420"),
        headers=SIGNED,
    )

    assert (answer.status_code, answer.data) == (204, b"")
    assert failures.told == [(text.id, "undelivered", "handset_unreachable")]


def test_the_page_refuses_what_the_provider_did_not_sign_and_changes_nothing(
    database: Database, stepped: SteppedWorker, page: FlaskClient
) -> None:
    text = queue_one(database)
    send_text(database, Provider(database, Sent(SID), []), text.id, on_failed=Failures())
    answer = page.post("/twilio/text-status", data=form("delivered"))

    assert answer.status_code == 403
    assert read(database, text.id).status is TextStatus.SENT


@pytest.mark.parametrize(
    "fields",
    [
        form("delivered"),
        form("delivered", MessageSid="", SmsSid=""),
        form("delivered", MessageSid="'; --"),
        form("received"),
        form("a-word-of-next-year"),
        {},
    ],
)
def test_the_page_accepts_what_it_knows_nothing_about(
    page: FlaskClient, fields: dict[str, str]
) -> None:
    for text in ("sms_unknown", "%00", "sms_%00", "%ff", "9" * 2000):
        answer = page.post(f"/twilio/text-status?text={text}", data=fields, headers=SIGNED)

        assert answer.status_code == 204


def test_a_receipt_that_comes_while_the_database_is_away_is_refused_in_a_line(
    database: Database, page: FlaskClient
) -> None:
    with away(database), capture_logs() as logs:
        answer = page.post("/twilio/text-status", data=form("delivered"), headers=SIGNED)

    assert (answer.status_code, answer.data) == (503, b"")
    assert [line["event"] for line in logs] == ["text.receipt_not_noted"]


# The provider's list of message statuses, as published.
PUBLISHED = (
    "queued sending sent failed delivered undelivered receiving received accepted scheduled read "
    "partially_delivered canceled"
)


def test_every_published_status_has_a_word_of_ours() -> None:
    assert set(STATUSES) == set(PUBLISHED.split())


@pytest.mark.parametrize("code", [*map(str, CODES), "30999", "", "abc", "9" * 40, "３"])
def test_every_error_code_of_a_receipt_becomes_a_word_of_ours(code: str) -> None:
    read_one = read_receipt(form("failed", ErrorCode=code), "sms_1")

    expected = CODES.get(int(code), "not_delivered") if code in map(str, CODES) else "not_delivered"
    assert read_one == Receipt(SID, TextStatus.UNDELIVERED, expected, "sms_1")

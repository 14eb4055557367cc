"""What may go into the queue: caps, characters and numbers, on both databases."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database, Session
from foundation.errors import InvalidRequest, Unavailable
from foundation.phone_number import PhoneNumber
from sms.actions.queue_text import queue_text
from sms.actions.repeat_text import repeat_text
from sms.limits import DEFAULT_LIMITS, LIMIT_REACHED
from sms.templates import CardMonth
from sms.texts import Text, TextKind, TextStatus
from tests.conftest import SteppedWorker

NOON = datetime(2026, 8, 25, 3, 0, tzinfo=UTC)
ALICE = PhoneNumber.parse("010-1111-1111")
BOB = PhoneNumber.parse("010-2222-2222")
ROOMY = replace(DEFAULT_LIMITS, per_number_in_window=1000, per_number_a_day=1000)

pytestmark = pytest.mark.usefixtures("stepped")


def queue(session: Session, at: datetime = NOON, to: PhoneNumber = ALICE, **more: Any) -> Text:
    session.now = at
    values: dict[str, Any] = {
        "template": "T10",
        "language": "ko",
        "merchant_id": "mer_1",
        "request_id": "reg_1",
        "values": {"merchant": "한빛학원", "last4": "0004", "exp_month": CardMonth(2029, 8)},
    }
    return queue_text(session, to=to, **values | more)


def test_a_text_is_stored_counted_and_staged_with_its_cause(
    database: Database, stepped: SteppedWorker
) -> None:
    with database.transaction() as session:
        text = queue(session)

    assert text.body == "[한빛학원] 등록하신 카드 ****0004의 유효기간이 2029년 8월에 끝납니다."
    assert (text.bytes, text.kind) == (len(text.body.encode("euc_kr")), TextKind.SMS)
    assert (text.status, text.attempts, text.created_at) == (TextStatus.QUEUED, 0, NOON)
    assert stepped.staged == [("send_text", (text.id,))]


def test_three_texts_in_ten_minutes_to_one_number_and_then_a_pause(database: Database) -> None:
    with database.transaction() as session:
        for minute in (0, 3, 4):
            queue(session, NOON + timedelta(minutes=minute))
        with pytest.raises(Unavailable) as refusal:
            queue(session, NOON + timedelta(minutes=5))
        queue(session, NOON + timedelta(minutes=5), BOB)
        queue(session, NOON + timedelta(minutes=10))
        with pytest.raises(Unavailable):
            queue(session, NOON + timedelta(minutes=12, seconds=59))

    assert refusal.value.code == "text_limit_reached"
    assert refusal.value.retry_after_s == 300
    assert refusal.value.detail == (
        "The limit of 3 texts in 10 minutes to one number is reached; it ends at "
        "2026-08-25 12:10:00 Korean time. Send it again after that."
    )


def test_ten_texts_a_korean_day_to_one_number(database: Database) -> None:
    midnight = datetime(2026, 8, 25, 15, 0, tzinfo=UTC)
    with database.transaction() as session:
        for hour in range(10):
            queue(session, NOON + timedelta(hours=hour))
        with pytest.raises(Unavailable) as refusal:
            queue(session, midnight - timedelta(minutes=1))
        queue(session, midnight)

    assert refusal.value.retry_after_s == 60
    assert "10 texts a day to one number" in refusal.value.detail
    assert "2026-08-26 00:00:00" in refusal.value.detail


def test_the_window_reaches_over_midnight(database: Database) -> None:
    midnight = datetime(2026, 8, 25, 15, 0, tzinfo=UTC)
    with database.transaction() as session:
        for minute in (1, 2, 3):
            queue(session, midnight - timedelta(minutes=minute))

        with pytest.raises(Unavailable, match="10 minutes"):
            queue(session, midnight + timedelta(minutes=1))


def test_one_merchant_has_a_day_count_of_its_own(database: Database) -> None:
    limits = replace(ROOMY, per_merchant_a_day=2)
    with database.transaction() as session:
        queue(session, limits=limits)
        queue(session, limits=limits)

        with pytest.raises(Unavailable, match="2 texts a day per merchant"):
            queue(session, limits=limits)
        queue(session, limits=limits, merchant_id="mer_2")
        queue(session, NOON + timedelta(days=1), limits=limits)


def test_the_whole_installation_has_a_day_count(database: Database) -> None:
    limits = replace(ROOMY, per_installation_a_day=2)
    with database.transaction() as session:
        queue(session, limits=limits)
        queue(session, limits=limits, merchant_id="mer_2")

        with pytest.raises(Unavailable, match="2 texts a day for the whole installation"):
            queue(session, limits=limits, merchant_id="mer_3")


def test_a_text_nobody_asked_for_is_stored_as_failed_and_its_cause_goes_on(
    database: Database, stepped: SteppedWorker
) -> None:
    limits = replace(ROOMY, per_merchant_a_day=1)
    with database.transaction() as session:
        queue(session, limits=limits)
        put_aside = queue(session, limits=limits, required=False)

    assert (put_aside.status, put_aside.error_code) == ("failed", "text_limit_reached")
    assert put_aside.next_attempt_at is None
    assert len(stepped.staged) == 1


def test_what_was_put_aside_for_a_limit_does_not_count(database: Database) -> None:
    limits = replace(DEFAULT_LIMITS, per_number_in_window=1)
    with database.transaction() as session:
        queue(session, limits=limits)
        put_aside = queue(session, NOON + timedelta(minutes=9), limits=limits, required=False)
        text = queue(session, NOON + timedelta(minutes=10), limits=limits)

    assert (put_aside.status, text.status) == (TextStatus.FAILED, TextStatus.QUEUED)


@pytest.mark.parametrize(
    ("number", "code"),
    [("02-123-4567", "not_a_korean_mobile"), ("+14155550100", "not_a_korean_mobile")],
)
def test_texts_go_to_korean_mobiles_only(database: Database, number: str, code: str) -> None:
    to = PhoneNumber.parse(number)
    with database.transaction() as session:
        with pytest.raises(InvalidRequest) as refusal:
            queue(session, to=to)
        put_aside = queue(session, to=to, required=False)

    assert refusal.value.code == code == put_aside.error_code


@pytest.mark.parametrize(("name", "code"), [("똠양꿍", "not_writable"), ("한" * 1000, "too_long")])
def test_what_does_not_fit_a_text_is_refused(database: Database, name: str, code: str) -> None:
    values = {"merchant": name, "last4": "0004", "exp_month": CardMonth(2029, 8)}
    with database.transaction() as session:
        with pytest.raises(InvalidRequest) as refusal:
            queue(session, values=values)
        put_aside = queue(session, values=values, required=False)

    assert refusal.value.code == code == put_aside.error_code


def test_a_repeated_text_has_the_same_words_and_counts(database: Database) -> None:
    with database.transaction() as session:
        first = queue(session)
        second = repeat_text(session, first)
        repeat_text(session, second)

        with pytest.raises(Unavailable):
            repeat_text(session, first)

    assert second.id != first.id
    assert (second.body, second.to, second.request_id) == (first.body, first.to, first.request_id)


def test_many_at_once_do_not_pass_the_limit_of_one_number(database: Database) -> None:
    def one(_number: int) -> bool:
        try:
            with database.transaction() as session:
                queue(session)
        except Unavailable:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(16))) == 3

    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Text)) == 3


def test_the_day_counts_are_read_from_an_index(database: Database) -> None:
    query = "SELECT count(*) FROM texts WHERE created_at >= '2026-01-01' AND error_code IS NULL"

    plans = [_plan(database, query), _plan(database, query + " AND merchant_id = 'mer_1'")]

    # PostgreSQL chooses among the indexes by what others have left in the table; SQLite does not.
    assert all(re.search(r"ix_texts\w*(day|created_at)", plan) for plan in plans)
    if database.is_sqlite:
        assert "ix_texts_day" in plans[0]
        assert "ix_texts_merchant_day" in plans[1]


def _plan(database: Database, query: str) -> str:
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    with database.reading() as session:
        if not database.is_sqlite:
            # An empty table is read from end to end, whatever indexes it has.
            session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        return "\n".join(str(row) for row in session.execute(sa.text(f"{explain} {query}")))


def test_a_receipt_goes_out_whatever_was_sent_before(database: Database) -> None:
    with database.transaction() as session:
        for number in range(3):
            queue(session, request_id=f"reg_{number}")
        values = {"merchant": "한빛학원", "amount": 39_500, "ars_number": None}
        receipt = queue(session, template="T07", values=values)

    assert receipt.error_code is None


def test_a_receipt_that_is_ordered_again_is_held_back_and_counts_like_any_text(
    database: Database,
) -> None:
    values = {"merchant": "한빛학원", "amount": 39_500, "ars_number": None}
    with database.transaction() as session:
        first, other = (
            queue(session, template="T07", values=values, request_id=f"chg_{number}")
            for number in range(2)
        )
        for text in (first, other, first):
            repeat_text(session, text)

        for text in (first, other):
            with pytest.raises(Unavailable, match="3 texts in 10 minutes to one number"):
                repeat_text(session, text)
        with pytest.raises(Unavailable):
            queue(session)
        receipt = queue(session, template="T07", values=values, request_id="chg_2")
        queue(session, NOON + timedelta(minutes=10))

    assert receipt.error_code is None


def test_a_result_that_a_program_brings_about_by_itself_is_held_back_like_any_text(
    database: Database,
) -> None:
    values = {"merchant": "한빛학원", "amount": 39_500, "ars_number": None}
    with database.transaction() as session:
        ordered = [
            queue(
                session,
                template="T07",
                values=values,
                request_id=f"chg_{number}",
                required=False,
                is_ordered=True,
            )
            for number in range(5)
        ]
        receipt = queue(session, template="T07", values=values, request_id="chg_9")

    assert [text.error_code for text in ordered] == [None] * 3 + [LIMIT_REACHED] * 2
    assert receipt.error_code is None

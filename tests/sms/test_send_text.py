"""Handing over: once, unless the provider proves that it never took it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.lifecycle import StateChange
from sms.actions.send_due_texts import send_due_texts
from sms.actions.send_text import send_text
from sms.jobs import jobs, sweeps
from sms.patience import TRIES_MAX, back_off_s
from sms.texts import TextStatus
from tests.conftest import SteppedWorker
from tests.sms.conftest import Failures, queue_one, read
from tests.sms.fakes import FakeTexts, Situation
from tests.sms.pretend_twilio import PretendTwilio, pretend_twilio

ROOT = Path(__file__).parents[2]
PassTime = Callable[..., None]


class Killed(BaseException):
    """The process ends here."""


def be_killed(_text: object) -> None:
    raise Killed


def test_a_queued_text_is_handed_over_once_however_often_the_job_runs(
    database: Database, stepped: SteppedWorker, failures: Failures
) -> None:
    text, provider = queue_one(database), FakeTexts()
    for _ in range(3):
        send_text(database, provider, text.id, on_failed=failures)

    now = read(database, text.id)
    assert [(sent.text_id, sent.to, sent.body) for sent in provider.sent] == [
        (text.id, text.to, text.body)
    ]
    assert (now.status, now.attempts, now.next_attempt_at) == (TextStatus.SENT, 1, None)
    assert now.sent_at is not None
    assert failures.told == []


def test_sending_is_written_down_before_anything_goes_out(
    database: Database, stepped: SteppedWorker, failures: Failures
) -> None:
    text = queue_one(database)
    seen: list[str] = []
    provider = FakeTexts(during=lambda out: seen.append(read(database, out.text_id).status))

    send_text(database, provider, text.id, on_failed=failures)

    assert seen == ["sending"]


def test_the_staged_job_of_the_package_sends_it(
    database: Database, stepped: SteppedWorker, failures: Failures
) -> None:
    provider = FakeTexts()
    stepped.knows(*jobs(database, provider, on_failed=failures))
    text = queue_one(database)

    assert stepped.work() == 1
    assert read(database, text.id).status is TextStatus.SENT


def test_a_refusal_is_final_and_told(
    database: Database, stepped: SteppedWorker, failures: Failures
) -> None:
    text, provider = queue_one(database), FakeTexts(Situation.OPTED_OUT)
    for _ in range(2):
        send_text(database, provider, text.id, on_failed=failures)

    assert len(provider.sent) == 1
    assert failures.told == [(text.id, "failed", "opted_out")]
    assert read(database, text.id).error_code == "opted_out"


def test_a_lost_answer_is_unknown_and_not_sent_again_before_it_was_asked_about(
    database: Database, stepped: SteppedWorker, failures: Failures, pass_time: PassTime
) -> None:
    text, provider = queue_one(database), FakeTexts(Situation.BROKEN)
    send_text(database, provider, text.id, on_failed=failures)
    pass_time(minutes=1)

    assert send_due_texts(database) == 1
    assert stepped.staged[-1] == ("find_text", (text.id,))
    send_text(database, provider, text.id, on_failed=failures)
    assert len(provider.sent) == 1
    assert read(database, text.id).status is TextStatus.UNKNOWN
    assert failures.told == []


def test_a_busy_provider_is_asked_again_after_a_growing_wait(
    database: Database, stepped: SteppedWorker, failures: Failures, pass_time: PassTime
) -> None:
    provider = FakeTexts(Situation.BUSY)
    stepped.knows(*jobs(database, provider, on_failed=failures))
    text = queue_one(database)
    stepped.work()

    assert read(database, text.id).status is TextStatus.QUEUED
    assert send_due_texts(database) == 0
    pass_time(seconds=2)
    assert send_due_texts(database) == 1
    provider.situation = Situation.ACCEPTED
    stepped.work()
    assert len(provider.sent) == 2
    assert (read(database, text.id).status, read(database, text.id).attempts) == ("sent", 2)


def test_a_provider_that_says_when_is_not_asked_before(
    database: Database, stepped: SteppedWorker, failures: Failures, pass_time: PassTime
) -> None:
    text, provider = queue_one(database), FakeTexts(Situation.BUSY_SAYS_WHEN)
    send_text(database, provider, text.id, on_failed=failures)

    pass_time(seconds=5)
    assert send_due_texts(database) == 0
    pass_time(seconds=3)
    assert send_due_texts(database) == 1


def test_a_provider_that_stays_unreachable_ends_in_a_failure_that_is_told(
    database: Database, stepped: SteppedWorker, failures: Failures
) -> None:
    text, provider = queue_one(database), FakeTexts(Situation.UNREACHABLE)
    for _ in range(TRIES_MAX + 1):
        send_text(database, provider, text.id, on_failed=failures)

    assert len(provider.sent) == TRIES_MAX
    assert failures.told == [(text.id, "failed", "provider_unreachable")]


def test_waits_double_up_to_five_minutes_and_differ_between_texts() -> None:
    waits = [back_off_s("sms_1", attempts) for attempts in range(1, TRIES_MAX)]

    assert all(0.9 * 2**n <= wait <= 1.1 * 2**n for n, wait in enumerate(waits[:9]))
    assert all(wait <= 330 for wait in waits)
    assert 3000 < sum(waits) < 5000
    assert back_off_s("sms_2", 1) != waits[0]


def test_a_worker_killed_while_sending_leaves_a_text_that_becomes_unknown(
    database: Database, stepped: SteppedWorker, failures: Failures
) -> None:
    text, provider = queue_one(database), FakeTexts(during=be_killed)
    with pytest.raises(Killed):
        send_text(database, provider, text.id, on_failed=failures)
    assert read(database, text.id).status is TextStatus.SENDING

    send_text(database, provider, text.id, on_failed=failures)

    assert read(database, text.id).status is TextStatus.UNKNOWN
    assert len(provider.sent) == 1


def test_a_text_whose_worker_never_came_back_is_found_after_a_minute(
    database: Database, stepped: SteppedWorker, failures: Failures, pass_time: PassTime
) -> None:
    text, provider = queue_one(database), FakeTexts(during=be_killed)
    with pytest.raises(Killed):
        send_text(database, provider, text.id, on_failed=failures)

    pass_time(seconds=50)
    assert send_due_texts(database) == 0
    pass_time(seconds=20)
    assert send_due_texts(database) == 1
    assert read(database, text.id).status is TextStatus.UNKNOWN


def test_an_answer_that_comes_after_we_gave_up_still_counts(
    database: Database, stepped: SteppedWorker, failures: Failures
) -> None:
    text = queue_one(database)
    again = FakeTexts()
    slow = FakeTexts(during=lambda out: send_text(database, again, out.text_id, on_failed=failures))

    send_text(database, slow, text.id, on_failed=failures)

    assert again.sent == []
    assert read(database, text.id).status is TextStatus.SENT


def test_proof_that_nothing_was_sent_counts_after_we_gave_up_too(
    database: Database, stepped: SteppedWorker, failures: Failures
) -> None:
    text = queue_one(database)
    slow = FakeTexts(
        Situation.BUSY,
        during=lambda out: send_text(database, FakeTexts(), out.text_id, on_failed=failures),
    )

    send_text(database, slow, text.id, on_failed=failures)

    assert read(database, text.id).status is TextStatus.QUEUED


def test_a_lost_job_is_staged_again_and_not_at_every_look(
    database: Database, stepped: SteppedWorker, pass_time: PassTime
) -> None:
    text = queue_one(database)
    stepped.staged.clear()
    [sweep] = sweeps(database)

    assert sweep.do() == 0
    pass_time(minutes=3)
    assert (sweep.do(), sweep.do()) == (1, 0)
    assert stepped.staged == [("send_text", (text.id,))]


def test_a_text_that_is_gone_is_nobodys_trouble(
    database: Database, stepped: SteppedWorker, failures: Failures
) -> None:
    provider = FakeTexts()
    send_text(database, provider, "sms_gone", on_failed=failures)

    assert provider.sent == []


def test_every_step_is_in_the_history(
    database: Database, stepped: SteppedWorker, failures: Failures
) -> None:
    text = queue_one(database)
    send_text(database, FakeTexts(), text.id, on_failed=failures)

    with database.reading() as session:
        steps = session.scalars(
            sa.select(StateChange).where(StateChange.object_id == text.id).order_by(StateChange.at)
        )
        assert [(step.old, step.new) for step in steps] == [
            ("queued", "sending"),
            ("sending", "sent"),
        ]


SENDING_PROCESS = """
import sys
from foundation.database import Database
from sms.actions.send_text import send_text
from sms.twilio_texts import TwilioTexts
from tests.sms.fakes import ACCOUNT, CALLBACK, NUMBER, TOKEN

url, base_url, text_id = sys.argv[1:]
provider = TwilioTexts(base_url=base_url, account_sid=ACCOUNT, auth_token=TOKEN, sender=NUMBER,
                       status_callback=CALLBACK)
send_text(Database(url), provider, text_id, on_failed=print)
"""


def test_a_real_process_killed_while_the_provider_is_thinking_sends_nothing_twice(
    database: Database, stepped: SteppedWorker, failures: Failures
) -> None:
    text = queue_one(database)
    with pretend_twilio() as twilio:
        twilio.situation = Situation.SILENT
        _start_and_kill(database, twilio, text.id)
        again = FakeTexts()
        send_text(database, again, text.id, on_failed=failures)

        assert len(twilio.requests) == 1
    assert again.sent == []
    assert read(database, text.id).status is TextStatus.UNKNOWN


def _start_and_kill(database: Database, twilio: PretendTwilio, text_id: str) -> None:
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", SENDING_PROCESS, url, twilio.base_url, text_id]
    process = subprocess.Popen(command, cwd=ROOT)
    assert twilio.accepted.wait(30)
    process.kill()
    process.wait()

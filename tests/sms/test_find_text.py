"""A text whose answer was lost is asked about, and sent anew only where it never came."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from foundation.database import Database
from sms.actions.find_text import find_text
from sms.actions.send_due_texts import send_due_texts
from sms.actions.send_text import send_text
from sms.jobs import jobs
from sms.patience import TRIES_MAX
from sms.provider import OutgoingText
from sms.texts import Text, TextStatus
from tests.conftest import SteppedWorker
from tests.sms.conftest import Failures, queue_one, read
from tests.sms.fakes import FakeTexts, Situation

PassTime = Callable[..., None]


class Desk:
    """One provider, and a worker who looks after texts when time passes."""

    def __init__(
        self, database: Database, stepped: SteppedWorker, pass_time: PassTime, failures: Failures
    ) -> None:
        self.database, self.pass_time, self.failures = database, pass_time, failures
        self.provider = FakeTexts()
        self.stepped = stepped.knows(*jobs(database, self.provider, on_failed=failures))

    def sends(self, situation: Situation) -> Text:
        """Queue a text, and hand it over in this situation."""
        self.provider.situation = situation
        text = queue_one(self.database)
        self.stepped.work()
        self.provider.situation = Situation.ACCEPTED
        return text

    def passes(self, **time: float) -> None:
        self.pass_time(**time)
        send_due_texts(self.database)
        self.stepped.work()


@pytest.fixture
def desk(
    database: Database, stepped: SteppedWorker, pass_time: PassTime, failures: Failures
) -> Desk:
    return Desk(database, stepped, pass_time, failures)


@pytest.mark.parametrize("situation", [Situation.SILENT, Situation.GARBAGE, Situation.RESETS])
def test_one_that_the_provider_has_is_sent_and_not_sent_again(
    desk: Desk, situation: Situation
) -> None:
    text = desk.sends(situation)
    assert read(desk.database, text.id).status is TextStatus.UNKNOWN

    desk.passes(minutes=1)

    found = read(desk.database, text.id)
    assert (found.status, found.provider_sid) == (TextStatus.SENT, desk.provider.taken[0][0])
    assert len(desk.provider.sent) == 1


def test_one_that_never_came_is_sent_anew(desk: Desk) -> None:
    text = desk.sends(Situation.BROKEN)

    desk.passes(minutes=1)

    assert read(desk.database, text.id).status is TextStatus.SENT
    assert [each.text_id for each in desk.provider.sent] == [text.id] * 2


def test_nobody_asks_before_the_provider_must_know(desk: Desk) -> None:
    text = desk.sends(Situation.BROKEN)

    desk.passes(seconds=59)

    assert read(desk.database, text.id).status is TextStatus.UNKNOWN
    assert len(desk.provider.sent) == 1


def test_the_same_words_sent_before_are_another_text(desk: Desk) -> None:
    first = desk.sends(Situation.ACCEPTED)
    second = desk.sends(Situation.BROKEN)

    desk.passes(minutes=1)

    sids = {read(desk.database, text.id).provider_sid for text in (first, second)}
    assert sids == {sid for sid, _ in desk.provider.taken}
    assert len(desk.provider.sent) == 3


def test_a_provider_that_cannot_say_is_asked_again_for_two_hours(desk: Desk) -> None:
    text = desk.sends(Situation.SILENT)
    desk.provider.situation = Situation.AWAY
    for _ in range(3):
        desk.passes(minutes=5)
    assert read(desk.database, text.id).next_attempt_at is not None

    desk.passes(hours=2)

    left = read(desk.database, text.id)
    assert (left.status, left.next_attempt_at) == (TextStatus.UNKNOWN, None)
    assert len(desk.provider.sent) == 1


def test_after_many_tries_that_never_came_the_merchant_is_told(desk: Desk) -> None:
    text = desk.sends(Situation.BROKEN)
    for _ in range(TRIES_MAX):
        desk.provider.situation = Situation.ACCEPTED
        desk.pass_time(minutes=1)
        send_due_texts(desk.database)
        find_text(desk.database, desk.provider, text.id, on_failed=desk.failures)
        desk.provider.situation = Situation.BROKEN
        send_text(desk.database, desk.provider, text.id, on_failed=desk.failures)

    assert desk.failures.told == [(text.id, TextStatus.FAILED, "provider_unreachable")]
    assert len(desk.provider.sent) == TRIES_MAX


def test_a_receipt_that_comes_while_we_ask_has_the_last_word(desk: Desk) -> None:
    text = desk.sends(Situation.SILENT)
    delivered = partial(arrives, desk, text.id)
    desk.provider.asked = delivered

    desk.passes(minutes=1)

    assert read(desk.database, text.id).status is TextStatus.DELIVERED


def arrives(desk: Desk, text_id: str, _asked: OutgoingText) -> None:
    with desk.database.transaction() as session:
        text = session.get_one(Text, text_id)
        text.status, text.provider_sid = TextStatus.DELIVERED, desk.provider.taken[0][0]

"""What tests about texts share: one to send, and time that passes when told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from foundation.clock import Clock
from foundation.database import Database, Session
from foundation.phone_number import PhoneNumber
from sms.actions.queue_text import queue_text
from sms.templates import CardMonth
from sms.texts import Text

CUSTOMER = PhoneNumber.parse("010-1234-5678")


@pytest.fixture
def pass_time(database: Database) -> Callable[..., None]:
    """Move the clock of this database, seen at once."""

    def move(**by: float) -> None:
        offset = database.move_clock(timedelta(**by))
        database.clock = Clock(lambda: offset)

    return move


class Failures:
    """The collaborator that is told of failed texts; it writes down which, and how."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, str | None]] = []

    def __call__(self, session: Session, text: Text) -> None:
        assert session.in_transaction()
        self.told.append((text.id, text.status, text.error_code))


@pytest.fixture
def failures() -> Failures:
    return Failures()


def queue_one(database: Database, to: PhoneNumber = CUSTOMER) -> Text:
    """Queue an ordinary text in a transaction of its own."""
    with database.transaction() as session:
        return queue_text(
            session,
            template="T10",
            to=to,
            language="ko",
            merchant_id="mer_1",
            request_id="reg_1",
            values={"merchant": "한빛학원", "last4": "0004", "exp_month": CardMonth(2029, 8)},
        )


def read(database: Database, text_id: str) -> Text:
    """The text as it stands in the database."""
    with database.reading() as session:
        return session.get_one(Text, text_id)

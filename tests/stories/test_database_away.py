"""The database is away for a moment: the caller is asked to wait and loses nothing but that moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from foundation.database import Database
from tests.stories.caller import GOOD_CARD, Caller
from tests.stories.service import Service

ONE_MOMENT = "잠시만 기다려 주세요."
NOT_NOW = "지금은 이 서비스를 이용할 수 없습니다"


@contextmanager
def away(database: Database) -> Iterator[None]:
    """Nobody gets a connection; those that were open are gone."""

    def refuse(*_connection: object) -> None:
        raise database.engine.dialect.loaded_dbapi.OperationalError("the server is away")

    database.engine.dispose()
    event.listen(database.engine, "do_connect", refuse)
    try:
        yield
    finally:
        event.remove(database.engine, "do_connect", refuse)


@contextmanager
def loses_the_next_commit(database: Database) -> Iterator[None]:
    """The connection breaks while a transaction is being committed."""

    def refuse(_connection: object) -> None:
        gone = database.engine.dialect.loaded_dbapi.OperationalError("the server went away")
        raise sa.exc.OperationalError("COMMIT", None, gone)

    event.listen(database.engine, "commit", refuse)
    try:
        yield
    finally:
        event.remove(database.engine, "commit", refuse)


@pytest.fixture(params=[away, loses_the_next_commit], ids=["away", "breaks"])
def trouble(request: pytest.FixtureRequest, database: Database) -> Callable[[], object]:
    return lambda: request.param(database)


def test_a_question_is_asked_again_when_the_database_is_back(
    service: Service, caller: Caller, trouble: Callable[[], object]
) -> None:
    made = service.registers()
    asked = caller.dials(made["virtual_number"]).answer

    with trouble():
        caller.presses("1")
        assert caller.spoken() == [ONE_MOMENT]
    caller.waits()

    assert caller.answer == asked
    assert service.consents() == []
    caller.presses("1").hears("카드번호, 유효기간")


def test_digits_are_asked_again_and_no_error_is_counted(
    service: Service, caller: Caller, trouble: Callable[[], object]
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1", "1")

    for _ in range(4):
        with trouble():
            caller.presses(GOOD_CARD).hears(ONE_MOMENT)
        caller.waits().hears("카드번호 열여섯 자리").does_not_hear("맞지 않습니다")
    assert service.rows("sealed_answers") == []
    caller.gives_card().holds().hears("등록이 끝났습니다")


def test_a_call_that_comes_in_meanwhile_is_answered(
    service: Service, caller: Caller, trouble: Callable[[], object]
) -> None:
    made = service.registers()

    with trouble():
        caller.dials(made["virtual_number"]).hears(ONE_MOMENT)
        caller.waits().hears(ONE_MOMENT)

    caller.waits().hears("한빛엘피지", "동의하시면 1번")


def test_a_caller_on_hold_stays_on_hold(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card()

    with away(service.database):
        caller.waits().hears(ONE_MOMENT)
        caller.waits().hears(ONE_MOMENT)

    caller.waits().holds().hears("등록이 끝났습니다")


def test_after_half_a_minute_the_caller_is_told_that_nothing_was_charged(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1")

    with away(service.database):
        caller.presses("1")
        for _ in range(5):
            caller.hears(ONE_MOMENT).waits()
        caller.waits().hears(NOT_NOW, "아무것도 결제되지 않았습니다", "잠시 후 다시 걸어 주세요")

    assert caller.hung_up


def test_the_word_of_the_end_is_not_lost_for_ever(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"])
    form = {"CallSid": caller.sid, "CallStatus": "completed"}

    with away(service.database):
        assert service.webhook("/twilio/call-status", form).status_code == 503

    service.passes(minutes=16)
    assert [call["ended_how"] for call in service.rows("calls")] == ["silent"]


def test_merchants_are_asked_to_come_back(service: Service) -> None:
    made = service.registers()

    with away(service.database):
        status, problem = service.asks("GET", f"/v1/registrations/{made['id']}")
        assert (status, problem["status"]) == (503, 503)
        assert service.http.get("/healthz").status_code == 503

    assert service.registration(made)["status"] == "awaiting_customer"
    assert service.http.get("/healthz").status_code == 200

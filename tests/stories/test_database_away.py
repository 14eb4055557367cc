"""The database is away for a moment: the caller is asked to wait and loses nothing but that moment.

When it stays away, or a fault of ours ends the call, the caller hears what is true in every case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from foundation.database import Database
from ivr.calls import CallRow
from tests.stories.caller import GOOD_CARD, Caller
from tests.stories.service import Service
from tests.stories.test_consent_to_charge import asked, registered

ONE_MOMENT = "잠시만 기다려 주세요."
NOT_NOW = "지금은 이 서비스를 이용할 수 없습니다"
NOTHING_CHARGED = "아무것도 결제되지 않았습니다"
WAIT_FOR_THE_TEXT = "결과를 문자로 알려 드립니다. 다시 하지 마시고 문자를 기다려 주세요."


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


def test_a_caller_who_never_gets_through_is_told_that_nothing_was_charged(
    service: Service, caller: Caller
) -> None:
    made = service.registers()

    with away(service.database):
        caller.dials(made["virtual_number"])
        for _ in range(5):
            caller.hears(ONE_MOMENT).waits()
        caller.waits().hears(NOT_NOW, NOTHING_CHARGED, "잠시 후 다시 걸어 주세요")

    assert caller.hung_up


def test_in_the_middle_of_a_call_nothing_is_claimed_about_money(
    service: Service, caller: Caller
) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"]).presses("1")
    service.works()

    with away(service.database):
        caller.waits()
        for _ in range(5):
            caller.hears(ONE_MOMENT).waits()
        caller.waits().hears(NOT_NOW, WAIT_FOR_THE_TEXT).does_not_hear(NOTHING_CHARGED)

    assert caller.hung_up
    assert len(service.texts("결제 완료")) == 1


def test_a_registration_that_is_cut_off_is_texted_too(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card()
    service.works()

    with away(service.database):
        caller.waits(7).hears(NOT_NOW, WAIT_FOR_THE_TEXT).does_not_hear(NOTHING_CHARGED)

    assert caller.hung_up
    assert len(service.texts("카드 등록 완료")) == 1


def test_after_a_fault_of_ours_nothing_is_claimed_about_money_either(
    service: Service, caller: Caller
) -> None:
    charge = asked(service, registered(service))
    caller.dials(charge["virtual_number"]).presses("1")
    service.works()

    with service.database.transaction() as session:
        session.execute(sa.update(CallRow).values(facts={"unheard": "of"}))

    caller.waits().hears("잠시 문제가 있었습니다", WAIT_FOR_THE_TEXT)
    caller.does_not_hear(NOTHING_CHARGED)

    assert caller.hung_up
    assert len(service.texts("결제 완료")) == 1


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

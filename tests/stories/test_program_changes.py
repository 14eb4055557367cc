"""The program is renewed while somebody is on the line."""

from __future__ import annotations

import sqlalchemy as sa

from ivr.calls import JournalRow
from tests.stories.caller import Caller
from tests.stories.service import Service

BEGINS_AGAIN = "프로그램이 바뀌어 처음부터 다시 시작합니다"


def renew(service: Service, caller: Caller, position: int, key: str) -> None:
    """As if the program that wrote this entry had asked something else there."""
    with service.database.transaction() as session:
        session.execute(
            sa.update(JournalRow)
            .where(JournalRow.call_sid == caller.sid, JournalRow.position == position)
            .values(key=key)
        )


def test_a_changed_order_of_questions_begins_the_call_again(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1")
    renew(service, caller, 1, "menu R99")

    caller.presses("1").hears(BEGINS_AGAIN, "자동결제에 동의하시면 1번")
    caller.presses("1").does_not_hear(BEGINS_AGAIN).hears("카드번호, 유효기간")
    caller.presses("1", "1").gives_card().holds().hears("등록이 끝났습니다")

    assert service.registration(made)["status"] == "registered"
    assert len(service.consents()) == 4


def test_after_the_new_beginning_repeated_webhooks_get_the_same_bytes(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1")
    renew(service, caller, 0, "menu R99")
    caller.presses("1", "1")

    assert caller.again() == caller.answer


def test_a_caller_on_hold_begins_again_too(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card()
    renew(service, caller, 4, "menu R99")

    caller.waits().hears(BEGINS_AGAIN)


def test_a_caller_who_comes_back_after_a_moment_begins_again_too(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1")
    renew(service, caller, 1, "menu R99")

    form = {"CallSid": caller.sid}
    answer = service.webhook("/twilio/voice/turn?at=2&again=1", form).data.decode()

    assert BEGINS_AGAIN in answer


def test_a_call_survives_new_processes_at_every_turn(service: Service, caller: Caller) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"])

    for keys in ("1", "1", "1", "9999000000000004", "0829", "1", "900101", "12"):
        service.restarts()
        caller.presses(keys)
    service.restarts()

    caller.holds().hears("등록이 끝났습니다")

"""Everything is delivered more than once, late, or in another order: one effect, the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from billing_core.actions.send_reminders import send_reminders
from billing_core.charges import Charge
from foundation.database import Base
from tests.stories.caller import Caller
from tests.stories.service import Service
from tests.stories.test_consent_to_charge import asked, registered

AT_ONCE = 8
SECOND_CUSTOMER = "+821022223333"
ENTRIES = ("1", "1", "1", "9999000000", "000004", "0829", "1", "900101", "12")


class StormyCaller(Caller):
    """Every webhook of this caller is delivered eight times at the same moment."""

    def _delivered(self, path: str, form: Mapping[str, str]) -> Any:
        def deliver(_number: int) -> Any:
            return self.service.webhook(path, form)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(deliver, range(AT_ONCE)))
        assert len({answer.data for answer in answers}) == 1
        assert len({answer.status_code for answer in answers}) == 1
        return answers[0]


def footprint(service: Service) -> dict[str, int]:
    """How many rows stand in each table."""
    with service.database.reading() as session:
        return {
            table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def contents(service: Service) -> list[list[Any]]:
    """Everything that stands in every table."""
    with service.database.reading() as session:
        return [
            sorted(map(repr, session.execute(sa.select(table)).all()))
            for table in Base.metadata.sorted_tables
        ]


def added(service: Service, play: Callable[[], None]) -> dict[str, int]:
    """How many rows a play adds to each table."""
    before = footprint(service)
    play()
    service.works()
    return {name: count - before[name] for name, count in footprint(service).items()}


def whole_call(caller: Caller, number: str) -> None:
    caller.dials(number).presses(*ENTRIES).waits(2).holds()
    caller.hears("등록이 끝났습니다").hangs_up()


def test_eight_deliveries_of_every_turn_at_once_leave_what_one_leaves(service: Service) -> None:
    calm, stormy = service.registers(), service.registers(to=SECOND_CUSTOMER)
    service.works()

    once = added(service, lambda: whole_call(Caller(service), calm["virtual_number"]))
    eight = added(
        service,
        lambda: whole_call(StormyCaller(service, SECOND_CUSTOMER), stormy["virtual_number"]),
    )

    # The one lock row of a card that was counted is there already.
    assert eight | {"attempt_locks": 0} == once | {"attempt_locks": 0}
    assert (once["consent_records"], once["held_work"], once["issue_attempts"]) == (2, 1, 1)
    assert once["journal"] == len(ENTRIES) + 3
    assert service.events() == ["registration.registered"] * 2


def test_a_call_whose_webhooks_all_come_again_the_next_day_changes_nothing(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    whole_call(caller, made["virtual_number"])
    service.works()
    before = contents(service)

    service.clock.advance(days=1)
    again = [service.webhook(each.path, each.form).data for each in caller.deliveries]

    assert again == [each.answer for each in caller.deliveries]
    assert contents(service) == before


def test_earlier_webhooks_that_come_in_between_change_nothing(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"])
    for entry in ("1", "1", "1", "9999000000000004", "0829", "1"):
        caller.presses(entry)
        before = contents(service)
        for delivery in reversed(caller.deliveries):
            assert service.webhook(delivery.path, delivery.form).data == delivery.answer

        assert contents(service) == before
    caller.presses("900101", "12").holds().hears("등록이 끝났습니다")


def test_other_keys_for_a_question_that_was_answered_change_nothing(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("2")
    refused = caller.deliveries[-1]

    other = service.webhook(refused.path, {**refused.form, "Digits": "1"})

    assert other.data == refused.answer
    assert service.consents() == []


def test_a_webhook_from_the_future_is_answered_with_the_open_question(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1")
    before = contents(service)

    ahead = service.webhook("/twilio/voice/turn?at=7", {"CallSid": caller.sid, "Digits": "1"})

    assert ahead.data == caller.answer
    assert contents(service) == before


def test_a_second_ring_at_the_same_moment_is_the_same_call(service: Service) -> None:
    made = service.registers()

    StormyCaller(service).dials(made["virtual_number"]).hears("동의하시면 1번")

    assert len(service.rows("calls")) == 1


def test_a_worker_that_was_told_eight_times_asks_the_card_company_once(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses(*ENTRIES)
    (job,) = [staged for staged in service.worker.staged if staged[0] == "urgent_do_held_work"]
    work = {each.name: each.do for each in service.parts.jobs()}[job[0]]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda _number: work(*job[1]), range(AT_ONCE)))

    assert len(service.rows("issue_attempts")) == 1
    assert len(service.rows("sandbox_orders")) == 1
    assert service.registration(made)["status"] == "registered"
    # One of the eight may have asked before the card company had answered the first: then the
    # caller is sent to the text, which comes in either case, and once.
    said = " ".join(caller.holds().spoken())
    assert "등록이 끝났습니다" in said or "결과를 문자로 알려 드리겠습니다" in said
    assert len(service.texts("등록 완료")) == 1


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_text_once_more_and_a_reminder_do_not_wait_for_each_other(
    service: Service, caller: Caller
) -> None:
    # Whoever sends a text holds its request first and then what limits texts; SQLite has one writer.
    charge = asked(service, registered(service))
    service.clock.advance(hours=1)
    caller.dials(charge["virtual_number"]).presses("7", "7", "7").hears("번호 입력이 어려우시면")
    with service.database.transaction() as session:
        session.get_one(Charge, charge["id"]).remind_at = session.now
    before, reminded = len(service.texts()), []

    @sa.event.listens_for(service.database.engine, "before_cursor_execute")
    def remind_meanwhile(*event: object) -> None:
        if "pg_advisory_xact_lock" in str(event[2]) and not reminded:
            reminded.append(-1)
            with service.database.transaction() as session:
                reminded[0] = send_reminders(session)

    caller.presses("2").hears("안내 문자를 다시 부탁했습니다")
    sa.event.remove(service.database.engine, "before_cursor_execute", remind_meanwhile)

    assert reminded == [0]
    with service.database.transaction() as session:
        assert send_reminders(session) == 1
    assert len(service.texts()) == before + 2


def test_the_word_of_the_end_eight_times_at_once_texts_one_result(
    service: Service, caller: Caller
) -> None:
    made = service.registers()
    caller.dials(made["virtual_number"]).presses("1", "1", "1").gives_card(password="99")
    service.works()
    form = {"CallSid": caller.sid, "CallStatus": "completed"}

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda _number: service.webhook("/twilio/call-status", form), range(AT_ONCE)))
    service.passes(hours=1)

    assert len(service.texts("카드가 등록되지 않았습니다")) == 1

"""The pool: what may be in it, and how numbers come and go."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import Conflict, InvalidRequest, NotFound, Unavailable
from tests.virtual_numbers.pool import DAY, HOUR, START, at, fill, lend, number, phone
from virtual_numbers.actions.add_number import add_number
from virtual_numbers.actions.find_loan import OpenLoan, find_loan
from virtual_numbers.actions.retire_number import retire_number
from virtual_numbers.numbers import LIFECYCLE, NumberStatus, VirtualNumber

AS_PEOPLE_WRITE = {
    "+827012345678": "+827012345678",
    "070-1234-5679": "+827012345679",
    " 02 312 3456 ": "+8223123456",
    "031-123-4567": "+82311234567",
    "1588-1234": "+8215881234",
    "080-123-4567": "+82801234567",
    "0507-1234-5678": "+8250712345678",
    "010-1234-5678": "+821012345678",
    "+1 415 555 0100": "+14155550100",
}
UNFIT = ("", "hello", "112", "1234-5678", "060-700-1234", "015-8123-4567", "0" * 60)


def test_a_number_may_be_written_as_people_write_it(database: Database) -> None:
    with at(database, START) as session:
        added = [add_number(session, written) for written in AS_PEOPLE_WRITE]

    assert [each.e164.e164 for each in added] == list(AS_PEOPLE_WRITE.values())
    assert all(each.is_active for each in added)


def test_what_cannot_take_a_customers_call_is_refused(database: Database) -> None:
    with at(database, START) as session:
        for written in UNFIT:
            with pytest.raises(InvalidRequest) as refusal:
                add_number(session, written)

            assert refusal.value.faults[0].param == "/number"
            assert "+827012345678" in refusal.value.detail


def test_adding_a_number_again_changes_nothing(database: Database) -> None:
    with at(database, START) as session:
        first = add_number(session, "070-1234-5678")
    with at(database, START + HOUR) as session:
        again = add_number(session, "+82 70 1234 5678")
        pool = session.scalars(sa.select(VirtualNumber.id)).all()

    assert pool == [first.id]
    assert again.id == first.id
    assert again.created_at == START
    assert again.is_active


def test_a_retired_number_is_lent_no_more_and_its_open_loan_goes_on(database: Database) -> None:
    fill(database, 1)
    with at(database, START) as session:
        lend(session, phone(1), "reg_1")
        retire_number(session, number(0).national)
    with pytest.raises(Unavailable), at(database, START) as session:
        lend(session, phone(2), "reg_2")
    with at(database, START + HOUR) as session:
        found = find_loan(session, caller=phone(1), dialled=number(0))

    assert isinstance(found, OpenLoan)


def test_a_retired_number_comes_back_only_after_a_day_and_the_refusal_says_when(
    database: Database,
) -> None:
    fill(database, 1)
    with at(database, START) as session:
        retire_number(session, number(0).e164)
    with (
        pytest.raises(Conflict) as refusal,
        at(database, START + DAY - timedelta(seconds=30)) as session,
    ):
        add_number(session, number(0).e164)
    with at(database, START + DAY) as session:
        again = add_number(session, number(0).e164)

    assert refusal.value.code == "number_resting"
    assert "2026-03-03 18:00:00" in refusal.value.detail
    assert refusal.value.retry_after_s == 31
    assert again.status is NumberStatus.ACTIVE
    assert again.retired_at is None


def test_retiring_again_does_not_begin_the_rest_anew(database: Database) -> None:
    fill(database, 1)
    with at(database, START) as session:
        retire_number(session, number(0).e164)
    with at(database, START + HOUR) as session:
        again = retire_number(session, number(0).e164)

    assert again.retired_at == START


@pytest.mark.parametrize("written", ["+827099999999", "nonsense"])
def test_only_what_is_in_the_pool_can_be_retired(database: Database, written: str) -> None:
    with pytest.raises(NotFound), at(database, START) as session:
        retire_number(session, written)


def test_every_state_of_a_number_leads_to_the_other_and_nowhere_else() -> None:
    active, retired = NumberStatus

    assert LIFECYCLE.following == {active: {retired}, retired: {active}}

"""Money, telephone numbers, ids, lifecycles and the clock keep their rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from billing_core import bill_keys, charge_attempts, charges, events, issue_attempts, refunds
from billing_core import registrations as registrations_module
from foundation.clock import Clock, kst_day
from foundation.commands import parse_duration
from foundation.database import Database
from foundation.errors import InvalidRequest
from foundation.ids import new_id
from foundation.lifecycle import Lifecycle
from foundation.money import WON_MAX, Money
from foundation.phone_number import PhoneNumber

LIVES = {
    "registrations": registrations_module.LIFE,
    "bill keys": bill_keys.LIFE,
    "charges": charges.LIFE,
    "charge attempts": charge_attempts.LIFE,
    "issue attempts": issue_attempts.LIFE,
    "refunds": refunds.LIFE,
    "deliveries": events.DELIVERY_LIFE,
}


@given(st.integers(0, WON_MAX // 2), st.integers(0, WON_MAX // 2))
def test_money_adds_and_takes_away_in_whole_won(one: int, other: int) -> None:
    total = Money(one) + Money(other)

    assert total.won == one + other
    assert total - Money(other) == Money(one)


@pytest.mark.parametrize("wrong", [1.0, "1", True, None])
def test_money_takes_nothing_but_whole_numbers(wrong: object) -> None:
    with pytest.raises(TypeError):
        Money(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("won", [-1, WON_MAX + 1])
def test_money_has_bounds(won: int) -> None:
    with pytest.raises(ValueError, match="won"):
        Money(won)


@pytest.mark.parametrize(
    "written",
    [
        "010-1234-5678",
        "01012345678",
        "+82 10 1234 5678",
        "+821012345678",
        "010 1234 5678",
        "(010)1234.5678",
    ],
)
def test_a_mobile_number_is_one_number_however_it_is_written(written: str) -> None:
    number = PhoneNumber.parse(written)

    assert number == PhoneNumber("+821012345678")
    assert number.is_korean_mobile
    assert number.national == "010-1234-5678"
    assert number.masked == "…5678"


@pytest.mark.parametrize(
    "written", ["02-555-0101", "031-123-4567", "070-1234-5678", "0507-1234-5678", "+1 415 555 2671"]
)
def test_other_numbers_are_no_korean_mobiles(written: str) -> None:
    assert not PhoneNumber.parse(written).is_korean_mobile


@pytest.mark.parametrize(
    "written",
    [
        "",
        "010",
        "abc",
        "0" * 41,
        "010-1234-567890123",
        # What the library would take for the keys of a telephone, or drop.
        "010-ABCD-5678",
        "010-1234-567O",
        "010-1234-56O8",
        "홍길동 010-3333-4444",
        "010-1234-5678;ext=1",
        "010-1234-5678#",
        "010-1234-5678x2",
        # After 010 come eight digits.
        "010-1234-567",
        "0101234567",
        "+82-10-6666-777",
    ],
)
def test_what_is_no_number_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(ValueError, match="telephone number") as refusal:
        PhoneNumber.parse(written)

    assert not written or written not in str(refusal.value)


def test_ids_sort_by_the_time_they_were_made() -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    made = [new_id("reg", start + timedelta(milliseconds=ms)) for ms in range(50)]

    assert made == sorted(made)
    assert len(set(made)) == 50
    assert all(name.startswith("reg_") for name in made)


@pytest.mark.parametrize("name", LIVES)
def test_every_state_has_a_row_and_every_state_but_the_first_is_reached(name: str) -> None:
    life: Lifecycle[StrEnum] = LIVES[name]  # type: ignore[assignment]
    states = set(life.following)
    kinds = {type(state) for state in states}
    reached = set().union(*life.following.values())

    assert states == set(*kinds)
    assert len(states - reached) <= 1


@freeze_time("2026-11-23 15:30:00")
def test_a_day_in_korea_begins_nine_hours_earlier() -> None:
    assert Clock().now() == datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
    assert kst_day(Clock().now()).isoformat() == "2026-11-24"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("2h", 7200), ("3d", 259200), ("1w", 604800), ("1d12h", 129600)],
)
def test_durations_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "5", "d", "-1d", "1.5h", "3 d", "99999w", "1d" * 30])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_duration(text)


def test_the_test_clock_moves_every_process(database_url: str) -> None:
    import app  # noqa: F401
    from foundation.database import Base

    mover, watcher = Database(database_url), Database(database_url)
    Base.metadata.create_all(mover.engine)
    before = watcher.clock.now()
    mover.move_clock(timedelta(days=2))
    fresh = Database(database_url)

    assert fresh.clock.now() - before > timedelta(days=1, hours=23)
    for database in (mover, watcher, fresh):
        database.close()

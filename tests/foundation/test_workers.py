"""Who is dead, and who only stood still for a moment."""

import pytest

from foundation.database import Database
from foundation.workers import (
    LOOKS_UNTIL_DEAD,
    Watch,
    WorkerRefused,
    beat,
    only_worker,
    sign_in,
    sign_off,
    strike_off,
)


def test_a_worker_is_dead_when_its_beat_stood_still_in_several_looks() -> None:
    watch = Watch()

    looks = [watch.dead({"a": 7, "b": number}) for number in range(LOOKS_UNTIL_DEAD)]

    assert looks == [[]] * (LOOKS_UNTIL_DEAD - 1) + [["a"]]


def test_one_beat_is_enough_to_be_alive_again() -> None:
    watch = Watch()
    for count in (1, 1, 1, 2, 2, 2):
        assert watch.dead({"a": count}) == []


def test_a_worker_that_said_goodbye_is_taken_over_at_the_first_look(database: Database) -> None:
    with database.transaction() as session:
        assert sign_in(session, "leaving") == []
        assert sign_in(session, "staying") == ["leaving"]
        sign_off(session, "leaving")
        others = beat(session, "staying")

    assert others is not None
    assert Watch().dead(others) == ["leaving"]


def test_a_worker_that_was_taken_for_dead_learns_it_at_its_next_beat(database: Database) -> None:
    with database.transaction() as session:
        sign_in(session, "slow")
        strike_off(session, ["slow"])

        assert beat(session, "slow") is None


def test_sqlite_has_place_for_one_worker(database: Database) -> None:
    first = only_worker(database)
    if not database.is_sqlite:
        assert first is None
        return

    with pytest.raises(WorkerRefused, match="takes one only"):
        only_worker(database)

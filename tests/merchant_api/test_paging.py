"""Lists are walked in both directions without missing or repeating an object."""

from __future__ import annotations

import pytest

from foundation.database import Database
from tests.merchant_api.conftest import Program
from tests.merchant_api.objects import add_consent


@pytest.fixture
def ids(program: Program, database: Database) -> list[str]:
    """Twenty-three objects, newest first."""
    with database.transaction() as session:
        made = [add_consent(session, program.merchant, "reg_1") for _ in range(23)]
    return sorted(made, reverse=True)


def page(program: Program, **query: object) -> tuple[list[str], bool]:
    answer = program.get("/v1/consent_records", **query).json
    assert answer["object"] == "list"
    return [row["id"] for row in answer["data"]], answer["has_more"]


def test_a_list_has_twenty_objects_unless_asked(program: Program, ids: list[str]) -> None:
    assert page(program) == (ids[:20], True)
    assert page(program, limit=23) == (ids, False)
    assert page(program, limit=22) == (ids[:22], True)
    assert page(program, limit=1) == (ids[:1], True)


@pytest.mark.parametrize("limit", [1, 5, 7, 23, 100])
def test_a_list_is_walked_to_its_end_and_back(program: Program, ids: list[str], limit: int) -> None:
    walked, more = page(program, limit=limit)
    while more:
        part, more = page(program, limit=limit, starting_after=walked[-1])
        walked += part
    back, more = page(program, limit=limit, ending_before=walked[-1])
    while more:
        part, more = page(program, limit=limit, ending_before=back[0])
        back = part + back

    assert walked == ids
    assert back == ids[:-1]


def test_beyond_the_ends_there_is_nothing(program: Program, ids: list[str]) -> None:
    assert page(program, starting_after=ids[-1]) == ([], False)
    assert page(program, ending_before=ids[0]) == ([], False)


def test_a_cursor_of_another_list_is_refused(program: Program, ids: list[str]) -> None:
    del ids
    event_like = program.get("/v1/consent_records", starting_after="evt_1JZQ9A1F2Q8C4GH6K0M2PRSTV")

    assert event_like.status_code == 422
    assert event_like.json["errors"][0]["code"] == "unknown_cursor"

"""`ars numbers …` as an operator meets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner, Result
from structlog.testing import capture_logs

from foundation.database import Database
from foundation.errors import InvalidRequest
from tests.virtual_numbers.fakes import FakeProvider
from tests.virtual_numbers.pool import lend, phone
from virtual_numbers.commands import numbers
from virtual_numbers.provider import Webhooks

WANTED = Webhooks(
    voice_url="https://ars.example/twilio/voice",
    voice_fallback_url="https://fallback.example/voice",
    status_callback="https://ars.example/twilio/call-status",
)
Ars = Callable[..., Result]


@dataclass
class Installed:
    """What app.py hands to the commands."""

    database: Database
    number_provider: FakeProvider
    number_webhooks: Webhooks = WANTED


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def ars(database: Database, provider: FakeProvider) -> Ars:
    """Run `ars numbers …`; a refusal comes through, as app.py will print it."""

    def run(*words: str) -> Result:
        # The log goes elsewhere in an installation: app.py sees to that.
        with capture_logs():
            return CliRunner().invoke(
                numbers, words, obj=Installed(database, provider), catch_exceptions=False
            )

    return run


def printed(result: Result) -> Any:
    return json.loads(result.stdout)


def test_an_empty_pool_says_how_to_fill_it(ars: Ars) -> None:
    result = ars("list")

    assert result.exit_code == 0
    assert "ars numbers add" in result.stdout
    assert printed(ars("list", "--json")) == {"object": "list", "data": []}


def test_numbers_are_added_listed_and_retired(ars: Ars) -> None:
    added = ars("add", "070-1234-5678", "+82212345678")
    retired = ars("retire", "+827012345678")
    listed = printed(ars("list", "--json"))["data"]

    assert (added.exit_code, retired.exit_code) == (0, 0)
    assert "+827012345678" in added.stdout
    assert [(row["number"], row["status"]) for row in listed] == [
        ("+82212345678", "active"),
        ("+827012345678", "retired"),
    ]
    assert listed[0]["last_lent_at"] is None
    assert listed[1]["rests_until"].endswith("Z")


def test_the_list_shows_how_many_customers_hold_a_number(ars: Ars, database: Database) -> None:
    ars("add", "+827012345678")
    with database.transaction() as session:
        lend(session, phone(1), "reg_1")
        lend(session, phone(2), "reg_2")

    (row,) = printed(ars("list", "--json"))["data"]

    assert row["loans_open"] == 2
    assert row["last_lent_at"] is not None
    assert "2 open" in ars("list").stdout


def test_one_number_that_cannot_be_keeps_out_all_and_is_named(ars: Ars) -> None:
    with pytest.raises(InvalidRequest, match="'112'"):
        ars("add", "+827012345678", "112")

    assert printed(ars("list", "--json"))["data"] == []


@pytest.mark.parametrize("words", [("add",), ("retire",), ("sync", "--delete"), ("buy",)])
def test_wrong_usage_ends_with_2(ars: Ars, words: tuple[str, ...]) -> None:
    assert ars(*words).exit_code == 2


@pytest.mark.parametrize("words", [(), ("add",), ("list",), ("retire",), ("sync",)])
def test_every_command_explains_itself(ars: Ars, words: tuple[str, ...]) -> None:
    result = ars(*words, "--help")

    assert result.exit_code == 0
    assert "Usage" in result.stdout


def test_sync_changes_nothing_unless_told(ars: Ars, provider: FakeProvider) -> None:
    ars("add", "+827012345678", "+827012345679")
    provider.rents("PN1", "+827012345678")
    provider.rents("PN3", "+827099999999")

    result = ars("sync")

    assert result.exit_code == 0
    assert "+827012345678 voice_url is '', and should be" in result.stdout
    assert "+827012345679 is in the pool only" in result.stdout
    assert "+827099999999 is at the provider only" in result.stdout
    assert "Nothing was changed" in result.stdout
    assert provider.writes == 0


def test_sync_with_apply_sets_what_differs_once(ars: Ars, provider: FakeProvider) -> None:
    ars("add", "+827012345678")
    provider.rents("PN1", "+827012345678", voice_method="GET")

    first, second = printed(ars("sync", "--apply", "--json")), printed(ars("sync", "--json"))

    assert first["changed"] == 1
    assert {
        "number": "+827012345678",
        "kind": "field_differs",
        "field": "voice_method",
        "found": "GET",
        "wanted": "POST",
    } in first["differences"]
    assert second == {"differences": [], "changed": 0}
    assert "Nothing differs" in ars("sync", "--apply").stdout


def test_long_work_shows_its_progress_beside_the_output(ars: Ars) -> None:
    many = [f"+82701234{position:04}" for position in range(60)]

    result = ars("add", "--json", *many)

    assert len(printed(result)["data"]) == 60
    assert "Adding" in result.stderr

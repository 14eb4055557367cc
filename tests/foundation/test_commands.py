"""`ars migrate` and `ars keys …` as an operator meets them, and a program that reads their JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from billing_core.events import WebhookEndpoint
from foundation.commands import keys, migrate
from foundation.database import Database
from foundation.errors import InvalidRequest, SettingsError
from foundation.key_rotation import publish_keys
from foundation.master_keys import MasterKeys
from foundation.process_commands import web, worker
from foundation.schema import newest_revision
from foundation.sealing import ANSWERS, SECRETS, Opener, Sealer, place_of
from tests.clocks import HandClock
from tests.foundation.endpoints import add_endpoint


@dataclass
class Installed:
    """What app.py hands to the commands."""

    database: Database
    masters: MasterKeys
    has_live_keys: Callable[[], bool] = lambda: False


def types(command: click.Command, installed: Installed, *words: str) -> Result:
    """Run a command; a refusal comes through, as app.py will print it."""
    return CliRunner().invoke(command, words, obj=installed, catch_exceptions=False)


def printed(result: Result) -> Any:
    return json.loads(result.stdout)


@pytest.fixture
def installed(database: Database, masters: MasterKeys) -> Installed:
    return Installed(database, masters)


def test_migrating_tells_the_schema_and_no_password(database_url: str, masters: MasterKeys) -> None:
    database = Database(database_url)
    installed = Installed(database, masters)

    told, again = types(migrate, installed, "--json"), types(migrate, installed)
    database.close()

    name = database.url.render_as_string(hide_password=True)
    assert printed(told) == {"database": name, "schema": newest_revision()}
    assert again.stdout == f"The schema of {name} is the newest.\n"


def test_the_keys_are_listed_and_never_shown(installed: Installed) -> None:
    listed = printed(types(keys, installed, "list", "--json"))

    assert {key["purpose"] for key in listed} == {ANSWERS, SECRETS}
    assert {key["master_id"] for key in listed} == {"m1"}
    assert all(key.keys() == {"id", "purpose", "master_id", "created_at"} for key in listed)
    assert all(
        key["id"] in line
        for key, line in zip(
            listed, types(keys, installed, "list").stdout.splitlines(), strict=True
        )
    )


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_new_key_is_an_entry_for_master_keys(installed: Installed) -> None:
    made = printed(types(keys, installed, "new", "k2026", "--json"))
    line = types(keys, installed, "new", "k2027").stdout.strip()

    assert made["id"] == "k2026"
    assert MasterKeys.parse(f"{made['entry']},{line}").ids == ("k2026", "k2027")
    with pytest.raises(InvalidRequest, match="1 to 32"):
        types(keys, installed, "new", "a:b", "--json")


def test_a_rotation_tells_how_many_secrets_changed_and_the_key(
    database: Database, sealer: Sealer
) -> None:
    old, new = MasterKeys.generate("old"), MasterKeys.generate("new")
    with database.transaction() as session:
        publish_keys(session, MasterKeys.parse(old))
        add_endpoint(session, sealer)
    installed = Installed(database, MasterKeys.parse(f"{new},{old}"))

    told = printed(types(keys, installed, "rotate", "--json"))
    again = types(keys, installed, "rotate")

    assert told == {"changed": 1, "master_id": "new"}
    assert again.stdout == "0 secrets are now under the key new.\n"


def test_a_rotation_back_to_an_older_master_key_is_a_rotation(
    database: Database, sealer: Sealer
) -> None:
    clock = database.clock = HandClock(database.clock.now())
    one, two = MasterKeys.generate("one"), MasterKeys.generate("two")
    for listed in (one, f"{two},{one}"):
        clock.advance(hours=1)
        with database.transaction() as session:
            publish_keys(session, MasterKeys.parse(listed))
    with database.transaction() as session:
        add_endpoint(session, sealer)
    clock.advance(hours=1)
    back = Installed(database, MasterKeys.parse(f"{one},{two}"))

    changed = [printed(types(keys, back, "rotate", "--json"))["changed"] for _ in range(2)]

    assert changed == [1, 0]
    with database.reading() as session:
        endpoint = session.scalars(sa.select(WebhookEndpoint)).one()
        place = place_of(WebhookEndpoint.__table__.c.secret, endpoint.id)
        assert Opener(database, MasterKeys.parse(one)).open(endpoint.secret, place).reveal()


def test_another_master_key_under_a_known_id_is_refused_before_anything_is_sealed(
    database: Database,
) -> None:
    stranger = Installed(database, MasterKeys.parse(MasterKeys.generate("m1")))

    with pytest.raises(SettingsError, match=r"^MASTER_KEYS: the key m1 is not the one"):
        types(keys, stranger, "rotate")


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    ("command", "option"), [(web, "--bind"), (worker, "--metrics")], ids=["web", "worker"]
)
@pytest.mark.parametrize("written", ["8000", ":8000", "127.0.0.1:", "127.0.0.1:http", "::1:65536"])
def test_what_is_no_address_is_wrong_usage(
    installed: Installed, command: click.Command, option: str, written: str
) -> None:
    refused = types(command, installed, option, written)

    assert refused.exit_code == 2
    assert f"Invalid value for '{option}': '{written}' is not HOST:PORT" in refused.stderr

"""`ars migrate` and `ars keys …` as an operator meets them, and a program that reads their JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from billing_core.actions.add_webhook_endpoint import add_webhook_endpoint
from billing_core.actions.create_merchant import create_merchant
from foundation.commands import keys, migrate
from foundation.database import Database, Session
from foundation.errors import InvalidRequest
from foundation.key_rotation import publish_keys
from foundation.master_keys import MasterKeys
from foundation.schema import newest_revision
from foundation.sealing import ANSWERS, SECRETS, Sealer


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


def add_endpoint(session: Session, sealer: Sealer) -> None:
    """An endpoint, whose secret lasts and is sealed."""
    merchant, _key = create_merchant(session, name="한빛")
    add_webhook_endpoint(
        session,
        merchant=merchant,
        url="http://127.0.0.1:9/",
        events=["*"],
        metadata={},
        sealer=sealer,
        allow_private=True,
    )

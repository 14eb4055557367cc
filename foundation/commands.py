"""`ars migrate`, `ars clock …` and `ars keys …`: the ground, from the operator's side."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Protocol

import click
import sqlalchemy as sa

from foundation.clock import OFFSET_MAX_AGE_S, Clock, pause
from foundation.command_line import as_json
from foundation.database import Database
from foundation.errors import Conflict, InvalidRequest
from foundation.key_rotation import publish_keys, reseal_secrets
from foundation.master_keys import MasterKeys
from foundation.schema import migrate as migrate_schema
from foundation.schema import newest_revision
from foundation.sealing import Opener, Sealer, SealingKey

_DURATION = re.compile(r"(\d+)(s|m|h|d|w)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# A century ahead, calendars and certificates are no longer a test of anything.
ADVANCE_MAX = timedelta(days=3660)


class Surroundings(Protocol):
    """What these commands take from `click.Context.obj`."""

    @property
    def database(self) -> Database: ...

    @property
    def masters(self) -> MasterKeys: ...

    def has_live_keys(self) -> bool: ...


@click.command()
@as_json
@click.pass_obj
def migrate(surroundings: Surroundings, *, as_json: bool) -> None:
    """Bring the database named by DATABASE_URL to the newest schema. Safe to repeat."""
    database = surroundings.database
    migrate_schema(database)
    with database.transaction() as session:
        publish_keys(session, surroundings.masters)
    name = database.url.render_as_string()
    if as_json:
        click.echo(json.dumps({"database": name, "schema": newest_revision()}))
    else:
        click.echo(f"The schema of {name} is the newest.")


@click.group()
def clock() -> None:
    """The test clock: moves schedules, retries, expiry and limits. Not for live money."""


@clock.command("show")
@as_json
@click.pass_obj
def show(surroundings: Surroundings, *, as_json: bool) -> None:
    """Say what time it is for this installation."""
    _tell_time(surroundings.database.clock, as_json=as_json)


@clock.command("advance")
@click.argument("duration")
@as_json
@click.pass_obj
def advance(surroundings: Surroundings, duration: str, *, as_json: bool) -> None:
    """Move the clock forward by DURATION, such as 90s, 15m, 3d or 1d12h. It never moves back."""
    by = parse_duration(duration)
    if surroundings.has_live_keys():
        raise Conflict("The clock cannot be moved where live keys exist: real money follows it.")
    surroundings.database.move_clock(by)
    # Every process has noticed when this command returns.
    pause(OFFSET_MAX_AGE_S + 0.1)
    _tell_time(surroundings.database.clock, as_json=as_json)


def _tell_time(clock: Clock, *, as_json: bool) -> None:
    now, offset = clock.now(), clock.offset()
    if as_json:
        seconds = int(offset.total_seconds())
        click.echo(json.dumps({"now": now.isoformat(), "offset_seconds": seconds}))
    else:
        click.echo(f"It is {now:%Y-%m-%d %H:%M:%S} UTC, moved by {offset}.")


@click.group()
def keys() -> None:
    """The keys that seal what must not be read."""


@keys.command("list")
@as_json
@click.pass_obj
def list_keys(surroundings: Surroundings, *, as_json: bool) -> None:
    """Show which sealing keys exist; never the keys themselves."""
    with surroundings.database.reading() as session:
        found = session.scalars(sa.select(SealingKey).order_by(SealingKey.created_at)).all()
    if as_json:
        click.echo(json.dumps([_key_view(key) for key in found]))
        return
    for key in found:
        click.echo(f"{key.id}  under {key.master_id}  since {key.created_at:%Y-%m-%d %H:%M} UTC")
    if not found:
        click.echo("There is no sealing key yet. Run `ars migrate`.")


def _key_view(key: SealingKey) -> dict[str, str]:
    return {
        "id": key.id,
        "purpose": key.purpose,
        "master_id": key.master_id,
        "created_at": key.created_at.isoformat(),
    }


@keys.command("new")
@click.argument("name")
@as_json
def new_key(name: str, *, as_json: bool) -> None:
    """Print a new entry for MASTER_KEYS under this NAME. Put it first, keep the old ones behind it."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", name):
        raise InvalidRequest.field("/name", "A key's name has 1 to 32 letters, digits, - or _.")
    entry = MasterKeys.generate(name)
    click.echo(json.dumps({"id": name, "entry": entry}) if as_json else entry)


@keys.command("rotate")
@as_json
@click.pass_obj
def rotate(surroundings: Surroundings, *, as_json: bool) -> None:
    """Close every lasting secret anew under the first key of MASTER_KEYS. Safe to repeat."""
    database = surroundings.database
    opener, sealer = Opener(database, surroundings.masters), Sealer(database)
    with database.transaction() as session:
        publish_keys(session, surroundings.masters)
    with database.transaction() as session:
        changed = reseal_secrets(session, opener, sealer)
    newest = surroundings.masters.newest
    if as_json:
        click.echo(json.dumps({"changed": changed, "master_id": newest}))
    else:
        click.echo(f"{changed} secrets are now under the key {newest}.")


def parse_duration(text: str) -> timedelta:
    """Read 90s, 15m, 2h, 3d, 1w or several of them together. Raises InvalidRequest."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text or len(text) > 40:
        raise InvalidRequest.field(
            "/duration", f"{text!r} is no duration. Write 90s, 15m, 2h, 3d, 1w or 1d12h."
        )
    by = timedelta()
    for number, unit in parts:
        by += timedelta(**{_UNITS[unit]: int(number[:9])})
    if by > ADVANCE_MAX:
        raise InvalidRequest.field("/duration", "The clock moves by ten years at most.")
    return by

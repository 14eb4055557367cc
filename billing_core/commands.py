"""`ars merchant …` and `ars consents …`."""

from __future__ import annotations

import json
from typing import Protocol

import click

from billing_core.actions.create_merchant import create_merchant
from billing_core.actions.verify_consents import verify_consents
from foundation.database import Database
from foundation.errors import Conflict, InvalidRequest
from foundation.phone_number import PhoneNumber


class Surroundings(Protocol):
    """What these commands take from `click.Context.obj`."""

    @property
    def database(self) -> Database: ...


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


@click.group()
def merchant() -> None:
    """The merchants who collect payments."""


@merchant.command("create")
@click.option("--name", required=True, help="The registered name; texts begin with it.")
@click.option("--spoken-name", help="How the voice says it; the name itself by default.")
@click.option("--phone", help="The number customers may call with questions.")
@click.option("--live", is_flag=True, help="Give out a live key instead of a test key.")
@as_json
@click.pass_obj
def create(
    surroundings: Surroundings,
    name: str,
    spoken_name: str | None,
    phone: str | None,
    *,
    live: bool,
    as_json: bool,
) -> None:
    """Take in a merchant and print its id and secret key. The key is shown once."""
    if live and surroundings.database.clock.offset():
        raise Conflict("The test clock of this installation was moved; live keys need real time.")
    with surroundings.database.transaction() as session:
        made, key = create_merchant(
            session,
            name=name,
            spoken_name=spoken_name,
            phone=_phone(phone) if phone else None,
            livemode=live,
        )
    if as_json:
        click.echo(json.dumps({"id": made.id, "secret_key": key}))
    else:
        click.echo(f"Merchant   {made.id}\nSecret key {key}\nKeep the key now: it is not shown again.")


@click.group()
def consents() -> None:
    """The records of what customers agreed to."""


@consents.command("verify")
@as_json
@click.pass_obj
def verify(surroundings: Surroundings, *, as_json: bool) -> None:
    """Walk every chain of consent records; exit 1 where one was changed, removed or slipped in."""
    with surroundings.database.reading() as session:
        count, breaks = verify_consents(session)
    if as_json:
        click.echo(json.dumps({"records": count, "breaks": [vars(found) for found in breaks]}))
    elif not breaks:
        click.echo(f"{count} consent records, every chain holds.")
    for found in breaks:
        click.echo(f"{found.merchant_id} at {found.position}: {found.why}", err=True)
    if breaks:
        raise click.exceptions.Exit(1)


def _phone(written: str) -> PhoneNumber:
    try:
        return PhoneNumber.parse(written)
    except ValueError as error:
        raise InvalidRequest.field("/phone", f"--phone: {error}.") from None

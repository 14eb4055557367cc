"""`ars numbers …`: the pool, from the operator's side."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any, Protocol

import click
import sqlalchemy as sa

from foundation.command_line import as_json
from foundation.database import Database
from virtual_numbers.actions.add_number import add_number
from virtual_numbers.actions.retire_number import retire_number
from virtual_numbers.numbers import VirtualNumber, loans_open_by_number
from virtual_numbers.provider import Provider, Webhooks
from virtual_numbers.provider_sync import (
    Difference,
    FieldDiffers,
    OnlyHere,
    OnlyThere,
    apply,
    compare,
    numbers_to_set,
)

# Fewer are done before a progress bar could be read.
PROGRESS_FROM = 50


class Surroundings(Protocol):
    """What these commands take from `click.Context.obj`; each is asked for only when needed."""

    @property
    def database(self) -> Database: ...

    @property
    def number_provider(self) -> Provider: ...

    @property
    def number_webhooks(self) -> Webhooks: ...


@click.group()
def numbers() -> None:
    """The pool of virtual numbers that customers call."""


@numbers.command("add")
@click.argument("e164", nargs=-1, required=True)
@as_json
@click.pass_obj
def add(surroundings: Surroundings, e164: tuple[str, ...], *, as_json: bool) -> None:
    """Put numbers into the pool: all of those given, or none if one cannot be.

    Numbers may be written as +827012345678 or 070-1234-5678. Adding a number again changes nothing.
    A retired number may come back after 24 hours of rest.
    """
    with surroundings.database.transaction() as session, _progress("Adding", len(e164)) as bar:
        added = []
        for written in e164:
            added.append(add_number(session, written))
            bar.update(1)
        _show(added, loans_open_by_number(session), as_json=as_json)


@numbers.command("list")
@as_json
@click.pass_obj
def list_(surroundings: Surroundings, *, as_json: bool) -> None:
    """Show the pool: each number, whether it is lent, and to how many customers now."""
    with surroundings.database.reading() as session:
        pool = session.scalars(sa.select(VirtualNumber).order_by(VirtualNumber.e164)).all()
        _show(pool, loans_open_by_number(session), as_json=as_json)
    if not pool and not as_json:
        click.echo("The pool is empty. Add a number with: ars numbers add +827012345678")


@numbers.command("retire")
@click.argument("e164")
@as_json
@click.pass_obj
def retire(surroundings: Surroundings, e164: str, *, as_json: bool) -> None:
    """Lend a number no more. Customers who hold it can still call it until their request ends."""
    with surroundings.database.transaction() as session:
        retired = retire_number(session, e164)
        _show([retired], loans_open_by_number(session), as_json=as_json)


@numbers.command("sync")
@click.option("--apply", "is_applied", is_flag=True, help="Set what differs at the provider.")
@as_json
@click.pass_obj
def sync(surroundings: Surroundings, *, is_applied: bool, as_json: bool) -> None:
    """Compare the pool with the provider's numbers and say what differs.

    Without --apply nothing is changed. With it, numbers that both sides have are set to ring here.
    Numbers are never bought or released.
    """
    provider, wanted = surroundings.number_provider, surroundings.number_webhooks
    with surroundings.database.reading() as session:
        pool = session.scalars(sa.select(VirtualNumber)).all()
    differences = compare(pool, provider.list_numbers(), wanted)
    changed = 0
    if is_applied:
        with _progress("Setting", len(numbers_to_set(differences))) as bar:
            changed = apply(provider, differences, wanted, after_each=lambda _: bar.update(1))
    if as_json:
        _print_json({"differences": [_as_object(each) for each in differences], "changed": changed})
    else:
        _tell(differences, changed, is_applied=is_applied)


def _progress(label: str, length: int) -> Any:
    return click.progressbar(
        length=length,
        label=label,
        file=sys.stderr,
        hidden=length < PROGRESS_FROM,
    )


def _show(pool: Iterable[VirtualNumber], loans_open: Any, *, as_json: bool) -> None:
    shown = [_as_row(number, loans_open.get(number.id, 0)) for number in pool]
    if as_json:
        _print_json({"object": "list", "data": shown})
        return
    for row in shown:
        lent = f"last lent {row['last_lent_at']}" if row["last_lent_at"] else "never lent"
        click.echo(f"{row['number']:<16} {row['status']:<8} {row['loans_open']:>7} open  {lent}")


def _as_row(number: VirtualNumber, loans_open: int) -> dict[str, Any]:
    return {
        "id": number.id,
        "object": "virtual_number",
        "number": number.e164.e164,
        "status": number.status.value,
        "loans_open": loans_open,
        "last_lent_at": _moment(number.last_lent_at) if number.has_been_lent else None,
        "retired_at": _moment(number.retired_at),
        "rests_until": _moment(number.rests_until),
        "created_at": _moment(number.created_at),
    }


def _moment(at: Any) -> str | None:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else None


def _as_object(difference: Difference) -> dict[str, str]:
    number = difference.number.e164
    match difference:
        case OnlyHere():
            return {"number": number, "kind": "only_here"}
        case OnlyThere():
            return {"number": number, "kind": "only_there"}
        case FieldDiffers(_, _, field, found, wanted):
            return {
                "number": number,
                "kind": "field_differs",
                "field": field,
                "found": found,
                "wanted": wanted,
            }


def _tell(differences: list[Difference], changed: int, *, is_applied: bool) -> None:
    for difference in differences:
        click.echo(_sentence(difference))
    to_set = len(numbers_to_set(differences))
    if not differences:
        click.echo("Nothing differs between the pool and the provider.")
    elif is_applied:
        click.echo(f"Numbers set at the provider: {changed}.")
    elif to_set:
        click.echo(f"Nothing was changed. With --apply, numbers set at the provider: {to_set}.")


def _sentence(difference: Difference) -> str:
    number = difference.number.e164
    match difference:
        case OnlyHere():
            return f"{number} is in the pool only: retire it here, or rent it at the provider."
        case OnlyThere():
            return f"{number} is at the provider only: add it here with `ars numbers add {number}`."
        case FieldDiffers(_, _, field, found, wanted):
            return f"{number} {field} is {found!r}, and should be {wanted!r}."


def _print_json(content: object) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))

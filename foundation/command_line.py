"""What every `ars` command has in common: one clear line for a refusal, `--json`, and addresses."""

from __future__ import annotations

from typing import Any

import click
import sqlalchemy as sa

from foundation.database import what_the_driver_said
from foundation.errors import ArsError

PORT_MAX = 65535

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


class OneLine(click.Group):
    """Says every refusal in one clear line on stderr and exits with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ArsError as refusal:
            detail = getattr(refusal, "detail", str(refusal))
            faults = [fault.detail for fault in getattr(refusal, "faults", ())]
            click.echo(f"ars: {faults[0] if faults else detail}", err=True)
        except (sa.exc.IntegrityError, sa.exc.DataError):
            # A fault of ours, not of the database.
            raise
        except sa.exc.DatabaseError as error:
            said = _trouble_with(ctx.obj.database.url, what_the_driver_said(error))
            click.echo(f"ars: {said}", err=True)
        return ctx.exit(1)


class Address(click.ParamType[tuple[str, int]]):
    """Where to listen: a host and a port."""

    name = "HOST:PORT"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, int]:
        """Read it; what cannot be listened on is wrong usage."""
        if isinstance(value, tuple):
            return value
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or int(port) > PORT_MAX:
            self.fail(f"{value!r} is not HOST:PORT", param, ctx)
        return host, int(port)


ADDRESS = Address()


def _trouble_with(database: sa.URL, said: str) -> str:
    if any(word in said for word in ("no such", "does not exist", "undefined")):
        # The whole address may hold a password, in more places than one.
        name = "/".join(part for part in (database.host, database.database) if part)
        return (
            f"the database {name} is not ready ({said}). Run `ars migrate`, "
            "or name another one in DATABASE_URL or ARS_VAR."
        )
    return f"DATABASE_URL: the database does not answer: {said}"

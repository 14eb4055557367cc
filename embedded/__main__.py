"""`python -m embedded run` and `python -m embedded demo`, for the Makefile."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import click

from embedded import service
from embedded.demo import play
from embedded.processes import (
    NotStarted,
    free_port,
    is_free,
    is_held,
    process_tree,
    wait_for_interrupt,
)
from embedded.welcome import welcome

WATCH_EVERY_S = 0.5
PORT = click.IntRange(1, 65535)


@click.group()
def embedded() -> None:
    """The whole service on this machine: web server, worker and phone simulator."""
    # Database, keys and logs are for their owner only, in a folder that was there before as well.
    os.umask(0o077)


@embedded.command()
@click.option(
    "--var",
    envvar="ARS_VAR",
    default="var",
    show_default=True,
    show_envvar=True,
    type=click.Path(path_type=Path),
)
@click.option("--port", default=8000, show_default=True, type=PORT, help="Port of the web server.")
@click.option("--simulator-port", default=8001, show_default=True, type=PORT)
def run(var: Path, port: int, simulator_port: int) -> None:
    """Run until Ctrl-C, with demo data, and say how to try it."""
    if port == simulator_port:
        _stop("Web server and simulator need a port each: --port and --simulator-port.")
    for option, wanted in (("--port", port), ("--simulator-port", simulator_port)):
        if not is_free(wanted):
            other = f".venv/bin/python -m embedded run {option} {free_port()}"
            _stop(f"Port {wanted} is in use. Stop what uses it, or choose another: `{other}`.")
    try:
        var.mkdir(parents=True, exist_ok=True)
        is_ours = is_held(var)
    except OSError as error:
        _stop(f"ARS_VAR: {var}: {error.strerror}. Name a folder that may be written to.")
    if not is_ours:
        _stop(f"A service is running in {var} already. Stop it, or name another folder in ARS_VAR.")
    address = service.Address(port, simulator_port)
    click.echo("Starting: schema, demo data, phone simulator, web server, worker …")
    try:
        with process_tree(service.environment_of(var, address), var / "logs") as tree:
            asked_to_stop = wait_for_interrupt()
            merchant = service.start(tree, var, address)
            click.echo(welcome(address, merchant["secret_key"], var))
            while not asked_to_stop.wait(WATCH_EVERY_S):
                tree.require_all()
            click.echo("Stopping …")
    except NotStarted as error:
        _stop(str(error))


@embedded.command()
def demo() -> None:
    """Play the calls of the demo in a temporary folder; exit 0 if all came out as written."""
    with tempfile.TemporaryDirectory(prefix="ars-demo-") as folder:
        var = Path(folder)
        address = service.Address(free_port(), free_port())
        try:
            with process_tree(service.environment_of(var, address), var / "logs") as tree:
                service.start(tree, var, address)
                is_right = play(address, tree.environment)
        except NotStarted as error:
            _stop(str(error))
    sys.exit(0 if is_right else 1)


def _stop(why: str) -> NoReturn:
    click.echo(why, err=True)
    sys.exit(1)


if __name__ == "__main__":
    embedded()

"""`ars web` and `ars worker`: the two processes of an installation."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import Protocol

import click
from prometheus_client import start_http_server

from foundation.command_line import ADDRESS
from foundation.database import Database
from foundation.errors import SettingsError
from foundation.jobs import Job, Sweep
from foundation.key_rotation import require_same_masters
from foundation.listening import require_free
from foundation.logs import log_to_stderr
from foundation.master_keys import MasterKeys
from foundation.schema import require_schema


class Surroundings(Protocol):
    """What these commands take from `click.Context.obj`."""

    # Where the server finds the web application: "module:function".
    web_application: str

    @property
    def database(self) -> Database: ...

    @property
    def masters(self) -> MasterKeys: ...

    @property
    def worker_poll_s(self) -> float: ...

    def require_own_token(self) -> None: ...

    def jobs(self) -> Sequence[Job]: ...

    def sweeps(self) -> Sequence[Sweep]: ...


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, type=ADDRESS)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64))
@click.pass_obj
def web(surroundings: Surroundings, bind: tuple[str, int], workers: int, threads: int) -> None:
    """Serve the API and the webhooks."""
    host, port = bind
    require_free(host, port)
    require_schema(surroundings.database)
    surroundings.require_own_token()
    surroundings.database.close()
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": str(workers),
        "--blocking-threads": str(threads),
        "--workers-kill-timeout": "10",
        "--log-level": "warning",
    }
    flags = ["--factory", "--respawn-failed-workers", "--no-access-log"]
    words = [word for option in options.items() for word in option]
    served = surroundings.web_application
    # Becoming the server leaves its parent process small: it need not import what its workers do.
    python = sys.executable
    os.execv(python, [python, "-m", "granian", *words, *flags, served])  # noqa: S606


@click.command()
@click.option(
    "--concurrency",
    default=64,
    show_default=True,
    type=click.IntRange(1, 256),
    help="How many callers' work is done at once. Each waits for an acquirer, for seconds.",
)
@click.option("--metrics", type=ADDRESS, help="Serve this worker's figures for Prometheus.")
@click.pass_obj
def worker(surroundings: Surroundings, concurrency: int, metrics: tuple[str, int] | None) -> None:
    """Do the work that web processes stage: acquirers, texts, events, and everything timed."""
    from foundation.worker import Worker  # noqa: PLC0415 (the engine is slow to import)

    log_to_stderr()
    require_schema(surroundings.database)
    surroundings.require_own_token()
    with surroundings.database.reading() as session:
        require_same_masters(session, surroundings.masters)
    if metrics:
        _serve_metrics(*metrics)
    at_work = Worker(
        surroundings.database,
        jobs=surroundings.jobs(),
        sweeps=surroundings.sweeps(),
        concurrency=concurrency,
        urgent_poll_s=surroundings.worker_poll_s,
    )
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: at_work.stop())
    at_work.run()


def _serve_metrics(host: str, port: int) -> None:
    try:
        start_http_server(port, addr=host)
    except OSError as error:
        raise SettingsError(f"--metrics: cannot listen on {host}:{port}: {error}") from None

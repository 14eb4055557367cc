"""How many charges under standing consent one core accepts, through the real web server.

    python -m benchmarks.charges_accepted --postgres postgresql+psycopg://user@host/postgres \\
        [--stored 1000000] [--seconds 10] [--clients 4]

One web process, several client processes, nobody at work: measured is what the merchant waits for.
The web process takes at most one core, so charges per core are charges per second of processor time
it used: on a machine that has other things to do the time on the wall says little. With --stored the
same is measured again behind that many charges, each with its key and its job; it should cost the
same. Too few per core, or a cost that grows beyond the bound, ends with exit code 1.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

import sqlalchemy as sa

from benchmarks.stored_charges import Till, open_tills, store
from foundation.database import Base, Database
from foundation.jobs import migrate_engine
from foundation.master_keys import MasterKeys

PER_CORE_MIN = 200
# A million stored charges make indexes a level deeper; more than that is a scan somewhere.
GROWTH_MAX = 1.3
NAME = "charges_accepted"
PORT = 8765
# Each has its own rate, its own lists, and its own place in the indexes.
MERCHANTS = 40
WARM_UP_S = 3.0
START_MAX_S = 60.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
CREATED = 201


@dataclass(frozen=True)
class Figures:
    """What one run showed."""

    stored: int
    accepted: int
    wall_s: float
    web_s: float
    database_s: float
    waits: list[float]

    @property
    def per_core(self) -> float:
        return self.accepted / self.web_s

    @property
    def cost_ms(self) -> float:
        """Processor time of web process and database for one charge."""
        return (self.web_s + self.database_s) / self.accepted * 1e3


def main() -> int:
    """Measure, print the table, and say whether the bounds hold."""
    parser = argparse.ArgumentParser(description="Charges accepted per core.")
    parser.add_argument("--postgres", required=True, help="a server in which a database is made")
    parser.add_argument("--stored", type=int, default=0, help="measure again behind so many")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=4)
    asked = parser.parse_args()
    with _database(asked.postgres) as database:
        masters = MasterKeys.generate("benchmark")
        tills = open_tills(database, MasterKeys.parse(masters), MERCHANTS)
        found = [_run(database, masters, tills, 0, asked)]
        if asked.stored:
            started = time.monotonic()
            store(database, tills, asked.stored)
            sys.stdout.write(f"{asked.stored:,} stored in {time.monotonic() - started:.0f} s\n")
            found.append(_run(database, masters, tills, asked.stored, asked))
    return _judge(found)


def _judge(found: list[Figures]) -> int:
    sys.stdout.write(
        f"{'stored':>10}{'accepted':>10}{'per s':>8}{'median ms':>11}{'p95 ms':>9}"
        f"{'web ms':>9}{'database ms':>13}{'per core':>10}\n"
    )
    for figures in found:
        median, p95 = (
            statistics.median(figures.waits),
            statistics.quantiles(figures.waits, n=20)[-1],
        )
        sys.stdout.write(
            f"{figures.stored:>10,}{figures.accepted:>10,}"
            f"{figures.accepted / figures.wall_s:>8.0f}{median * 1e3:>11.1f}{p95 * 1e3:>9.1f}"
            f"{figures.web_s / figures.accepted * 1e3:>9.2f}"
            f"{figures.database_s / figures.accepted * 1e3:>13.2f}{figures.per_core:>10.0f}\n"
        )
    slowest = min(figures.per_core for figures in found)
    growth = found[-1].cost_ms / found[0].cost_ms
    sys.stdout.write(
        f"least per core {slowest:.0f}, bound {PER_CORE_MIN}; "
        f"cost grows by {growth:.2f}, bound {GROWTH_MAX}\n"
    )
    return 0 if slowest >= PER_CORE_MIN and growth <= GROWTH_MAX else 1


def _run(
    database: Database, masters: str, tills: list[Till], stored: int, asked: argparse.Namespace
) -> Figures:
    with _web(database, masters) as web, Pool(asked.clients) as clients:
        shares = [tills[start :: asked.clients] for start in range(asked.clients)]
        clients.starmap(_pay, [(share, WARM_UP_S) for share in shares])
        before, wall = _processor_s(web, database), time.monotonic()
        waits = [
            wait
            for taken in clients.starmap(_pay, [(share, asked.seconds) for share in shares])
            for wait in taken
        ]
        wall_s = time.monotonic() - wall
        web_s, database_s = (
            after - earlier
            for after, earlier in zip(_processor_s(web, database), before, strict=True)
        )
    return Figures(stored, len(waits), wall_s, web_s, database_s, waits)


def _pay(tills: list[Till], seconds: float) -> list[float]:
    """One client: one connection, one charge after the other; return how long each took."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    waits: list[float] = []
    end = time.monotonic() + seconds
    while (started := time.monotonic()) < end:
        till = tills[len(waits) % len(tills)]
        number = os.urandom(8).hex()
        body = {
            "bill_key": till.bill_key,
            "order_id": number,
            "amount": 39000,
            "tax_free_amount": 0,
            "item": "11월 LPG 요금",
            "consent": "none",
            "metadata": {"branch": "수원"},
        }
        headers = {
            "Authorization": f"Bearer {till.key}",
            "Idempotency-Key": number,
            "Content-Type": "application/json",
        }
        connection.request("POST", "/v1/charges", json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != CREATED:
            raise RuntimeError(f"{answer.status}: {text.decode()}")
        waits.append(time.monotonic() - started)
    connection.close()
    return waits


@contextmanager
def _database(server: str) -> Iterator[Database]:
    url = sa.make_url(server)
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {NAME}")
    database = Database(url.set(database=NAME).render_as_string(hide_password=False))
    try:
        # The tables come with the modules that use them.
        import app  # noqa: F401, PLC0415

        Base.metadata.create_all(database.engine)
        migrate_engine(database)
        yield database
    finally:
        database.close()
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {NAME} WITH (FORCE)")


@contextmanager
def _web(database: Database, masters: str) -> Iterator[int]:
    """The web server with one process that answers; gives the id of its parent."""
    words = f"--interface wsgi --host 127.0.0.1 --port {PORT} --workers 1 --blocking-threads 4"
    flags = "--factory --no-access-log --log-level warning app:create_app"
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("w") as log:
        web = subprocess.Popen(
            [sys.executable, "-m", "granian", *words.split(), *flags.split()],
            env=os.environ
            | {
                "DATABASE_URL": database.url.render_as_string(hide_password=False),
                "MASTER_KEYS": masters,
                "ARS_VAR": folder,
            },
            stdout=log,
            stderr=log,
        )
        try:
            _wait_for(web)
            yield web.pid
        finally:
            web.terminate()
            web.wait()


def _wait_for(web: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_MAX_S
    while time.monotonic() < end and web.poll() is None:
        with suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=1)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        time.sleep(0.2)
    raise RuntimeError("the web server did not start")


def _processor_s(web: int, database: Database) -> tuple[float, float]:
    """Processor time so far of the web process, and of the database where it is on this machine."""
    with database.engine.connect() as connection:
        backends = connection.scalars(
            sa.text("SELECT pid FROM pg_stat_activity WHERE datname = :name"), {"name": NAME}
        ).all()
    return sum(map(_ticks, _family(web))) / TICKS_PER_S, sum(map(_ticks, backends)) / TICKS_PER_S


def _family(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *(pid for child in children for pid in _family(int(child)))]


def _ticks(pid: int) -> int:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
    return 0


if __name__ == "__main__":
    sys.exit(main())

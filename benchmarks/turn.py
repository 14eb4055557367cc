"""One turn of a call against a bare route that only reads and writes a row, on the same server.

    python -m benchmarks.turn [--postgres postgresql+psycopg://user@host/database]

Every request is the next turn of another call, so every request is checked, recorded, replayed
and committed. Turns and bare requests are fired in alternation, so that a busy machine slows both.
The bound is about all turns of a registration against a route as it is written with SQLAlchemy; the
barest route, which goes past the unit of work, is shown for comparison.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import sqlalchemy as sa

from benchmarks.bare import BAREST_PATH, PATH, BareRow
from benchmarks.load import Load, fire, post
from billing_core.actions.open_registration import NewRegistration, open_registration
from billing_core.merchants import Merchant
from billing_core.registrations import Channel
from foundation.jobs import stage_with
from foundation.master_keys import MasterKeys
from foundation.phone_number import PhoneNumber
from foundation.sealing import Sealer
from ivr.calls import JournalRow
from tests.postgres import start_postgres
from tests.processes.installation import PUBLIC, Installation, free_port, installation, signature
from tests.sms.fakes import ACCOUNT

# Of seven turns each: enough for steady figures, few enough for a minute.
CALLS = 250
BOUND = 0.6
WEB, BARE = "web", "bare"
# A registration from the greeting to the birth date: what is asked, and what is keyed.
KEYS = (
    ("consent to payments", "1"),
    ("consent to card data", "1"),
    ("card ready", "1"),
    ("card number", "9999000000000004"),
    ("expiry", "0829"),
    ("read back", "1"),
    ("birth date", "900101"),
)


@dataclass(frozen=True)
class Caller:
    """Who calls which number, in which call."""

    sid: str
    phone: str
    dialled: str


@dataclass
class Run:
    """The figures of one database."""

    name: str
    turns: dict[str, Load] = field(default_factory=dict)
    bare: list[Load] = field(default_factory=list)
    barest: list[Load] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return per_s(list(self.turns.values())) / per_s(self.bare)


def main() -> int:
    """Measure, print the table, and say whether the bound holds."""
    parser = argparse.ArgumentParser(description="One turn of a call against a bare route.")
    parser.add_argument("--postgres", help="a server; without it one is started")
    given: str | None = parser.parse_args().postgres
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        runs = [measure("SQLite", f"sqlite:///{folder}/ars.db", folder)]
        server = stack.enter_context(start_postgres(given))
        url = stack.enter_context(server.new_database())
        runs.append(measure("PostgreSQL", url, folder))
    return report(runs)


def measure(name: str, url: str, folder: Path) -> Run:
    """Fire turns and bare requests at one database, in alternation."""
    run = Run(name)
    with prepared(url, folder) as house:
        calls = open_calls(house)
        fire(house.ports[WEB], [voice_request(call) for call in calls])
        for path in (PATH, BAREST_PATH):
            fire(house.ports[BARE], [bare_request(path, call) for call in calls])
        for position, (turn, keys) in enumerate(KEYS):
            answers = [turn_request(call, position, keys) for call in calls]
            run.turns[turn] = fire(house.ports[WEB], answers)
            for path, loads in ((PATH, run.bare), (BAREST_PATH, run.barest)):
                loads.append(fire(house.ports[BARE], [bare_request(path, call) for call in calls]))
        fired = (*run.turns.values(), *run.bare, *run.barest)
        assert not any(load.refused for load in fired)
        check_that_every_turn_was_recorded(house)
    return run


@contextmanager
def prepared(url: str, folder: Path) -> Iterator[Installation]:
    """Two servers on one database: the product, and the yardstick with the same settings."""
    with installation(url, folder, MASTER_KEYS=MasterKeys.generate("m1")) as house:
        house.prepare()
        web = house.start_web(WEB)
        house.waits_for(WEB)
        house.ports[BARE] = free_port()
        words = Path(f"/proc/{web.process.pid}/cmdline").read_text().split("\0")[2:-1]
        words[words.index("--port") + 1] = str(house.ports[BARE])
        words[-1] = "benchmarks.bare:create_app"
        house.start_module(BARE, *words)
        house.waits_for(BARE)
        yield house


def open_calls(house: Installation) -> list[Caller]:
    """One registration and one row of the yardstick for each call."""
    database = house.database()
    stage_with(database)
    sealer = Sealer(database)
    callers = []
    BareRow.__table__.create(database.engine)  # type: ignore[attr-defined]
    with database.transaction() as session:
        merchant = session.scalars(sa.select(Merchant)).one()
        for number in range(CALLS):
            phone = PhoneNumber(f"+8210{number:08d}")
            asked = NewRegistration(
                order_id=f"R-{number}",
                channel=Channel.ARS,
                customer_ref="cust-77",
                customer_name="홍길동",
                phone=phone,
                item="LPG 요금",
                consent="each_charge",
                expires_in=timedelta(days=1),
            )
            made = open_registration(session, merchant=merchant, request=asked, sealer=sealer)
            assert made.virtual_number is not None
            caller = Caller(f"CA{number:032x}", phone.e164, made.virtual_number.e164)
            callers.append(caller)
            session.add(BareRow(id=made.id, name=caller.sid, requests=0))
    database.close()
    return callers


def voice_request(caller: Caller) -> bytes:
    return signed("/twilio/voice", caller, CallStatus="ringing")


def turn_request(caller: Caller, position: int, keys: str) -> bytes:
    return signed(f"/twilio/voice/turn?at={position}", caller, Digits=keys, msg="Gather End")


def bare_request(path: str, caller: Caller) -> bytes:
    return signed(path, caller, Digits="1", msg="Gather End")


def signed(path: str, caller: Caller, **more: str) -> bytes:
    """A webhook with the parameters that the provider sends along with every turn."""
    form = {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": caller.sid,
        "CallStatus": "in-progress",
        "CallToken": "%7B%22parentCallInfoToken%22%3A%22eyJhbGciOiJFUzI1NiJ9%22%7D",
        "Called": caller.dialled,
        "CalledCity": "",
        "CalledCountry": "KR",
        "CalledState": "",
        "CalledZip": "",
        "Caller": caller.phone,
        "CallerCity": "",
        "CallerCountry": "KR",
        "CallerState": "",
        "CallerZip": "",
        "Direction": "inbound",
        "From": caller.phone,
        "FromCity": "",
        "FromCountry": "KR",
        "To": caller.dialled,
        "ToCountry": "KR",
        **more,
    }
    given = {"X-Twilio-Signature": signature(PUBLIC + path, form)}
    return post(path, urlencode(form).encode(), given)


def check_that_every_turn_was_recorded(house: Installation) -> None:
    """A turn that was refused would be quick, and worth nothing."""
    database = house.database()
    with database.reading() as session:
        recorded = session.scalar(sa.select(sa.func.count()).select_from(JournalRow))
    database.close()
    assert recorded == CALLS * len(KEYS), f"{recorded} turns were recorded"


def report(runs: Sequence[Run]) -> int:
    """Print the table; 0 if every ratio is within the bound."""
    print(f"{'':<12}{'requests of':<24}{'a second':>10}{'median ms':>11}{'p99 ms':>9}{'ratio':>8}")
    for run in runs:
        for turn, load in run.turns.items():
            row(run, turn, [load])
        row(run, "all turns", list(run.turns.values()))
        row(run, "bare route", run.bare)
        row(run, "barest route", run.barest)
    for run in runs:
        barest = per_s(list(run.turns.values())) / per_s(run.barest)
        print(f"{run.name}: {run.ratio:.2f} of the bare route, {barest:.2f} of the barest")
    worst = min(run.ratio for run in runs)
    print(f"worst ratio {worst:.2f}, bound {BOUND}")
    return 0 if worst >= BOUND else 1


def row(run: Run, what: str, loads: Sequence[Load]) -> None:
    seconds = sorted(second for load in loads for second in load.seconds)
    median, p99 = seconds[len(seconds) // 2] * 1e3, seconds[len(seconds) * 99 // 100] * 1e3
    ratio = per_s(loads) / per_s(run.bare)
    print(f"{run.name:<12}{what:<24}{per_s(loads):>10.0f}{median:>11.1f}{p99:>9.1f}{ratio:>8.2f}")


def per_s(loads: Sequence[Load]) -> float:
    """Requests a second over several loads."""
    return sum(len(load.seconds) for load in loads) / sum(load.took_s for load in loads)


if __name__ == "__main__":
    sys.exit(main())

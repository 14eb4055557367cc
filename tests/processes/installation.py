"""An installation made of real processes: `ars web` and `ars worker` on free ports, killed at the end."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import app  # noqa: F401 (brings every table)
from billing_core.actions.create_merchant import create_merchant
from foundation.database import Database
from foundation.key_rotation import publish_keys
from foundation.master_keys import MasterKeys
from foundation.schema import migrate
from tests.sms.fakes import ACCOUNT, TOKEN
from virtual_numbers.actions.add_number import add_number

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = "http://ars.test"
POOL = tuple(f"+827070000{number:03d}" for number in range(20))
# As patient as the voice provider.
ANSWER_WITHIN_S = 15.0
# Two cores shared with whatever else runs on the machine.
READY_WITHIN_S = 60.0
FOREVER_S = 90.0


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP; names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class NoAnswer(Exception):
    """The connection broke, was refused, or stayed silent."""


@dataclass
class Part:
    """One running process with everything it started."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        """Everything it wrote so far."""
        return self.log.read_text()

    def kill(self) -> None:
        """End it and everything it started, at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ends(self, how: signal.Signals = signal.SIGTERM, within_s: float = 30.0) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(how)
        return self.process.wait(within_s)

    def children(self) -> list[int]:
        """The processes it has started itself."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        return [
            int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()
        ]


@dataclass
class Installation:
    """A database, the settings, and the parts that run on them."""

    database_url: str
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    key: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def environment(self) -> dict[str, str]:
        """What every process sees; nothing of ours leaks in from outside."""
        ours = {
            "DATABASE_URL": self.database_url,
            "ARS_VAR": str(self.folder),
            "PUBLIC_BASE_URL": PUBLIC,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "PYTHONUNBUFFERED": "1",
        }
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        given = {**kept, **ours, **self.settings}
        return {name: value for name, value in given.items() if value}

    def database(self) -> Database:
        """A look into the database, past all processes."""
        return Database(self.database_url)

    def ars(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "app", *words],
            cwd=ROOT,
            env={**self.environment, **settings},
            capture_output=True,
            text=True,
            timeout=FOREVER_S,
            check=False,
        )

    def prepare(self) -> None:
        """Schema, keys, numbers, and a merchant with a key: what commands do, without starting any."""
        database = self.database()
        migrate(database)
        with database.transaction() as session:
            publish_keys(session, MasterKeys.parse(self.settings["MASTER_KEYS"]))
            for number in POOL:
                add_number(session, number)
            _merchant, self.key = create_merchant(
                session, name="(주)한빛LPG", spoken_name="한빛엘피지", phone=None
            )
        database.close()

    def start(self, name: str, *words: str, **settings: str) -> Part:
        """Start an `ars` command without waiting for it."""
        return self.start_module(name, "app", *words, **settings)

    def start_module(self, name: str, *words: str, **settings: str) -> Part:
        """Start `python -m …` without waiting for it."""
        log = self.folder / f"{name}-{next(self._numbers)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=ROOT,
                env={**self.environment, **settings},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.parts[name] = Part(process, log)
        return self.parts[name]

    def start_web(self, name: str = "web", **settings: str) -> Part:
        """Start a web server, on the port it had before if it ran before."""
        port = self.ports.setdefault(name, free_port())
        return self.start(name, "web", "--bind", f"127.0.0.1:{port}", **settings)

    def start_worker(self, name: str = "worker", **settings: str) -> Part:
        return self.start(name, "worker", **settings)

    def is_running(self, name: str) -> bool:
        """Whether a part has not ended."""
        return self.parts[name].process.poll() is None

    def is_ready(self, name: str) -> bool:
        """Whether a part does its work."""
        if not self.is_running(name):
            return False
        if name not in self.ports:
            return "worker.started" in self.parts[name].said()
        try:
            return self.ask("GET", "/healthz", web=name, within_s=2).status == 200
        except NoAnswer:
            return False

    def waits_for(self, *names: str) -> None:
        """Wait until these parts do their work."""
        for name in names:
            eventually(lambda name=name: self.is_ready(name), READY_WITHIN_S, self.parts[name].said)

    def stop(self) -> None:
        """Kill whatever still runs."""
        for part in self.parts.values():
            part.kill()

    # Over HTTP

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        web: str = "web",
        within_s: float = ANSWER_WITHIN_S,
    ) -> Answer:
        """One request to one web server. Raises NoAnswer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[web], timeout=within_s)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, fields, answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(repr(error)) from error
        finally:
            connection.close()

    def api(
        self, method: str, path: str, body: Any = None, *, key: str = "", web: str = "web"
    ) -> Answer:
        """One request of the merchant's program."""
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Idempotency-Key": key or f"key-{os.urandom(8).hex()}",
            "Content-Type": "application/json",
        }
        raw = None if body is None else json.dumps(body).encode()
        return self.ask(method, path, raw, headers, web=web)

    def register(self, phone: str, order_id: str, *, web: str = "web") -> Answer:
        """Ask the owner of a phone to register a card; the order id is the idempotency key."""
        body = {
            "order_id": order_id,
            "channel": "ars",
            "customer": {"ref": order_id, "name": "홍길동", "phone": phone},
            "item": "LPG 요금",
            "terms": {"consent": "each_charge"},
        }
        return self.api("POST", "/v1/registrations", body, key=order_id, web=web)

    def registration(self, made: Mapping[str, Any]) -> Any:
        return self.api("GET", f"/v1/registrations/{made['id']}").json


def signature(address: str, form: Mapping[str, str]) -> str:
    """What the provider puts into X-Twilio-Signature."""
    text = address + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()


def path_of(address: str) -> str:
    """Path and query of an address."""
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(
    true: Callable[[], bool], within_s: float = READY_WITHIN_S, why: Callable[[], str] = str
) -> None:
    """Look again and again until it is true; fail after a generous time."""
    until = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until, f"still not so after {within_s} s. {why()}"
        time.sleep(0.05)


@contextmanager
def installation(database_url: str, folder: Path, **settings: str) -> Iterator[Installation]:
    """An installation ready to be started; all its processes are gone afterwards."""
    made = Installation(database_url, folder, settings)
    try:
        yield made
    finally:
        made.stop()

"""Processes are killed again and again while people are on the telephone: nothing doubles, nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import cycle
from math import ceil
from typing import Any

import pytest
import sqlalchemy as sa

from app import Parts
from billing_core.acquirers.sandbox import SandboxKey, SandboxOrder
from billing_core.bill_keys import BillKey
from billing_core.events import Event
from billing_core.issue_attempts import IssueAttempt
from billing_core.sealed_answers import SealedAnswer
from foundation.database import Database, Session
from foundation.master_keys import MasterKeys
from ivr.calls import CallRow, HeldWork, JournalRow
from settings import Settings
from tests.processes.installation import Installation, NoAnswer, eventually
from tests.processes.phone_line import GOOD_CARDS, Call, Provider, phones

# A hundred in all; with two of each there is always somebody left to answer.
KILLS = {"sqlite": 40, "postgresql": 60}
# So long a part works before it is killed, drawn anew each time.
LIVES_S = (0.0, 1.2)
# So many that somebody is on the line at every death; a crowd would only take time from restarts.
CALLERS = {"sqlite": 4, "postgresql": 6}
SEED = 20261123
# Long enough for every call that is going on to come to its end.
CALLS_END_WITHIN_S = 60.0
# Whole machines die less often than single processes.
CHILD_ONLY = 0.85
# The longest of: a lost answer's quiet time, the pause between two inquiries, a claim of a dead request.
EVERYTHING_IS_DUE = "3m"
ROUNDS_MAX = 6


@dataclass
class Siege:
    """Callers who never stop calling, while one part after another is killed."""

    house: Installation
    webs: tuple[str, ...]
    workers: tuple[str, ...]
    callers: int
    # No new calls any more; no calls at all any more.
    over: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)
    registrations: list[Any] = field(default_factory=list)
    # Requests whose answer was lost: order id and phone.
    unanswered: list[tuple[str, str]] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)

    @property
    def parts(self) -> tuple[str, ...]:
        return (*self.webs, *self.workers)

    def holds_out(self, kills: int) -> None:
        """Let callers call until so many were killed, and then to the end of their calls."""
        deaths = ceil(kills / len(self.parts))
        with ThreadPoolExecutor(self.callers + 2 * len(self.parts)) as crowd:
            supervising = crowd.submit(self._restarts_what_ended)
            calling = [crowd.submit(self._keeps_calling, number) for number in range(self.callers)]
            killing = [crowd.submit(self._keeps_killing, name, deaths) for name in self.parts]
            try:
                wait(killing)
                self.over.set()
                wait(calling, timeout=CALLS_END_WITHIN_S)
            finally:
                self.over.set()
                self.closed.set()
            for one in (supervising, *killing, *calling):
                one.result()

    def _restarts_what_ended(self) -> None:
        while not self.closed.wait(0.05):
            for name in self.parts:
                if not self.house.is_running(name):
                    self.starts(name)

    def _keeps_killing(self, name: str, deaths: int) -> None:
        chance = random.Random(f"{SEED} {name}")
        for _ in range(deaths):
            self.house.waits_for(name)
            time.sleep(chance.uniform(*LIVES_S))
            self._kill(name, child_only=chance.random() < CHILD_ONLY)

    def _kill(self, name: str, *, child_only: bool) -> None:
        part = self.house.parts[name]
        children = part.children()
        if children and child_only:
            # The server's parent starts another one, or ends when that happens too often.
            os.kill(children[0], signal.SIGKILL)
        else:
            part.kill()
        self.kills[name] += 1

    def starts(self, name: str) -> None:
        """Start a part, for the first time or again."""
        if name in self.webs:
            self.house.start_web(name)
        else:
            self.house.start_worker(name)

    def _keeps_calling(self, number: int) -> None:
        provider = Provider(self.house, self.webs, random.Random(SEED + number))
        phone = phones(1_000_000 * (number + 1))
        while not self.over.is_set():
            made = self._registration(phone(), provider)
            if made:
                card = GOOD_CARDS[number % len(GOOD_CARDS)]
                Call(provider, made["customer"]["phone"], made["virtual_number"], card).plays()

    def _registration(self, phone: str, provider: Provider) -> Any:
        order_id = f"R-{phone}"
        while True:
            try:
                answer = self.house.register(phone, order_id, web=provider.chance.choice(self.webs))
            except NoAnswer:
                time.sleep(0.1)
                continue
            if answer.status == 201:
                self.registrations.append(answer.json)
                return answer.json
            if answer.status == 409:
                # The first request died between its two transactions; its key is free after a while.
                self.unanswered.append((order_id, phone))
                return None
            assert answer.status == 503, answer
            time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_processes_killed_in_mid_call_and_mid_hold_double_nothing_and_lose_nothing(
    house: Installation,
) -> None:
    house.settings |= {
        "SANDBOX_DELAY_S": "0.4",
        "ACQUIRER_QUIET_S": "1",
        "ACQUIRER_READ_TIMEOUT_S": "2",
    }
    several = house.database_url.startswith("postgresql")
    kind = "postgresql" if several else "sqlite"
    webs, workers = ("web", "web-2")[: 1 + several], ("worker", "worker-2")[: 1 + several]
    siege, kills = Siege(house, webs, workers, CALLERS[kind]), KILLS[kind]
    for name in siege.parts:
        siege.starts(name)

    siege.holds_out(kills)

    house.waits_for(*siege.parts)
    database = house.database()
    eventually(lambda: is_all_work_done(database))
    settle_everything(house, database)
    for order_id, phone in siege.unanswered:
        answer = house.register(phone, order_id)
        assert answer.status == 201, answer
        siege.registrations.append(answer.json)
    call_again(siege)
    sweep(house)
    check_the_books(database, siege)

    assert siege.kills.total() >= kills
    assert len(siege.registrations) > kills / 2, "too few calls to mean anything"
    database.close()


def is_all_work_done(database: Database) -> bool:
    """Whether the worker has nothing left that a caller waited for."""
    with database.reading() as session:
        open_work = sa.select(sa.func.count()).where(HeldWork.outcome.is_(None))
        return session.scalar(open_work) == 0


def settle_everything(house: Installation, database: Database) -> None:
    """Move the clock until no attempt is open; a lost answer is settled by inquiry only."""
    is_open = sa.select(sa.func.count()).where(IssueAttempt.status.in_(("sending", "unknown")))
    for _ in range(ROUNDS_MAX):
        advanced = house.ars("clock", "advance", EVERYTHING_IS_DUE)
        assert advanced.returncode == 0, advanced.stderr
        with database.reading() as session:
            if session.scalar(is_open) == 0:
                return
        # A sweep looks every two seconds.
        time.sleep(2.5)
    raise AssertionError("some attempts are still open")


def call_again(siege: Siege) -> None:
    """Everyone whose card is not registered yet calls once more."""
    provider = Provider(siege.house, siege.webs)
    for made, card in zip(siege.registrations, cycle(GOOD_CARDS), strict=False):
        now = siege.house.registration(made)
        if now["status"] != "registered":
            assert now["status"] == "awaiting_customer", now
            Call(provider, made["customer"]["phone"], made["virtual_number"], card).plays()
            eventually(lambda made=made: siege.house.registration(made)["status"] == "registered")


def sweep(house: Installation) -> None:
    """Do once what a worker does at its intervals."""
    parts = Parts()
    keys = house.settings["MASTER_KEYS"]
    parts.__dict__ |= {
        "settings": Settings(database_url=house.database_url, master_keys=keys),
        "masters": MasterKeys.parse(keys),
    }
    assert house.ars("clock", "advance", "20m").returncode == 0
    for each in parts.sweeps():
        each.do()
    parts.database.close()


def check_the_books(database: Database, siege: Siege) -> None:
    """What must be true after any number of deaths."""
    ids = {made["id"] for made in siege.registrations}
    with database.reading() as session:
        attempts = list(session.scalars(sa.select(IssueAttempt)))
        orders = set(session.scalars(sa.select(SandboxOrder.id)))
        live_keys = count(session, sa.select(SandboxKey.id).where(SandboxKey.removed_at.is_(None)))
        bill_keys = Counter(session.scalars(sa.select(BillKey.registration_id)))
        told = Counter(
            event.data["id"]
            for event in session.scalars(sa.select(Event))
            if event.type == "registration.registered"
        )
        calls = list(session.scalars(sa.select(CallRow.sid)))
        journal = list(session.execute(sa.select(JournalRow.call_sid, JournalRow.position)))
        undone = count(session, sa.select(HeldWork.call_sid).where(HeldWork.outcome.is_(None)))
        left_over = count(session, sa.select(SealedAnswer.id))
        engine = unfinished_jobs(session)

    assert len({attempt.cause for attempt in attempts}) == len(attempts)
    assert orders <= {attempt.id for attempt in attempts}
    assert bill_keys == Counter(ids)
    assert told == Counter(ids)
    assert live_keys == len(ids)
    assert undone == 0
    assert left_over == 0
    assert engine == []
    for sid in calls:
        positions = sorted(position for call, position in journal if call == sid)
        assert positions == list(range(len(positions))), sid


def count(session: Session, query: sa.Select[Any]) -> int:
    return len(session.execute(query).all())


def unfinished_jobs(session: Session) -> list[Any]:
    """What the engine has not brought to a good end."""
    schema = "" if session.get_bind().dialect.name == "sqlite" else "dbos."
    found = session.execute(
        sa.text(
            f"SELECT name, status, error FROM {schema}workflow_status WHERE status <> 'SUCCESS'"
        )
    )
    return list(found)

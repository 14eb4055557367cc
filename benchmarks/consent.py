"""How long a caller waits: from the key that agrees to the acquirer, and from its answer to the ear.

    python -m benchmarks.consent [--postgres postgresql+psycopg://user@host/database] [--callers 100]

Real `ars web` and `ars worker` processes as `make run` starts them. First one caller after another,
then a hundred on the telephone at once. The acquirer writes down itself when it was asked, and answers
a second later. Spoken is the answer when the caller has heard the last byte of it.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

import sqlalchemy as sa

from benchmarks.busy_line import Thoughts
from billing_core.acquirers.sandbox_charges import SandboxCharge
from billing_core.acquirers.sandbox_keys import SandboxKey
from billing_core.bill_keys import BillKey
from billing_core.charge_attempts import ChargeAttempt
from billing_core.merchants import Merchant
from foundation.database import Database, Session
from foundation.ids import new_id
from foundation.master_keys import MasterKeys
from foundation.sealing import SECRETS, Sealer, place_of
from tests.merchant_api.objects import add_bill_key
from tests.postgres import start_postgres
from tests.processes.installation import Installation, installation
from tests.processes.phone_line import Call, Provider, phones
from tests.sms.pretend_twilio import pretend_twilio

ONE_BY_ONE = 15
DELAY_S = 1.0
# Everybody has dialled by then, and the first ones have not hung up.
DIALS_WITHIN_S = 10.0
MEDIAN_MAX_MS, P99_MAX_MS = 300.0, 500.0
# A poll of a caller on hold; the bytes of the answer come on top, and count.
SPOKEN_MAX_S = 2.0
PAID = "결제가 끝났습니다"


@dataclass
class Payer(Call):
    """A call that remembers when it agreed and when it heard the result."""

    charge: str = ""
    agreed_at: float = 0.0
    heard_at: float = 0.0
    # What the server needed for the answer that carried the result.
    answer_s: float = 0.0

    def _post(self, address: str, form: dict[str, str]) -> ET.Element:
        began = time.time()
        if form.get("Digits"):
            self.agreed_at = began
        document = super()._post(address, form)
        if not self.heard_at and PAID in " ".join(self.said):
            self.heard_at, self.answer_s = time.time(), time.time() - began
        return document


@dataclass
class Waits:
    """Seconds from the key to the acquirer, and from its answer to the ear."""

    name: str
    to_acquirer: list[float] = field(default_factory=list)
    to_ear: list[float] = field(default_factory=list)


def main() -> int:
    """Measure, print the table, and say whether the bounds hold."""
    parser = argparse.ArgumentParser(description="From consent to acquirer, from answer to ear.")
    parser.add_argument("--postgres", help="a server; SQLite without it")
    parser.add_argument("--callers", type=int, default=100)
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder}/ars.db"
        if asked.postgres:
            server = stack.enter_context(start_postgres(asked.postgres))
            url = stack.enter_context(server.new_database())
        texts = stack.enter_context(pretend_twilio())
        settings = {
            "MASTER_KEYS": MasterKeys.generate("m1"),
            "TWILIO_API_BASE_URL": texts.base_url,
            "TEXT_SENDER": "+827000000000",
            "SANDBOX_DELAY_S": str(DELAY_S),
        }
        house = stack.enter_context(installation(url, folder, **settings))
        return report(*measure(house, asked.callers))


def measure(house: Installation, callers: int) -> tuple[Waits, Waits]:
    """One caller after another, then everybody at once."""
    house.prepare()
    house.start_web()
    house.start_worker()
    house.waits_for("web", "worker")
    phone = phones(0)
    payers = [ask_to_pay(house, phone()) for _ in range(ONE_BY_ONE + callers)]
    alone, crowd = payers[:ONE_BY_ONE], payers[ONE_BY_ONE:]
    for payer in alone:
        payer.plays()
    for number, payer in enumerate(crowd):
        payer.thinks = Thoughts(number)
    with ThreadPoolExecutor(len(crowd)) as lines:
        list(lines.map(dials, crowd))
    database = house.database()
    waits = waits_of("one caller", database, alone), waits_of(f"{callers} callers", database, crowd)
    database.close()
    return waits


def dials(payer: Payer) -> None:
    """Take the telephone at some moment, and call."""
    time.sleep(random.Random(payer.phone).uniform(0, DIALS_WITHIN_S))
    payer.plays()


def ask_to_pay(house: Installation, phone: str) -> Payer:
    """A customer with a card of their own, who is asked for an amount."""
    registration = house.register(phone, f"R-{phone}").json["id"]
    database = house.database()
    with database.transaction() as session:
        bill_key = registered(session, Sealer(database), phone, registration)
    database.close()
    body = {"bill_key": bill_key, "order_id": f"C-{phone}", "amount": 39_000, "item": "LPG 요금"}
    answer = house.api("POST", "/v1/charges", body)
    assert answer.status == 201, answer
    made = answer.json
    return Payer(Provider(house), phone, made["virtual_number"], pace=1.0, charge=made["id"])


def registered(session: Session, sealer: Sealer, phone: str, registration: str) -> str:
    """A bill key that the acquirer knows."""
    merchant = session.scalars(sa.select(Merchant)).one()
    key = SandboxKey(
        id=new_id("sandbox", session.now),
        issuer_code="06",
        owner="personal",
        last4="0004",
        charge_behaviour="0000",
        created_at=session.now,
        removed_at=None,
    )
    session.add(key)
    bill_key = add_bill_key(session, sealer, merchant, phone, consent="each_charge", phone=phone)
    place = place_of(BillKey.__table__.c.acquirer_key, bill_key.id)
    bill_key.registration_id = registration
    bill_key.acquirer_key = sealer.seal(SECRETS, key.id, place)
    return bill_key.id


def waits_of(name: str, database: Database, payers: Sequence[Payer]) -> Waits:
    """Put together what callers and acquirer have written down."""
    asked = sa.select(ChargeAttempt.charge_id, SandboxCharge.created_at).join(
        SandboxCharge, SandboxCharge.id == ChargeAttempt.id
    )
    with database.reading() as session:
        asked_at = {charge: at.timestamp() for charge, at in session.execute(asked)}
    waits = Waits(name)
    for payer in payers:
        assert payer.heard_at, " ".join(payer.said)
        at = asked_at[payer.charge]
        waits.to_acquirer.append(at - payer.agreed_at)
        waits.to_ear.append(payer.heard_at - payer.answer_s - at - DELAY_S)
    return waits


def report(alone: Waits, crowd: Waits) -> int:
    """Print the table; 0 if every bound holds."""
    print(f"{'':<14}{'':<24}{'median ms':>11}{'p99 ms':>9}{'slowest':>9}")
    for waits in (alone, crowd):
        row(waits.name, "key to acquirer", waits.to_acquirer)
        row(waits.name, "answer to next poll", waits.to_ear)
    print(
        f"bounds: median {MEDIAN_MAX_MS:.0f} ms alone, 99th percentile {P99_MAX_MS:.0f} ms in the "
        f"crowd, {SPOKEN_MAX_S:.0f} s to the next poll"
    )
    holds = (
        statistics.median(alone.to_acquirer) * 1e3 < MEDIAN_MAX_MS,
        percentile(crowd.to_acquirer, 99) * 1e3 < P99_MAX_MS,
        percentile(crowd.to_ear, 99) <= SPOKEN_MAX_S,
    )
    return 0 if all(holds) else 1


def row(name: str, what: str, seconds: Sequence[float]) -> None:
    shown = (statistics.median(seconds), percentile(seconds, 99), max(seconds))
    print(f"{name:<14}{what:<24}" + "".join(f"{second * 1e3:>10.0f}" for second in shown))


def percentile(seconds: Sequence[float], percent: int) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    sys.exit(main())

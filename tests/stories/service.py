"""The product for stories: real web application, real database, a worker that moves when told.

Stories speak to it as the outside does: merchants over HTTP with a key, customers over signed
TwiML webhooks. Only what stands outside is pretended: the text provider, and the acquirer's pace.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import Parts, create_app
from billing_core.acquirers.sandbox_keys import SandboxKey
from billing_core.actions.create_merchant import create_merchant
from foundation.database import Base, Database
from foundation.master_keys import MasterKeys
from foundation.phone_number import PhoneNumber
from foundation.sealing import Sealer
from ivr.calls import JournalRow
from settings import SIMULATOR_TOKEN, Settings
from sms.texts import Text
from tests.clocks import HandClock
from tests.conftest import SteppedWorker
from tests.sms.fakes import FakeTexts
from virtual_numbers.actions.add_number import add_number

BASE = "http://ars.test"
POOL = tuple(f"+8270700000{number:02d}" for number in range(5))
CUSTOMER = "+821012345678"


class StoryParts(Parts):
    """The parts of the product, with the outside pretended."""

    def __init__(
        self, database: Database, masters: MasterKeys, read_timeout_s: float = 0.01
    ) -> None:
        # Whatever else an installation is set to comes from the environment, as everywhere.
        self.__dict__["settings"] = Settings(
            public_base_url=BASE,
            allow_private_webhooks=True,
            acquirer_quiet_s=120,
            acquirer_read_timeout_s=read_timeout_s,
        )
        self.__dict__["database"] = database
        self.__dict__["masters"] = masters
        self.texts = FakeTexts()
        self.__dict__["text_sender"] = self.texts
        self.__dict__["sealer"] = Sealer(database)


class Service:
    """The running product, its clock, and one merchant."""

    def __init__(
        self,
        database: Database,
        masters: MasterKeys,
        worker: SteppedWorker,
        *,
        clock: HandClock | None = None,
        read_timeout_s: float = 0.01,
    ) -> None:
        self.clock = clock or HandClock()
        self._read_timeout_s = read_timeout_s
        database.clock = self.clock
        self.database, self.masters, self.worker = database, masters, worker
        self.parts: StoryParts
        self.app: Flask
        self.http: FlaskClient
        self.restarts()
        # Every answer that left the product, whoever asked.
        self.answers: list[bytes] = []
        self._calls = itertools.count(1)
        self._keys = itertools.count(1)
        self.numbers = itertools.count(1)
        with database.transaction() as session:
            for number in POOL:
                add_number(session, number)
        self.key = self.takes_in("(주)한빛LPG", spoken_name="한빛엘피지", phone="031-123-4567")

    # The merchant

    def takes_in(self, name: str, *, spoken_name: str | None = None, phone: str = "") -> str:
        """Take in a merchant and return its key."""
        number = PhoneNumber.parse(phone) if phone else None
        with self.database.transaction() as session:
            return create_merchant(session, name=name, spoken_name=spoken_name, phone=number)[1]

    def asks(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request of the merchant's program; returns status and parsed body."""
        given = {
            "Authorization": f"Bearer {self.key}",
            "Idempotency-Key": f"key-{next(self._keys)}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        answer = self.http.open(path, method=method, json=body, headers=given)
        self.answers.append(answer.data)
        return answer.status_code, json.loads(answer.data) if answer.data else None

    def registers(self, *, by: str = "", to: str = CUSTOMER, **changes: Any) -> Any:
        """Ask a customer to register a card, as the merchant of this key; return the registration."""
        body = {
            "order_id": f"R-{next(self._keys)}",
            "channel": "ars",
            "customer": {"ref": "cust-77", "name": "홍길동", "phone": to},
            "item": "LPG 요금",
            "terms": {"consent": "each_charge", "amount": None, "billing_day": None},
            "trust_phrase": "고객번호 끝 네 자리 3512",
            **changes,
        }
        key = by or self.key
        made = self.asks("POST", "/v1/registrations", body, Authorization=f"Bearer {key}")
        assert made[0] == 201, made
        return made[1]

    def cancels(self, made: Mapping[str, Any]) -> None:
        """Cancel a registration."""
        status, canceled = self.asks("POST", f"/v1/registrations/{made['id']}/cancel")
        assert status == 200, canceled

    def registration(self, made: Mapping[str, Any]) -> Any:
        """The registration as it stands now."""
        return self.asks("GET", f"/v1/registrations/{made['id']}")[1]

    def events(self) -> list[str]:
        """The types of all events so far, oldest first."""
        found = self.asks("GET", "/v1/events?limit=100")[1]["data"]
        return [event["type"] for event in reversed(found)]

    def consents(self) -> list[Any]:
        """The consent records so far, oldest first."""
        found = self.asks("GET", "/v1/consent_records?limit=100")[1]["data"]
        return sorted(found, key=lambda consent: consent["chain"]["position"])

    def texts(self, beginning: str = "") -> list[str]:
        """The texts that customers have got, or those with these words in them."""
        self.works()
        return [text.body for text in self.parts.texts.sent if beginning in text.body]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Everything that stands in a table."""
        with self.database.reading() as session:
            rows = session.execute(sa.select(Base.metadata.tables[table]))
            return [dict(row) for row in rows.mappings()]

    def journal(self, sid: str) -> list[Any]:
        """What was kept of the answers of a call, in order."""
        query = (
            sa.select(JournalRow).where(JournalRow.call_sid == sid).order_by(JournalRow.position)
        )
        with self.database.reading() as session:
            return [row.kept for row in session.scalars(query)]

    def texts_of(self, template: str) -> list[str]:
        """The words of every text of one template that was sent, oldest first."""
        with self.database.reading() as session:
            found = sa.select(Text).where(Text.template == template).order_by(Text.id)
            return [text.body for text in session.scalars(found)]

    def live_keys_at_the_acquirer(self) -> int:
        """How many keys the sandbox acquirer holds that could be charged."""
        with self.database.reading() as session:
            live = sa.select(SandboxKey).where(SandboxKey.removed_at.is_(None))
            return len(session.scalars(live).all())

    # The worker and the time

    def restarts(self, sealer: Sealer | None = None) -> None:
        """Begin again with new processes, which remember nothing."""
        self.parts = StoryParts(self.database, self.masters, self._read_timeout_s)
        if sealer is not None:
            self.parts.__dict__["sealer"] = sealer
        self.worker.knows(*self.parts.jobs())
        self.app = create_app(self.parts)
        self.http = self.app.test_client()

    def works(self) -> int:
        """Let the worker do what is staged."""
        return self.worker.work()

    def sweeps(self) -> None:
        """Let the worker look after everything timed, once, and do what that stages."""
        for sweep in self.parts.sweeps():
            sweep.do()
        self.works()

    def passes(self, **time: float) -> None:
        """Let time pass and everything timed happen."""
        self.clock.advance(**time)
        self.sweeps()

    # The provider

    def new_call_sid(self) -> str:
        return f"CA{next(self._calls):032x}"

    def webhook(self, path: str, form: Mapping[str, str], *, signature: str | None = None) -> Any:
        """Deliver one webhook, signed unless told otherwise, and return Flask's answer."""
        parts = urlsplit(path)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        given = self.signature(target, form) if signature is None else signature
        answer = self.app.test_client().post(
            target,
            data=dict(form),
            headers={"X-Twilio-Signature": given} if given else {},
            environ_overrides={"REQUEST_URI": target},
        )
        self.answers.append(answer.data)
        return answer

    def signature(self, target: str, form: Mapping[str, str], token: str = SIMULATOR_TOKEN) -> str:
        """The provider's signature over an address and everything that is sent with it."""
        text = BASE + target + "".join(name + form[name] for name in sorted(form))
        mac = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
        return base64.b64encode(mac).decode()

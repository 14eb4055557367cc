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

from flask import Flask
from flask.testing import FlaskClient

from app import Parts, create_app
from billing_core.acquirers.sandbox import SandboxAcquirer
from billing_core.actions.create_merchant import create_merchant
from billing_core.desk import Desk
from foundation.database import Database
from foundation.phone_number import PhoneNumber
from foundation.sealing import MasterKeys, Opener, Sealer
from settings import SIMULATOR_TOKEN, Settings
from tests.clocks import HandClock
from tests.conftest import SteppedWorker
from tests.sms.fakes import FakeTexts
from virtual_numbers.actions.add_number import add_number

BASE = "http://ars.test"
POOL = tuple(f"+8270700000{number:02d}" for number in range(10))
CUSTOMER = "+821012345678"


class StoryParts(Parts):
    """The parts of the product, with the outside pretended."""

    def __init__(self, database: Database, masters: MasterKeys) -> None:
        self.__dict__["settings"] = Settings(
            public_base_url=BASE, allow_private_webhooks=True, acquirer_quiet_s=120
        )
        self.__dict__["database"] = database
        self.__dict__["masters"] = masters
        self.texts = FakeTexts()
        self.__dict__["text_sender"] = self.texts
        sandbox = SandboxAcquirer(database, read_timeout_s=0.01)
        self.__dict__["desk"] = Desk(
            database, Opener(database, masters), {"sandbox": sandbox}, "sandbox", read_timeout_s=0.01
        )
        self.__dict__["sealer"] = Sealer(database)


class Service:
    """The running product, its clock, and one merchant."""

    def __init__(self, database: Database, masters: MasterKeys, worker: SteppedWorker) -> None:
        self.clock = HandClock()
        database.clock = self.clock
        self.database = database
        self.parts = StoryParts(database, masters)
        self.worker = worker.knows(*self.parts.jobs())
        self.app: Flask = create_app(self.parts)
        self.http: FlaskClient = self.app.test_client()
        self._calls = itertools.count(1)
        self._keys = itertools.count(1)
        with database.transaction() as session:
            for number in POOL:
                add_number(session, number)
            merchant, self.key = create_merchant(
                session,
                name="(주)한빛LPG",
                spoken_name="한빛엘피지",
                phone=PhoneNumber.parse("031-123-4567"),
            )
        self.merchant_id = merchant.id

    # The merchant

    def asks(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request of the merchant's program; returns status and parsed body."""
        given = {
            "Authorization": f"Bearer {self.key}",
            "Idempotency-Key": f"key-{next(self._keys)}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        answer = self.http.open(path, method=method, json=body, headers=given)
        return answer.status_code, json.loads(answer.data) if answer.data else None

    def registers(self, **changes: Any) -> Any:
        """Ask a customer to register a card; return the registration."""
        body = {
            "order_id": f"R-{next(self._keys)}",
            "channel": "ars",
            "customer": {"ref": "cust-77", "name": "홍길동", "phone": "010-1234-5678"},
            "item": "LPG 요금",
            "terms": {"consent": "each_charge", "amount": None, "billing_day": None},
            "trust_phrase": "고객번호 끝 네 자리 3512",
            **changes,
        }
        status, registration = self.asks("POST", "/v1/registrations", body)
        assert status == 201, registration
        return registration

    def registration(self, made: Mapping[str, Any]) -> Any:
        """The registration as it stands now."""
        return self.asks("GET", f"/v1/registrations/{made['id']}")[1]

    def events(self) -> list[str]:
        """The types of all events so far, oldest first."""
        found = self.asks("GET", "/v1/events?limit=100")[1]["data"]
        return [event["type"] for event in reversed(found)]

    # The worker and the time

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

    def webhook(self, path: str, form: Mapping[str, str], *, sign: bool = True) -> Any:
        """Deliver one signed webhook and return Flask's answer."""
        parts = urlsplit(path)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        text = BASE + target + "".join(name + form[name] for name in sorted(form))
        mac = hmac.new(SIMULATOR_TOKEN.encode(), text.encode(), hashlib.sha1).digest()
        signature = base64.b64encode(mac).decode() if sign else "wrong"
        return self.app.test_client().post(
            target,
            data=dict(form),
            headers={"X-Twilio-Signature": signature},
            environ_overrides={"REQUEST_URI": target},
        )

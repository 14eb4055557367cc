"""A merchant's program in front of the API, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from billing_core.merchants import APIKey, Merchant, key_hash, new_key
from foundation.clock import Clock
from foundation.database import Database
from foundation.ids import new_id
from foundation.phone_number import PhoneNumber
from foundation.sealing import Sealer
from merchant_api.api import register
from merchant_api.limits import RateLimit
from tests.conftest import SteppedWorker
from virtual_numbers.actions.add_number import add_number

BASE_URL = "http://127.0.0.1:8000"
POOL = [f"+8270700000{number:02}" for number in range(12)]


@dataclass
class Program:
    """A program of one merchant."""

    client: FlaskClient
    merchant: Merchant
    key: str
    _numbers: Any = field(default_factory=count)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> TestResponse:
        headers = {"Idempotency-Key": key or f"key-{next(self._numbers)}"}
        return self.send("POST", path, headers=headers, json=body)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.send("GET", path, query_string=query)

    def delete(self, path: str) -> TestResponse:
        return self.send("DELETE", path)

    def send(self, method: str, path: str, **how: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}"} | how.pop("headers", {})
        if how.get("json", ...) is None:
            how.pop("json")
        return self.client.open(path, method=method, headers=headers, **how)

    def opens(self, **changes: Any) -> dict[str, Any]:
        """Open a registration and return it."""
        response = self.post("/v1/registrations", registration(**changes))
        assert response.status_code == 201, response.text
        opened: dict[str, Any] = response.json
        return opened

    def charges(self, bill_key: str, **changes: Any) -> dict[str, Any]:
        """Charge a bill key and return the charge."""
        response = self.post("/v1/charges", charge(bill_key, **changes))
        assert response.status_code == 201, response.text
        opened: dict[str, Any] = response.json
        return opened


_order_ids = count(1)


def registration(**changes: Any) -> dict[str, Any]:
    """The body of a registration that is accepted, with changes; None removes a field."""
    number = next(_order_ids)
    body: dict[str, Any] = {
        "order_id": f"R-{number}",
        "channel": "ars",
        "customer": {
            "ref": "cust-77",
            "name": "홍길동",
            "phone": f"010-{number // 10000 + 2000:04}-{number % 10000:04}",
        },
        "item": "LPG 요금",
        "terms": {"consent": "each_charge", "amount": None, "billing_day": None},
        "trust_phrase": "고객번호 끝 네 자리 3512",
        "expires_in": 86400,
        "metadata": {},
    } | changes
    return {name: value for name, value in body.items() if value is not None}


def charge(bill_key: str, **changes: Any) -> dict[str, Any]:
    """The body of a charge that is accepted, with changes; None removes a field."""
    body: dict[str, Any] = {
        "bill_key": bill_key,
        "order_id": f"C-{next(_order_ids)}",
        "amount": 39000,
        "tax_free_amount": 0,
        "item": "11월 LPG 요금",
        "consent": "ars",
        "installments": {"max_months": 6, "interest_free": [2, 3]},
        "expires_in": 86400,
        "metadata": {},
    } | changes
    return {name: value for name, value in body.items() if value is not None}


def card(**changes: Any) -> dict[str, Any]:
    """A card of the sandbox."""
    return {
        "number": "9999 0000 0000 0004",
        "expiry_month": 12,
        "expiry_year": 2039,
        "birth_or_business_number": "900101",
        "password_two_digits": "12",
    } | changes


def serve(database: Database, rate_limit: RateLimit | None = None) -> Flask:
    """An application that has only the API."""
    application = Flask("tests")
    register(
        application,
        database=database,
        sealer=Sealer(database),
        public_base_url=BASE_URL,
        allow_private_webhooks=True,
        rate_limit=rate_limit or RateLimit(calls_per_s=1e6, burst=1e6),
    )
    return application


@pytest.fixture
def application(database: Database, stepped: SteppedWorker) -> Flask:
    del stepped  # It is there so that jobs can be staged.
    with database.transaction() as session:
        for number in POOL:
            add_number(session, number)
    return serve(database)


@pytest.fixture
def new_program(application: Flask, database: Database) -> Callable[[str], Program]:
    """Make a merchant and a program of it."""

    def new(name: str) -> Program:
        merchant, key = _merchant(database, name)
        return Program(application.test_client(), merchant, key)

    return new


@pytest.fixture
def program(new_program: Callable[[str], Program]) -> Program:
    return new_program("한빛LPG")


def _merchant(database: Database, name: str) -> tuple[Merchant, str]:
    key = new_key(livemode=False)
    with database.transaction() as session:
        merchant = Merchant(
            id=new_id("mer", session.now),
            name=name,
            spoken_name=name,
            phone=PhoneNumber.parse("031-123-4567"),
            livemode=False,
            created_at=session.now,
        )
        session.add(merchant)
        session.flush()
        session.add(
            APIKey(
                hash=key_hash(key),
                merchant_id=merchant.id,
                hint=key[-4:],
                livemode=False,
                created_at=session.now,
            )
        )
    return merchant, key


def later(database: Database, by: timedelta) -> None:
    """Move this database's clock, to be seen at once."""
    database.clock = Clock(lambda: by)

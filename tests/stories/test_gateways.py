"""A registration call and a charge call at each gateway, which is chosen by settings alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app import Parts
from billing_core.acquirers.accounts import MerchantAccount
from billing_core.merchants import Merchant
from foundation.database import Database
from foundation.master_keys import MasterKeys
from foundation.sealing import SECRETS
from settings import Settings
from tests.clocks import HandClock
from tests.conftest import SteppedWorker
from tests.gateways.installations import INSTALLATIONS, Fake, Installation
from tests.stories.caller import Caller
from tests.stories.operator import types
from tests.stories.service import Service

USE = ("acquirer", "use", "--contract", "-")


class AtGateway(Service):
    """The product, and the gateway that its settings name."""

    fake: Fake
    card: str


@pytest.fixture(params=INSTALLATIONS, ids=lambda installation: installation.name)
def installation(request: pytest.FixtureRequest) -> Installation:
    chosen: Installation = request.param
    return chosen


@pytest.fixture
def at(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    database: Database,
    masters: MasterKeys,
    stepped: SteppedWorker,
) -> Iterator[AtGateway]:
    clock = HandClock()
    fake = installation.fake(clock)
    installation.is_chosen(monkeypatch, fake)
    service = AtGateway(database, masters, stepped, clock=clock, read_timeout_s=5)
    service.fake, service.card = fake, installation.card
    yield service
    fake.close()


def registered(at: AtGateway) -> Any:
    """A customer registers a card by telephone; return the registration."""
    made = at.registers()
    caller = Caller(at).dials(made["virtual_number"]).presses("1", "1", "1")
    caller.gives_card(at.card).holds().hears("등록이 끝났습니다")
    caller.hangs_up()
    return at.registration(made)


def charged(at: AtGateway, made: Any) -> Any:
    """The merchant asks for an amount; return the charge."""
    body = {
        "bill_key": made["bill_key"],
        "order_id": f"C-{next(at.numbers)}",
        "amount": 39_000,
        "item": "11월 LPG 요금",
    }
    status, charge = at.asks("POST", "/v1/charges", body)
    assert status == 201, charge
    return charge


def test_a_customer_registers_a_card_and_agrees_to_a_charge(
    at: AtGateway, installation: Installation
) -> None:
    made = registered(at)
    assert made["status"] == "registered"
    assert len(at.fake.live_keys()) == 1

    at.passes(days=1)
    charge = charged(at, made)
    caller = Caller(at).dials(charge["virtual_number"]).presses("1").holds()
    caller.hears("결제되었습니다")
    caller.hangs_up()

    paid = at.asks("GET", f"/v1/charges/{charge['id']}")[1]
    assert paid["status"] == "approved"
    assert paid["acquirer"]["name"] == installation.name
    assert at.fake.captured() == 39_000
    assert "charge.approved" in at.events()


def test_the_merchant_gives_it_back_and_the_key_goes_with_the_customer(at: AtGateway) -> None:
    made = registered(at)
    at.passes(days=1)
    charge = charged(at, made)
    Caller(at).dials(charge["virtual_number"]).presses("1").holds().hangs_up()

    status, refund = at.asks("POST", f"/v1/charges/{charge['id']}/refunds", {"reason": "해지"})
    at.works()
    at.asks("DELETE", f"/v1/bill_keys/{made['bill_key']}")
    at.passes(minutes=1)

    assert status == 201, refund
    back = at.asks("GET", f"/v1/charges/{charge['id']}")[1]
    assert back["amount_refunded"] == 39_000
    assert at.fake.captured() == 0
    assert at.fake.live_keys() == set()


def test_no_digit_of_the_card_is_kept_or_answered(at: AtGateway) -> None:
    registered(at)

    kept = json.dumps([at.rows(table) for table in ("issue_attempts", "bill_keys")], default=str)
    assert at.card not in kept
    assert not [answer for answer in at.answers if at.card.encode() in answer]


def test_the_command_says_whether_the_way_is_right(
    at: AtGateway, installation: Installation
) -> None:
    said = types(at.parts, "acquirer", "check", "--json")
    told = json.loads(said.stdout.splitlines()[0])

    assert told["account"] == installation.name
    assert (told["network"], told["credentials"]) == (None, None)


def test_a_merchant_may_bring_a_contract_of_its_own(
    at: AtGateway, installation: Installation
) -> None:
    merchant = at.rows("merchants")[0]["id"]
    prefix = f"{installation.name}_".upper()
    contract = {
        name.removeprefix(prefix).lower(): value for name, value in installation.settings.items()
    }
    said = types(
        at.parts,
        *USE,
        installation.name,
        "--merchant",
        merchant,
        given=json.dumps({**contract, "base_url": at.fake.url}),
    )
    assert said.exit_code == 0, said.output

    registered(at)

    assert at.rows("bill_keys")[0]["acquirer"] == f"{installation.name}/{merchant}"
    kept = json.dumps(at.rows("merchant_accounts"), default=str)
    secret = [value for value in installation.settings.values() if len(value) > 1]
    assert not [value for value in secret if value in kept]


def test_a_contract_that_no_longer_opens_stops_nobody_else(
    at: AtGateway, installation: Installation
) -> None:
    merchant = at.rows("merchants")[0]["id"]
    account = f"{installation.name}/{merchant}"
    lose_contract(at, account, merchant)
    made = at.registers()

    caller = Caller(at).dials(made["virtual_number"]).presses("1", "1", "1")
    caller.gives_card(at.card).holds().does_not_hear("등록이 끝났습니다")
    checked = types(at.parts, "acquirer", "check", account)
    compared = types(at.parts, "reconcile", "--json")

    assert at.fake.live_keys() == set()
    assert (checked.exit_code, "ars acquirer use" in checked.stderr) == (1, True)
    assert json.loads(compared.stdout.splitlines()[-1])["unanswered"] == [account]
    days = {row["acquirer"] for row in at.rows("reconciled_days")}
    assert days == {"sandbox", installation.name}


def lose_contract(at: AtGateway, account: str, merchant: str) -> None:
    """The merchant's contract is there, and no key opens it at its place."""
    with at.parts.database.transaction() as session:
        elsewhere = at.parts.sealer.seal(SECRETS, "{}", "somewhere else", session)
        now = session.now
        session.add(
            MerchantAccount(
                id=account,
                merchant_id=merchant,
                contract=elsewhere,
                created_at=now,
                changed_at=now,
            )
        )
        session.get_one(Merchant, merchant).acquirer_account = account


def test_a_contract_that_lacks_something_is_named_and_not_repeated(
    at: AtGateway, installation: Installation
) -> None:
    merchant = at.rows("merchants")[0]["id"]
    said = types(
        at.parts,
        *USE,
        installation.name,
        "--merchant",
        merchant,
        given=json.dumps({"base_url": at.fake.url, "nonsense": "s3cret-value"}),
    )

    assert said.exit_code == 1
    assert "--contract: " in said.stderr
    assert "s3cret-value" not in said.output


def test_settings_without_a_contract_stop_the_worker_with_the_name_of_what_is_missing(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACQUIRER", installation.name)
    said = types(Parts(), "acquirer", "check")

    assert Settings().acquirer == installation.name
    assert said.exit_code == 1
    assert installation.name.upper() in said.stderr

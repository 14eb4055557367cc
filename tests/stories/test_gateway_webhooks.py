"""What gateways report is a reason to ask, never a fact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from billing_core.acquirers.gateways import GATEWAYS
from foundation.database import Database
from foundation.master_keys import MasterKeys
from tests.billing_core.faulty_line import Fault
from tests.clocks import HandClock
from tests.conftest import SteppedWorker
from tests.gateways.fake_gateway import FakeGateway
from tests.gateways.installations import INSTALLATIONS
from tests.stories.caller import Caller
from tests.stories.service import Service

NICEPAY, _PORTONE, TOSS = INSTALLATIONS


class AtGateway(Service):
    """The product, and the gateway that its settings name."""

    fake: Any
    card: str

    def reports(self, words: object, *, to: str) -> Any:
        """Have a gateway post this to its address."""
        return self.app.test_client().post(f"/acquirers/{to}/webhook", json=words)

    def charge_in_doubt(self) -> Any:
        """A charge whose answer was lost, and about which nobody could ask yet."""
        made = self.registers()
        caller = Caller(self).dials(made["virtual_number"]).presses("1", "1", "1")
        caller.gives_card(self.card).holds().hangs_up()
        self.passes(days=1)
        body = {
            "bill_key": self.registration(made)["bill_key"],
            "order_id": "C-1",
            "amount": 39_000,
            "item": "11월 LPG 요금",
        }
        charge = self.asks("POST", "/v1/charges", body)[1]
        self.fake.next("charge", Fault.ANSWER_LOST)
        self.fake.next("void", Fault.REQUEST_LOST)
        self.fake.inquiry_is_down = True
        Caller(self).dials(charge["virtual_number"]).presses("1").holds().hangs_up()
        self.fake.inquiry_is_down = False
        assert self.charge(charge)["status"] == "unknown"
        return charge

    def charge(self, charge: Any) -> Any:
        return self.asks("GET", f"/v1/charges/{charge['id']}")[1]

    def attempt_id(self) -> str:
        return str(self.rows("charge_attempts")[0]["id"])


@pytest.fixture(params=[NICEPAY, TOSS], ids=lambda installation: installation.name)
def at(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    database: Database,
    masters: MasterKeys,
    stepped: SteppedWorker,
) -> Iterator[AtGateway]:
    clock = HandClock()
    fake = request.param.fake(clock)
    assert isinstance(fake, FakeGateway)
    request.param.is_chosen(monkeypatch, fake)
    service = AtGateway(database, masters, stepped, clock=clock, read_timeout_s=5)
    service.fake, service.card = fake, request.param.card
    yield service
    fake.close()


def report_of(at: AtGateway, name: str) -> Any:
    if name == "nicepay":
        return at.fake.webhook(at.attempt_id())
    data = {"orderId": at.attempt_id(), "status": "DONE", "paymentKey": "pk"}
    return {"eventType": "PAYMENT_STATUS_CHANGED", "createdAt": "2026-11-23", "data": data}


@pytest.mark.parametrize("at", [TOSS], indirect=True, ids=["tosspayments"])
def test_a_charge_in_doubt_is_asked_about_as_soon_as_the_gateway_reports(at: AtGateway) -> None:
    charge = at.charge_in_doubt()

    answers = [at.reports(report_of(at, "tosspayments"), to="tosspayments") for _ in range(3)]
    at.works()

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert at.charge(charge)["status"] == "approved"
    (kept,) = at.rows("acquirer_notices")
    assert kept["read_at"] is not None
    assert (kept["headers"], kept["body"]) == (None, None)


@pytest.mark.parametrize("at", [NICEPAY], indirect=True, ids=["nicepay"])
def test_a_forged_report_is_thanked_for_and_changes_nothing(at: AtGateway) -> None:
    charge = at.charge_in_doubt()
    asked = len(at.fake.asked)
    forged = {**report_of(at, "nicepay"), "signature": "0" * 64}

    answer = at.reports(forged, to="nicepay")
    at.works()

    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"OK", "text/html")
    assert len(at.fake.asked) == asked
    assert at.charge(charge)["status"] == "unknown"


@pytest.mark.parametrize("at", [NICEPAY], indirect=True, ids=["nicepay"])
def test_a_genuine_report_settles_what_was_in_doubt(at: AtGateway) -> None:
    charge = at.charge_in_doubt()
    at.clock.advance(minutes=3)

    at.reports(report_of(at, "nicepay"), to="nicepay")
    at.works()

    assert at.charge(charge)["status"] in ("approved", "declined")
    paid = at.charge(charge)["status"] == "approved"
    assert at.fake.captured() == 39_000 * paid


@pytest.mark.parametrize("kind", ["sqlite"])
def test_strangers_who_report_something_wait_for_nobody_and_keep_nobody_waiting(
    service: Service,
) -> None:
    made_up = {"orderId": "att_0", "tid": "t", "status": "paid", "ediDate": "2026-11-23"}
    with service.database.transaction() as session:
        # From here on whoever wants to write as well waits, and here in vain.
        session.connection()
        answer = service.app.test_client().post("/acquirers/nicepay/webhook", json=made_up)

    assert (answer.status_code, answer.text) == (200, "OK")


@pytest.mark.parametrize("name", sorted(GATEWAYS))
@pytest.mark.parametrize("words", [{}, [], "dummy", {"orderId": "of-somebody-else"}, None])
def test_what_is_no_business_of_ours_is_thanked_for_and_forgotten(
    service: Service, name: str, words: object
) -> None:
    answer = service.app.test_client().post(f"/acquirers/{name}/webhook", json=words)

    assert answer.status_code == 200
    assert answer.text == GATEWAYS[name].thanks[0]
    assert service.rows("acquirer_notices") == []


@pytest.mark.parametrize("name", sorted(GATEWAYS))
@pytest.mark.parametrize("order_id", ["att_\x00", "att_\ud800"], ids=["nul", "half a character"])
def test_an_order_id_that_no_database_takes_is_no_order_of_ours(
    service: Service, name: str, order_id: str
) -> None:
    words = {
        "orderId": order_id,
        "eventType": "PAYMENT_STATUS_CHANGED",
        "type": "Transaction.Paid",
        "data": {"orderId": order_id, "paymentId": order_id.replace("_", ""), "status": "DONE"},
    }

    answer = service.app.test_client().post(f"/acquirers/{name}/webhook", json=words)

    assert answer.status_code == 200
    assert answer.text == GATEWAYS[name].thanks[0]
    assert service.rows("acquirer_notices") == []


@pytest.mark.parametrize("at", [TOSS], indirect=True, ids=["tosspayments"])
def test_half_a_character_in_a_report_does_not_hide_what_it_is_about(at: AtGateway) -> None:
    charge = at.charge_in_doubt()
    report = report_of(at, "tosspayments")
    report["data"]["status"] = "\ud800"

    answer = at.reports(report, to="tosspayments")
    at.works()

    assert answer.status_code == 200
    assert at.charge(charge)["status"] == "approved"


def test_a_gateway_that_nobody_knows_has_no_address(service: Service) -> None:
    assert service.app.test_client().post("/acquirers/nobody/webhook").status_code == 404


def test_old_reports_are_forgotten(at: AtGateway) -> None:
    at.charge_in_doubt()
    name = "nicepay" if at.card == NICEPAY.card else "tosspayments"
    at.reports(report_of(at, name), to=name)
    assert len(at.rows("acquirer_notices")) == 1

    at.passes(days=8)

    assert at.rows("acquirer_notices") == []

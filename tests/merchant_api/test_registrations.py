"""A merchant opens registrations, sees them, cancels them and has texts sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from billing_core.registrations import Registration, Status, move
from billing_core.sealed_answers import SealedAnswer
from foundation.database import Database
from foundation.sealing import Opener
from sms.texts import Text
from tests.conftest import SteppedWorker
from tests.merchant_api.conftest import Program, card, later, registration
from virtual_numbers.loans import Loan


def test_a_registration_by_telephone_lends_a_number_and_texts_it(
    program: Program, database: Database
) -> None:
    body = registration(order_id="R-2026-0001", metadata={"branch": "수원"})
    body["customer"]["phone"] = "010-1234-5678"

    opened = program.post("/v1/registrations", body)

    assert opened.status_code == 201
    assert opened.json["object"] == "registration"
    assert opened.json["status"] == "awaiting_customer"
    assert opened.json["customer"]["phone"] == "+821012345678"
    assert opened.json["metadata"] == {"branch": "수원"}
    assert opened.json["bill_key"] is opened.json["failure"] is opened.json["completed_at"] is None
    assert opened.json["text"]["status"] == "queued"
    with database.reading() as session:
        text = session.get_one(Text, opened.json["text"]["id"])
        loan = session.scalars(sa.select(Loan)).one()
    assert loan.number.e164 == opened.json["virtual_number"]
    assert text.body.startswith(
        "[한빛LPG] 자동결제 카드 등록 요청\n고객번호 끝 네 자리 3512 고객님"
    )
    assert loan.number.national in text.body


def test_a_registration_with_a_card_seals_it_and_stages_the_work(
    program: Program, database: Database, stepped: SteppedWorker, opener: Opener
) -> None:
    opened = program.opens(channel="card", card=card())

    with database.reading() as session:
        kept = {answer.id: answer.box for answer in session.scalars(sa.select(SealedAnswer))}
    places = {place.partition(":")[2]: opener.open(box, place) for place, box in kept.items()}
    assert opened["virtual_number"] is None
    assert opened["text"] is None
    assert stepped.staged == [("urgent_register_entered_card", (opened["id"],))]
    assert {name: answer.reveal() for name, answer in places.items()} == {
        "number": "9999000000000004",
        "expiry": "1239",
        "holder": "900101",
        "password": "12",
    }


def test_the_web_link_is_refused_by_name(program: Program) -> None:
    refused = program.post("/v1/registrations", registration(channel="web_link"))

    assert refused.status_code == 422
    assert refused.json["code"] == "channel_unavailable"
    assert refused.json["param"] == "/channel"


def test_an_order_id_is_taken_once_per_merchant(program: Program, database: Database) -> None:
    program.opens(order_id="R-1")

    again = program.post("/v1/registrations", registration(order_id="R-1"))

    assert (again.status_code, again.json["code"]) == (409, "order_id_taken")
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Loan)) == 1


def test_an_empty_pool_is_said_and_leaves_nothing_behind(
    program: Program, database: Database
) -> None:
    with database.transaction() as session:
        session.execute(sa.text("UPDATE virtual_numbers SET status = 'retired'"))

    refused = program.post("/v1/registrations", registration(), key="one")
    with database.transaction() as session:
        session.execute(sa.text("UPDATE virtual_numbers SET status = 'active'"))
    repeated = program.post("/v1/registrations", registration(), key="two")

    assert (refused.status_code, refused.json["code"]) == (503, "number_pool_exhausted")
    assert int(refused.headers["Retry-After"]) > 0
    assert repeated.status_code == 201
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 1


def test_a_canceled_registration_gives_its_number_back(
    program: Program, database: Database
) -> None:
    opened = program.opens()

    canceled = program.post(f"/v1/registrations/{opened['id']}/cancel")
    again = program.post(f"/v1/registrations/{opened['id']}/cancel")

    assert canceled.json["status"] == "canceled"
    assert canceled.json["completed_at"] is not None
    assert (again.status_code, again.json["code"]) == (409, "invalid_state")
    assert "canceled" in again.json["detail"]
    with database.reading() as session:
        assert not session.scalars(sa.select(Loan)).one().is_open


def test_a_registration_whose_card_is_being_checked_cannot_be_canceled(
    program: Program, database: Database
) -> None:
    opened = program.opens()
    with database.transaction() as session:
        row = session.get_one(Registration, opened["id"])
        move(session, row, Status.PROCESSING, why="a card was entered")

    refused = program.post(f"/v1/registrations/{opened['id']}/cancel")

    assert (refused.status_code, refused.json["code"]) == (409, "invalid_state")
    assert "being checked" in refused.json["detail"]


def test_a_text_sent_again_has_the_same_number_and_words(
    program: Program, database: Database
) -> None:
    opened = program.opens()

    resent = program.post(f"/v1/registrations/{opened['id']}/resend")

    assert resent.json["virtual_number"] == opened["virtual_number"]
    assert resent.json["text"]["id"] != opened["text"]["id"]
    with database.reading() as session:
        first, second = session.scalars(sa.select(Text).order_by(Text.id))
    assert first.body == second.body
    assert first.to == second.to


def test_texts_sent_again_count_against_the_caps(program: Program) -> None:
    address = f"/v1/registrations/{program.opens()['id']}/resend"

    statuses = [program.post(address).status_code for _ in range(3)]
    refused = program.post(address)

    assert statuses == [200, 200, 429]
    assert refused.json["code"] == "text_limit_reached"
    assert int(refused.headers["Retry-After"]) > 0


@pytest.mark.parametrize("end", ["cancel", "card", "time"])
def test_a_text_is_sent_again_only_while_the_customer_is_awaited(
    program: Program, database: Database, end: str
) -> None:
    opened = program.opens(**({"channel": "card", "card": card()} if end == "card" else {}))
    if end == "cancel":
        program.post(f"/v1/registrations/{opened['id']}/cancel")
    if end == "time":
        later(database, timedelta(seconds=86400))

    refused = program.post(f"/v1/registrations/{opened['id']}/resend")

    assert (refused.status_code, refused.json["code"]) == (409, "invalid_state")


def test_registrations_are_found_by_what_merchants_know(program: Program) -> None:
    first = program.opens(order_id="A 1")
    second = program.opens(customer=registration()["customer"] | {"ref": "다른 고객"})
    program.post(f"/v1/registrations/{first['id']}/cancel")

    def found(**query: str) -> list[str]:
        return [row["id"] for row in program.get("/v1/registrations", **query).json["data"]]

    assert found() == [second["id"], first["id"]]
    assert found(status="canceled") == [first["id"]]
    assert found(order_id="A 1") == [first["id"]]
    assert found(customer_ref="다른 고객") == [second["id"]]
    assert found(created_after="2000-01-01T00:00:00Z") == [second["id"], first["id"]]
    assert found(created_after="2100-01-01T00:00:00+09:00") == []
    assert found(created_before="2000-01-01T00:00:00Z") == []
    assert program.get(f"/v1/registrations/{first['id']}").json["status"] == "canceled"

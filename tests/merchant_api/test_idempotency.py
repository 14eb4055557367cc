"""One key, one execution: what is repeated, what is refused, what is forgotten, and who races."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from billing_core.merchants import APIKey, key_hash, new_key
from billing_core.registrations import Registration
from foundation.database import Database
from merchant_api.idempotency import IN_USE_MAX, ClaimLost, claim, keep
from merchant_api.idempotency_keys import REMEMBERED, Answer, Claim, IdempotencyKey, Slot
from merchant_api.jobs import sweeps
from tests.merchant_api.conftest import Program, card, later, registration, serve

OPEN = "/v1/registrations"
BODY = registration(order_id="R-idempotent")
CARD_BODY = registration(order_id="R-card", channel="card", card=card())
WEBHOOK = {"url": "https://shop.example.com/events", "events": ["*"]}


def changed(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The same body with another value at one place."""
    copy: dict[str, Any] = json.loads(json.dumps(body))
    *way, last = path.split(".")
    part = copy
    for name in way:
        part = part[name]
    part[last] = value
    return copy


def count_registrations(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Registration)) or 0


def raw(program: Program, text: str | bytes, key: str = "k") -> TestResponse:
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    return program.send("POST", OPEN, headers=headers, data=text)


SAME = {
    "the very same": (BODY, json.dumps(BODY)),
    "members in another order": (BODY, json.dumps(dict(reversed(BODY.items())))),
    "more white space": (BODY, json.dumps(BODY, indent=4)),
    "characters written as escapes": (BODY, json.dumps(BODY, ensure_ascii=False)),
    "a card": (CARD_BODY, json.dumps(CARD_BODY)),
    "a refused field": (changed(BODY, "item", ""), json.dumps(changed(BODY, "item", ""))),
    "an unknown field": (BODY | {"x": 1}, json.dumps(BODY | {"x": 1})),
    "a card number in a wrong field": (
        BODY | {"x": "9999 0000 0000 0004"},
        json.dumps(BODY | {"x": "9999 0000 0000 0004"}),
    ),
}
OTHER = {
    "another item": (BODY, changed(BODY, "item", "수강료")),
    "another customer": (BODY, changed(BODY, "customer.ref", "cust-78")),
    "another amount": (BODY, changed(BODY, "terms.amount", 1)),
    "a number instead of text": (changed(BODY, "metadata.a", "1"), changed(BODY, "metadata.a", 1)),
    "true instead of one": (
        changed(BODY, "expires_in", 1),
        changed(BODY, "expires_in", True),
    ),
    "null instead of nothing": (
        {name: BODY[name] for name in BODY if name != "trust_phrase"},
        BODY | {"trust_phrase": None},
    ),
    "one more field": (BODY, BODY | {"card": None}),
    "one field less": (BODY, {name: BODY[name] for name in BODY if name != "metadata"}),
    "another card number": (CARD_BODY, changed(CARD_BODY, "card.number", "9999000000510002")),
    "another password": (CARD_BODY, changed(CARD_BODY, "card.password_two_digits", "13")),
    "a card that was not there": (BODY, BODY | {"card": card()}),
    "a correction after a refusal": (changed(BODY, "item", ""), BODY),
    "nothing at all": (BODY, {}),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_body_gets_the_same_bytes(program: Program, database: Database, name: str) -> None:
    body, again = SAME[name]

    first = program.post(OPEN, body, key="k")
    second = raw(program, again)

    assert second.data == first.data
    assert second.status == first.status
    assert second.content_type == first.content_type
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert count_registrations(database) == (first.status_code == 201)


@pytest.mark.parametrize("name", OTHER)
def test_another_body_under_the_same_key_is_refused_and_has_no_effect(
    program: Program, database: Database, name: str
) -> None:
    body, other = OTHER[name]
    first = program.post(OPEN, body, key="k")
    before = count_registrations(database)

    reused = program.post(OPEN, other, key="k")

    assert (reused.status_code, reused.json["code"]) == (422, "idempotency_key_reused")
    assert count_registrations(database) == before
    assert program.post(OPEN, body, key="k").data == first.data


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency_key_missing"),
        ("", "idempotency_key_invalid"),
        ("x" * 256, "idempotency_key_invalid"),
        ("a\tb", "idempotency_key_invalid"),
        ("é", "idempotency_key_invalid"),
    ],
)
def test_a_key_that_is_none_is_refused(
    program: Program, database: Database, key: str | None, code: str
) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}

    refused = program.send("POST", OPEN, headers=headers, json=BODY)

    assert (refused.status_code, refused.json["code"]) == (400, code)
    assert count_registrations(database) == 0


@pytest.mark.parametrize("key", ["x", "x" * 255, "a b", "!~", "키".encode().hex()])
def test_every_printable_key_is_taken(program: Program, key: str) -> None:
    first, second = program.post(OPEN, BODY, key=key), program.post(OPEN, BODY, key=key)

    assert first.status_code == 201
    assert second.data == first.data


def test_keys_of_other_merchants_paths_and_cases_are_other_keys(
    program: Program, new_program: Callable[[str], Program], database: Database
) -> None:
    other = new_program("다른 상점")

    first = program.post(OPEN, BODY, key="k")
    second = other.post(OPEN, BODY, key="k")
    third = program.post(OPEN, BODY | {"order_id": "R-other"}, key="K")
    fourth = program.post(f"{OPEN}/{first.json['id']}/cancel", key="k")

    assert [first.status_code, second.status_code, third.status_code] == [201, 201, 201]
    assert fourth.json["status"] == "canceled"
    assert count_registrations(database) == 3


@pytest.mark.parametrize("verb", ["cancel", "resend"])
def test_what_is_done_to_a_registration_is_done_once(
    program: Program, database: Database, verb: str
) -> None:
    address = f"{OPEN}/{program.opens()['id']}/{verb}"

    first = program.post(address, key="k")
    second = program.post(address, {}, key="k")
    third = program.post(address, key="k")

    assert first.status_code == 200
    assert second.data == third.data == first.data
    with database.reading() as session:
        texts = session.scalar(sa.text("SELECT count(*) FROM texts"))
    assert texts == (2 if verb == "resend" else 1)


def test_refusals_are_repeated_like_any_answer(program: Program) -> None:
    opened = program.opens(order_id="R-1")
    taken = [program.post(OPEN, BODY | {"order_id": "R-1"}, key="a") for _ in range(2)]
    absent = [program.post(f"{OPEN}/reg_0/cancel", key="b") for _ in range(2)]
    program.post(f"{OPEN}/{opened['id']}/cancel")
    ended = [program.post(f"{OPEN}/{opened['id']}/cancel", key="c") for _ in range(2)]

    for (first, second), status in zip((taken, absent, ended), (409, 404, 409), strict=True):
        assert first.status_code == status
        assert second.data == first.data
        assert second.headers["Idempotent-Replayed"] == "true"


def test_a_secret_is_shown_again_to_the_key_that_asked_and_kept_closed(
    program: Program, database: Database
) -> None:
    first = program.post("/v1/webhook_endpoints", WEBHOOK, key="k")
    second = program.post("/v1/webhook_endpoints", WEBHOOK, key="k")
    with database.transaction() as session:
        kept = session.scalars(sa.select(IdempotencyKey)).one().body or b""
        program.key, first_key = new_key(livemode=False), program.key
        session.add(
            APIKey(
                hash=key_hash(program.key),
                merchant_id=program.merchant.id,
                hint="0000",
                livemode=False,
                created_at=session.now,
            )
        )
    by_another_key = program.post("/v1/webhook_endpoints", WEBHOOK, key="k")

    assert first.status_code == 201
    assert first.json["secret"].startswith("whsec_")
    assert second.data == first.data
    assert first.json["secret"].encode() not in kept
    assert first_key.encode() not in kept
    assert (by_another_key.status_code, by_another_key.json["code"]) == (
        422,
        "idempotency_key_reused",
    )


def test_another_key_of_the_merchant_gets_the_same_answer(
    program: Program, database: Database
) -> None:
    first = program.post(OPEN, BODY, key="k")
    program.key = new_key(livemode=False)
    with database.transaction() as session:
        session.add(
            APIKey(
                hash=key_hash(program.key),
                merchant_id=program.merchant.id,
                hint="0000",
                livemode=False,
                created_at=session.now,
            )
        )

    second = program.post(OPEN, BODY, key="k")

    assert second.data == first.data


def test_another_web_process_gives_the_same_answer(program: Program, database: Database) -> None:
    first = program.post(OPEN, BODY, key="k")
    program.client = serve(database).test_client()

    second = program.post(OPEN, BODY, key="k")

    assert second.data == first.data


def test_keys_are_remembered_for_fifteen_days_and_then_forgotten(
    program: Program, database: Database
) -> None:
    [forget] = sweeps(database)
    first = program.post(OPEN, BODY, key="k")

    later(database, REMEMBERED - timedelta(minutes=5))
    forget.do()
    second = program.post(OPEN, BODY, key="k")
    later(database, REMEMBERED + timedelta(minutes=5))
    forget.do()
    third = program.post(OPEN, BODY, key="k")

    assert second.data == first.data
    assert third.json["code"] == "order_id_taken"


def test_our_own_faults_are_not_kept(program: Program, database: Database) -> None:
    with database.transaction() as session:
        session.execute(sa.text("UPDATE virtual_numbers SET status = 'retired'"))
    refused = program.post(OPEN, BODY, key="k")
    with database.transaction() as session:
        session.execute(sa.text("UPDATE virtual_numbers SET status = 'active'"))

    repeated = program.post(OPEN, BODY, key="k")

    assert refused.status_code == 503
    assert repeated.status_code == 201
    assert "Idempotent-Replayed" not in repeated.headers


def test_a_crash_of_ours_leaves_nothing_and_can_be_repeated(
    program: Program, database: Database
) -> None:
    staging, database.stage = database.stage, None
    crashed = program.post(OPEN, BODY, key="k")
    database.stage = staging

    repeated = program.post(OPEN, BODY, key="k")

    assert (crashed.status_code, crashed.json["code"]) == (500, "internal_error")
    assert repeated.status_code == 201
    assert count_registrations(database) == 1


@pytest.mark.parametrize("body", ["{", "[]", '{"a":1,"a":2}', "\ufeff", '{"a":NaN}'])
def test_a_body_that_cannot_be_read_does_not_use_up_its_key(program: Program, body: str) -> None:
    refused = raw(program, body)
    repeated = program.post(OPEN, BODY, key="k")

    assert (refused.status_code, refused.json["code"]) == (400, "malformed_json")
    assert repeated.status_code == 201


def test_texts_that_are_too_many_can_be_asked_for_again_later(
    program: Program, database: Database
) -> None:
    address = f"{OPEN}/{program.opens()['id']}/resend"
    for _ in range(2):
        program.post(address)
    refused = program.post(address, key="k")
    later(database, timedelta(minutes=11))

    repeated = program.post(address, key="k")

    assert refused.status_code == 429
    assert repeated.status_code == 200


def slot_of(program: Program) -> Slot:
    return Slot(program.merchant.id, "POST", OPEN, "k", "print", program.key)


def claimed(database: Database, slot: Slot) -> Claim:
    with database.transaction() as session:
        taken = claim(session, slot)
    assert isinstance(taken, Claim)
    return taken


def in_use(database: Database, program: Program) -> None:
    """Leave behind what a request leaves that was killed midway."""
    program.post(OPEN, BODY, key="k")
    with database.transaction() as session:
        session.execute(sa.text("DELETE FROM loans"))
        session.execute(sa.text("DELETE FROM registrations"))
        session.execute(sa.update(IdempotencyKey).values(status=None, body=None))


def test_a_repetition_while_the_first_is_running_waits_its_turn(
    program: Program, database: Database
) -> None:
    in_use(database, program)

    refused = program.post(OPEN, BODY, key="k")
    reused = program.post(OPEN, changed(BODY, "item", "수강료"), key="k")

    assert (refused.status_code, refused.json["code"]) == (409, "idempotency_key_in_use")
    assert refused.headers["Retry-After"] == "1"
    assert (reused.status_code, reused.json["code"]) == (422, "idempotency_key_reused")
    assert count_registrations(database) == 0


def test_a_request_that_was_killed_midway_is_taken_over(
    program: Program, database: Database
) -> None:
    in_use(database, program)
    later(database, IN_USE_MAX + timedelta(seconds=5))

    repeated = program.post(OPEN, BODY, key="k")

    assert repeated.status_code == 201
    assert "Idempotent-Replayed" not in repeated.headers
    assert program.post(OPEN, BODY, key="k").data == repeated.data
    assert count_registrations(database) == 1


def test_a_slow_request_that_was_overtaken_cannot_keep_its_answer(
    program: Program, database: Database
) -> None:
    slow = claimed(database, slot_of(program))
    later(database, IN_USE_MAX)
    fast = claimed(database, slot_of(program))
    answer = Answer(201, "application/json", b"{}")

    with pytest.raises(ClaimLost), database.transaction() as session:
        keep(session, slow, answer)
    with database.transaction() as session:
        keep(session, fast, answer)
    with database.transaction() as session:
        repeated = claim(session, slot_of(program))

    assert repeated == answer


def test_sixteen_at_once_are_one_execution(
    application: Flask, program: Program, database: Database
) -> None:
    answers: list[TestResponse] = []
    start = threading.Barrier(16)

    def ask() -> None:
        racer = Program(application.test_client(), program.merchant, program.key)
        start.wait()
        answers.append(racer.post(OPEN, BODY, key="k"))

    racers = [threading.Thread(target=ask) for _ in range(16)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    final = program.post(OPEN, BODY, key="k")
    given = [answer for answer in answers if answer.status_code == 201]
    others = [answer.json["code"] for answer in answers if answer.status_code != 201]
    assert len(answers) == 16
    assert {answer.data for answer in given} == {final.data}
    assert sum("Idempotent-Replayed" not in answer.headers for answer in given) == 1
    assert set(others) <= {"idempotency_key_in_use"}
    assert count_registrations(database) == 1


def test_sixteen_with_keys_of_their_own_share_one_order_id(
    application: Flask, program: Program, database: Database
) -> None:
    statuses: list[int] = []
    start = threading.Barrier(16)

    def ask(key: str) -> None:
        racer = Program(application.test_client(), program.merchant, program.key)
        start.wait()
        statuses.append(racer.post(OPEN, BODY, key=key).status_code)

    racers = [threading.Thread(target=ask, args=(f"k{number}",)) for number in range(16)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    assert sorted(statuses) == [201] + [409] * 15
    assert count_registrations(database) == 1


WRONG_PLACES = [
    changed(BODY, "item", "요금 9999 0000 0000 0004"),
    changed(BODY, "trust_phrase", "9999-0000-0000-0004"),
    changed(BODY, "customer.name", "홍 9999 0000 0000 0004"),
    changed(BODY, "metadata.a", "9999\u00a00000\u00a00000\u00a00004"),
    BODY | {"metadata": {"9999–0000–0000–0004": "a"}},
]


def test_a_card_number_in_free_text_is_kept_nowhere(program: Program, database: Database) -> None:
    for number, body in enumerate(WRONG_PLACES):
        refused = program.post(OPEN, body, key=str(number))

        assert refused.json["errors"][0]["code"] == "card_number_not_allowed"

    with database.reading() as session:
        rows = session.execute(sa.text("SELECT * FROM idempotency_keys")).all()
    kept = repr([tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in rows])
    assert len(rows) == len(WRONG_PLACES)
    assert "0000" not in kept
    assert {len(row.fingerprint) for row in rows} == {4}
    assert count_registrations(database) == 0


def test_no_card_data_is_kept(program: Program, database: Database) -> None:
    program.post(OPEN, CARD_BODY, key="a")
    program.post(OPEN, changed(CARD_BODY, "card.number", "9999000000000005"), key="b")
    program.post(OPEN, BODY | {"Card": card()}, key="c")
    program.post(OPEN, BODY | {card()["number"]: 1}, key="d")

    with database.reading() as session:
        rows = session.execute(sa.text("SELECT * FROM idempotency_keys")).all()
    kept = repr([tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in rows])
    assert len(rows) == 4
    assert "0000 0000 0004" not in kept
    assert "99990000" not in kept
    assert "900101" not in kept
    assert {len(row.fingerprint) for row in rows} == {4, 64 + 1 + 4}

"""Every event reaches every endpoint that wants it, signed, under one id, for three days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY
from standardwebhooks import Webhook, WebhookVerificationError
from structlog.testing import capture_logs

from billing_core.actions.deliver_event import deliver_event
from billing_core.delivery_schedule import REST, TRIES_MAX
from billing_core.events import DeliveryStatus, WebhookEndpoint, publish
from billing_core.webhook_courier import WebhookCourier
from foundation.database import Database
from foundation.lifecycle import StateChange
from foundation.sealing import Opener, Sealer
from tests.billing_core.deliveries import InterruptedCourier, Post
from tests.billing_core.merchant_server import (
    MerchantServer,
    answer,
    hang_up,
    merchant_server,
    silence,
    verified,
)
from tests.conftest import SteppedWorker


@pytest.fixture
def post(database: Database, stepped: SteppedWorker, sealer: Sealer, opener: Opener) -> Post:
    return Post(database, stepped, sealer, opener)


@pytest.fixture
def server() -> Iterator[MerchantServer]:
    with merchant_server() as server:
        yield server


def test_an_event_arrives_signed_and_as_the_list_shows_it(
    post: Post, server: MerchantServer
) -> None:
    _, secret = post.add_endpoint(server.url)
    event_id = post.happens("charge.approved")
    post.work()
    (request,) = server.received
    event = json.loads(request.body)

    assert verified(request, secret) == event
    assert request.headers["webhook-id"] == event_id == event["id"]
    assert (event["object"], event["type"]) == ("event", "charge.approved")
    assert event["data"]["item"] == "11월 LPG 요금"
    assert post.delivery(event_id).status == DeliveryStatus.DELIVERED


def test_another_secret_or_another_byte_is_noticed(post: Post, server: MerchantServer) -> None:
    _, secret = post.add_endpoint(server.url)
    _, other_secret = post.add_endpoint(server.url, "charge.refunded")
    post.happens()
    post.work()
    (request,) = server.received

    with pytest.raises(WebhookVerificationError):
        verified(request, other_secret)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(request.body + b" ", request.headers)


def test_an_event_goes_to_the_endpoints_that_want_it_and_to_nobody_else(
    post: Post, server: MerchantServer
) -> None:
    post.add_endpoint(f"{server.url}/all")
    post.add_endpoint(f"{server.url}/charges", "charge.approved", "charge.declined")
    post.add_endpoint(f"{server.url}/refunds", "charge.refunded")
    post.add_endpoint(f"{server.url}/stranger", merchant=post.new_merchant("다른 가맹점"))
    deleted, _ = post.add_endpoint(f"{server.url}/deleted")
    post.delete_endpoint(deleted)
    post.happens("charge.approved")
    post.work()

    assert sorted(request.line.split()[1] for request in server.received) == [
        "/hooks/all",
        "/hooks/charges",
    ]


def test_a_failed_delivery_is_tried_again_with_the_same_id_and_bytes(
    post: Post, server: MerchantServer
) -> None:
    _, secret = post.add_endpoint(server.url)
    server.next_answers.extend([answer(500), hang_up, answer(302)])
    event_id = post.happens()
    post.work()
    first_error = post.delivery(event_id).last_error
    for _ in range(3):
        post.until_next_attempt()
    delivery = post.delivery(event_id)

    assert first_error == "status_500"
    assert len(server.received) == 4
    assert {request.headers["webhook-id"] for request in server.received} == {event_id}
    assert len({request.body for request in server.received}) == 1
    assert all(verified(request, secret) for request in server.received)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 4)
    assert (delivery.next_attempt_at, delivery.last_error) == (None, None)


def test_nothing_is_sent_before_its_time(post: Post, server: MerchantServer) -> None:
    post.add_endpoint(server.url)
    server.always = answer(500)
    event_id = post.happens()
    post.work()
    post.pass_time(timedelta(seconds=4))
    deliver_event(
        post.database, post.delivery(event_id).id, opener=post.opener, courier=post.courier
    )

    assert len(server.received) == 1


def test_a_server_away_for_three_days_is_tried_often_and_then_given_up_in_sight(
    post: Post, server: MerchantServer
) -> None:
    _, secret = post.add_endpoint(server.url)
    server.always = answer(503)
    event_id = post.happens()
    post.work()
    moments = [timedelta()]
    while post.delivery(event_id).status == DeliveryStatus.PENDING:
        post.until_next_attempt()
        moments.append(post.clock.ahead)
    waits = [after - before for before, after in pairwise(moments)]
    delivery = post.delivery(event_id)

    assert len(server.received) == len(moments) == TRIES_MAX >= 10
    assert moments[-1] >= timedelta(hours=75)
    assert waits == sorted(waits)
    assert (delivery.status, delivery.last_error) == (DeliveryStatus.EXHAUSTED, "status_503")
    assert all(verified(request, secret) for request in server.received)


def test_a_server_that_says_gone_is_left_alone(
    post: Post, server: MerchantServer, database: Database
) -> None:
    endpoint, _ = post.add_endpoint(server.url)
    server.next_answers.extend([answer(500), answer(410)])
    waiting = post.happens()
    post.work()
    gone = post.happens()
    post.work()
    post.sweep()
    post.happens()
    post.work()
    with database.reading() as session:
        disabled_at = session.get_one(WebhookEndpoint, endpoint.id).disabled_at

    assert disabled_at is not None
    assert len(server.received) == 2
    assert post.delivery(gone).status == DeliveryStatus.EXHAUSTED
    assert post.delivery(gone).last_error == "status_410"
    assert post.delivery(waiting).status == DeliveryStatus.EXHAUSTED
    assert post.delivery(waiting).last_error == "endpoint_disabled"
    assert post.resend(gone) == 0


def test_what_was_on_its_way_to_a_deleted_endpoint_ends_there(
    post: Post, server: MerchantServer, database: Database
) -> None:
    endpoint, _ = post.add_endpoint(server.url)
    server.always = answer(500)
    tried, untried = post.happens(), ""
    post.work()
    untried = post.happens()
    post.delete_endpoint(endpoint)
    post.sweep()
    with database.reading() as session:
        whys = session.scalars(
            sa.select(StateChange.why).where(StateChange.object_id == post.delivery(tried).id)
        ).all()

    assert len(server.received) == 1
    assert list(whys) == ["endpoint_deleted"]
    for event_id in (tried, untried):
        delivery = post.delivery(event_id)
        assert (delivery.status, delivery.last_error) == ("exhausted", "endpoint_deleted")
        assert delivery.next_attempt_at is None


def test_a_server_may_ask_for_patience(post: Post, server: MerchantServer) -> None:
    post.add_endpoint(server.url)
    server.next_answers.append(answer(429, Retry_After="3600"))
    event_id = post.happens()
    post.work()
    post.pass_time(timedelta(minutes=59))
    early = len(server.received)
    post.pass_time(timedelta(minutes=2))

    assert early == 1
    assert post.delivery(event_id).status == DeliveryStatus.DELIVERED


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("http://169.254.169.254/latest", "refused_target"),
        ("https://127.0.0.1:1/", "connect_failed"),
    ],
)
def test_a_failure_is_one_word(post: Post, url: str, word: str, database: Database) -> None:
    endpoint, _ = post.add_endpoint("http://127.0.0.1:1/")
    with database.transaction() as session:
        session.execute(
            sa.update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint.id).values(url=url)
        )
    event_id = post.happens()
    post.work()

    assert post.delivery(event_id).last_error == word


def test_a_stray_half_character_still_travels(
    post: Post, server: MerchantServer, database: Database
) -> None:
    _, secret = post.add_endpoint(server.url)
    with database.transaction() as session:
        publish(session, post.merchant.id, "text.failed", {"item": "\ud83d", "livemode": False})
    post.work()
    (request,) = server.received

    assert verified(request, secret)


def test_attempts_are_counted_and_logged_without_what_they_carry(
    post: Post, server: MerchantServer
) -> None:
    _, secret = post.add_endpoint(server.url)
    counted = {"result": "status_5xx"}
    before = REGISTRY.get_sample_value("ars_webhook_deliveries_total", counted) or 0
    server.next_answers.append(answer(503))
    with capture_logs() as lines:
        event_id = post.happens()
        post.work()
        post.pass_time(timedelta(seconds=10))

    assert REGISTRY.get_sample_value("ars_webhook_deliveries_total", counted) == before + 1
    assert [(line["event"], line["outcome"]) for line in lines] == [
        ("event.not_delivered", "status_503"),
        ("event.delivered", "status_200"),
    ]
    assert all(line["event_id"] == event_id for line in lines)
    assert "LPG" not in str(lines)
    assert secret not in str(lines)


def test_after_a_rest_one_attempt_tries_and_the_others_wait_for_it(
    post: Post, server: MerchantServer
) -> None:
    post.add_endpoint(server.url)
    post.hire(WebhookCourier(allow_private=True, deadline_s=0.2))
    server.next_answers.append(silence)
    events = [post.happens() for _ in range(5)]
    post.work()
    assert len(server.received) == 1

    sent_meanwhile: list[int] = []

    def others_come() -> None:
        for event_id in events[1:]:
            delivery = post.delivery(event_id).id
            deliver_event(post.database, delivery, opener=post.opener, courier=post.courier)
        sent_meanwhile.append(len(server.received))

    post.hire(InterruptedCourier(others_come))
    post.pass_time(REST)
    assert sent_meanwhile == [2]
    post.pass_time(REST)

    assert {post.delivery(event_id).status for event_id in events} == {DeliveryStatus.DELIVERED}
    assert len(server.received) == 1 + len(events)

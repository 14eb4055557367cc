"""Any event can be sent again, under the same id, to whoever wants it now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from billing_core.events import DeliveryStatus
from foundation.database import Database
from foundation.errors import NotFound
from foundation.sealing import Opener, Sealer
from tests.billing_core.deliveries import InterruptedCourier, Post
from tests.billing_core.merchant_server import MerchantServer, answer, merchant_server
from tests.conftest import SteppedWorker


@pytest.fixture
def post(database: Database, stepped: SteppedWorker, sealer: Sealer, opener: Opener) -> Post:
    return Post(database, stepped, sealer, opener)


@pytest.fixture
def server() -> Iterator[MerchantServer]:
    with merchant_server() as server:
        yield server


def test_what_was_given_up_can_be_sent_again_under_the_same_id(
    post: Post, server: MerchantServer
) -> None:
    post.add_endpoint(server.url)
    server.always = answer(503)
    event_id = post.happens()
    post.work()
    while post.delivery(event_id).status == DeliveryStatus.PENDING:
        post.until_next_attempt()
    server.next_answers.extend([answer(500), answer(200)])
    resent = post.resend(event_id)
    post.work()
    again = post.delivery(event_id).status
    post.pass_time(timedelta(seconds=10))

    assert resent == 1
    assert again == DeliveryStatus.PENDING
    assert post.delivery(event_id).status == DeliveryStatus.DELIVERED
    assert {request.headers["webhook-id"] for request in server.received} == {event_id}


def test_a_delivered_event_can_be_sent_again_as_often_as_asked(
    post: Post, server: MerchantServer
) -> None:
    post.add_endpoint(server.url)
    event_id = post.happens()
    post.work()
    for _ in range(3):
        post.resend(event_id)
        post.work()

    assert len(server.received) == 4
    assert len({(each.headers["webhook-id"], each.body) for each in server.received}) == 1
    assert post.delivery(event_id).status == DeliveryStatus.DELIVERED


def test_resending_reaches_an_endpoint_that_was_added_later(
    post: Post, server: MerchantServer
) -> None:
    event_id = post.happens()
    nobody = post.resend(event_id)
    post.add_endpoint(server.url)
    post.add_endpoint(server.url, "charge.refunded")
    somebody = post.resend(event_id)
    post.work()

    assert (nobody, somebody) == (0, 1)
    assert len(server.received) == 1


def test_resending_brings_a_waiting_delivery_forward(post: Post, server: MerchantServer) -> None:
    post.add_endpoint(server.url)
    server.next_answers.extend([answer(500)] * 4)
    event_id = post.happens()
    post.work()
    for _ in range(3):
        post.until_next_attempt()
    post.resend(event_id)
    post.work()

    assert post.delivery(event_id).status == DeliveryStatus.DELIVERED


def test_resending_what_is_under_way_does_not_send_it_twice(
    post: Post, server: MerchantServer
) -> None:
    post.add_endpoint(server.url)
    event_id = post.happens()
    post.resend(event_id)
    post.resend(event_id)
    post.work()
    post.sweep()

    assert len(server.received) == 1


def test_resending_in_the_middle_of_an_attempt_waits_for_its_outcome(
    post: Post, server: MerchantServer
) -> None:
    post.add_endpoint(server.url)
    event_id = post.happens()

    def meanwhile() -> None:
        post.resend(event_id)
        post.sweep()

    post.hire(InterruptedCourier(meanwhile))
    post.work()

    assert len(server.received) == 1
    assert post.delivery(event_id).status == DeliveryStatus.DELIVERED


def test_events_of_others_cannot_be_sent_again(post: Post) -> None:
    event_id = post.happens()
    post.merchant = post.new_merchant("다른 가맹점")

    with pytest.raises(NotFound):
        post.resend(event_id)
    with pytest.raises(NotFound):
        post.resend("evt_unknown")

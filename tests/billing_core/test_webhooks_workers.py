"""Whatever happens to workers, no event is lost, and each attempt is sent once."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import pytest

from billing_core.actions.deliver_event import deliver_event
from billing_core.delivery_schedule import LEASE, REST, TRIES_MAX
from billing_core.events import DeliveryStatus
from billing_core.webhook_courier import Outcome, WebhookCourier
from foundation.database import Database
from foundation.sealing import Opener, Sealer
from tests.billing_core.deliveries import InterruptedCourier, Post
from tests.billing_core.merchant_server import (
    MerchantServer,
    answer,
    merchant_server,
    silence,
    verified,
)
from tests.conftest import SteppedWorker

RACERS = 8


class Killed(BaseException):
    """The worker's process ends here."""


class DyingCourier(WebhookCourier):
    """The message is out, and the worker dies before anything is recorded."""

    def carry(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        super().carry(url, headers, body)
        raise Killed


class MortalCourier(WebhookCourier):
    """Dies before sending, after sending, or not at all, as the dice fall."""

    def __init__(self, seed: int) -> None:
        super().__init__(allow_private=True)
        self.dice = random.Random(seed)
        self.deaths = 0

    def carry(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        fate = self.dice.random()
        if fate < 0.1:
            self.die()
        outcome = super().carry(url, headers, body)
        if fate > 0.9:
            self.die()
        return outcome

    def die(self) -> None:
        self.deaths += 1
        raise Killed


@pytest.fixture
def post(database: Database, stepped: SteppedWorker, sealer: Sealer, opener: Opener) -> Post:
    return Post(database, stepped, sealer, opener)


@pytest.fixture
def server() -> Iterator[MerchantServer]:
    with merchant_server() as server:
        yield server


def test_many_workers_with_the_same_job_send_once(post: Post, server: MerchantServer) -> None:
    post.add_endpoint(server.url)
    delivery_id = post.delivery(post.happens()).id
    together = threading.Barrier(RACERS)

    def race() -> None:
        together.wait()
        deliver_event(post.database, delivery_id, opener=post.opener, courier=post.courier)

    racers = [threading.Thread(target=race) for _ in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    assert len(server.received) == 1


def test_a_worker_that_dies_after_sending_is_made_up_for_under_the_same_id(
    post: Post, server: MerchantServer
) -> None:
    _, secret = post.add_endpoint(server.url)
    event_id = post.happens()
    post.hire(DyingCourier(allow_private=True))
    with pytest.raises(Killed):
        post.work()
    post.hire(WebhookCourier(allow_private=True))
    delivery_id = post.delivery(event_id).id
    deliver_event(post.database, delivery_id, opener=post.opener, courier=post.courier)
    post.pass_time(LEASE - timedelta(seconds=10))
    before_the_claim_ran_out = len(server.received)
    post.pass_time(timedelta(seconds=11))

    assert before_the_claim_ran_out == 1
    assert len(server.received) == 2
    assert len({(each.headers["webhook-id"], each.body) for each in server.received}) == 1
    assert all(verified(request, secret) for request in server.received)
    assert post.delivery(event_id).status == DeliveryStatus.DELIVERED


def test_workers_that_die_at_every_try_leave_the_delivery_in_sight(
    post: Post, server: MerchantServer
) -> None:
    post.add_endpoint(server.url)
    event_id = post.happens()
    post.hire(DyingCourier(allow_private=True))
    for _ in range(TRIES_MAX):
        with pytest.raises(Killed):
            post.pass_time(timedelta(minutes=20))
    post.pass_time(timedelta(minutes=20))
    delivery = post.delivery(event_id)

    assert len(server.received) == TRIES_MAX
    assert (delivery.status, delivery.last_error) == (DeliveryStatus.EXHAUSTED, "interrupted")


def test_a_worker_overtaken_by_another_leaves_its_schedule_alone(
    post: Post, server: MerchantServer
) -> None:
    post.add_endpoint(server.url)
    server.always = answer(500)
    event_id = post.happens()
    schedule: list[datetime | None] = []

    def overtaken() -> None:
        post.pass_time(LEASE + timedelta(seconds=1))
        schedule.append(post.delivery(event_id).next_attempt_at)

    post.hire(InterruptedCourier(overtaken))
    post.work()

    assert len(server.received) == 2
    assert schedule == [post.delivery(event_id).next_attempt_at]


def test_a_late_success_still_counts(post: Post, server: MerchantServer) -> None:
    post.add_endpoint(server.url)
    server.next_answers.extend([answer(200), answer(500)])
    event_id = post.happens()
    post.hire(InterruptedCourier(lambda: post.pass_time(LEASE + timedelta(seconds=1))))
    post.work()

    assert len(server.received) == 2
    assert post.delivery(event_id).status == DeliveryStatus.DELIVERED


def test_a_late_failure_frees_the_delivery_for_the_sweep(
    post: Post, server: MerchantServer
) -> None:
    post.add_endpoint(server.url)
    server.next_answers.append(answer(500))
    event_id = post.happens()

    def restaged() -> None:
        post.clock.ahead += LEASE + timedelta(seconds=1)
        post.look()

    post.hire(InterruptedCourier(restaged))
    post.work()
    post.pass_time(timedelta(seconds=10))

    assert post.delivery(event_id).status == DeliveryStatus.DELIVERED


def test_a_staged_job_that_was_lost_is_staged_again(post: Post, server: MerchantServer) -> None:
    post.add_endpoint(server.url)
    event_id = post.happens()
    post.stepped.staged.clear()
    post.sweep()
    soon = len(server.received)
    post.pass_time(timedelta(minutes=15))

    assert soon == 0
    assert post.delivery(event_id).status == DeliveryStatus.DELIVERED


def test_a_server_that_lets_us_wait_rests_while_others_are_served(
    post: Post, server: MerchantServer
) -> None:
    with merchant_server() as hung:
        hung.always = silence
        post.add_endpoint(hung.url)
        post.add_endpoint(server.url)
        post.hire(WebhookCourier(allow_private=True, deadline_s=2.0))
        events = [post.happens() for _ in range(5)]
        post.work()
        attempts = [
            delivery.attempts
            for event_id in events
            for delivery in post.deliveries(event_id)
            if delivery.status == DeliveryStatus.PENDING
        ]
        hung.always = answer(200)
        post.pass_time(REST + timedelta(seconds=1))

        assert len(server.received) == 5
        assert attempts == [1, 0, 0, 0, 0]
        for event_id in events:
            assert {each.status for each in post.deliveries(event_id)} == {"delivered"}


def test_no_event_is_lost_among_failing_servers_and_dying_workers(
    post: Post, server: MerchantServer
) -> None:
    dice = random.Random(7)
    with merchant_server() as failing:
        failing.next_answers.extend(answer(dice.choice([200, 429, 500, 503])) for _ in range(200))
        _, secret = post.add_endpoint(server.url)
        _, other_secret = post.add_endpoint(failing.url)
        events = {post.happens() for _ in range(40)}
        courier = MortalCourier(seed=7)
        post.hire(courier)
        while any(
            each.status == DeliveryStatus.PENDING
            for event_id in events
            for each in post.deliveries(event_id)
        ):
            try:
                post.pass_time(timedelta(minutes=10))
            except Killed:
                continue

        assert courier.deaths > 5
        for merchant, key in ((server, secret), (failing, other_secret)):
            assert {request.headers["webhook-id"] for request in merchant.received} == events
            assert len({request.body for request in merchant.received}) == len(events)
            assert all(verified(request, key) for request in merchant.received)

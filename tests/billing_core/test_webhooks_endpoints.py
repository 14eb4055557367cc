"""A merchant adds and deletes endpoints, and hears clearly what cannot be accepted."""

from __future__ import annotations

import base64
import threading

import pytest

from billing_core.actions.add_webhook_endpoint import ENDPOINTS_MAX, add_webhook_endpoint
from billing_core.actions.delete_webhook_endpoint import delete_webhook_endpoint
from billing_core.events import TYPES, WebhookEndpoint, webhook_endpoint_view
from foundation.database import Database
from foundation.errors import Conflict, InvalidRequest, NotFound
from foundation.sealing import Opener, Sealer, place_of
from tests.billing_core.deliveries import Post
from tests.conftest import SteppedWorker

URL = "https://shop.example/hooks"


@pytest.fixture
def post(database: Database, stepped: SteppedWorker, sealer: Sealer, opener: Opener) -> Post:
    return Post(database, stepped, sealer, opener)


def add(post: Post, url: str = URL, *events: str) -> tuple[WebhookEndpoint, str]:
    with post.database.transaction() as session:
        return add_webhook_endpoint(
            session,
            merchant=post.merchant,
            url=url,
            events=events,
            metadata={"team": "billing"},
            sealer=post.sealer,
            allow_private=False,
        )


def test_the_secret_is_shown_once_and_kept_sealed_at_its_place(post: Post) -> None:
    endpoint, secret = add(post, URL, "*")
    with post.database.reading() as session:
        kept = session.get_one(WebhookEndpoint, endpoint.id)
    place = place_of(WebhookEndpoint.__table__.c.secret, endpoint.id)

    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert secret not in repr(kept.secret)
    assert post.opener.open(kept.secret, place).reveal() == secret


def test_every_endpoint_has_a_secret_of_its_own(post: Post) -> None:
    assert add(post, URL, "*")[1] != add(post, URL, "*")[1]


def test_an_endpoint_is_shown_without_its_secret(post: Post) -> None:
    endpoint, secret = add(post, URL, "charge.approved", "charge.declined", "charge.approved")
    view = webhook_endpoint_view(endpoint)

    assert view["id"].startswith("whe_")
    assert view["object"] == "webhook_endpoint"
    assert view["url"] == URL
    assert view["events"] == ["charge.approved", "charge.declined"]
    assert view["status"] == "enabled"
    assert view["metadata"] == {"team": "billing"}
    assert secret not in str(view)


def test_a_star_stands_for_everything(post: Post) -> None:
    endpoint, _ = add(post, URL, "charge.approved", "*")

    assert endpoint.events == ["*"]


def test_all_faults_are_named_at_once_with_their_remedy(post: Post) -> None:
    with pytest.raises(InvalidRequest) as refused:
        add(post, "http://localhost/", "charge.approved", "charge.aproved", "charge.*")
    url, first, second = refused.value.faults

    assert (url.param, url.code) == ("/url", "invalid")
    assert "https://" in url.detail
    assert (first.param, first.code) == ("/events/1", "unknown_event")
    assert second.param == "/events/2"
    assert all(kind in first.detail for kind in TYPES)


def test_an_endpoint_wants_at_least_one_event(post: Post) -> None:
    with pytest.raises(InvalidRequest) as refused:
        add(post)

    assert [(fault.param, fault.code) for fault in refused.value.faults] == [
        ("/events", "required")
    ]


def test_there_is_room_for_sixteen_and_a_deleted_one_makes_room(post: Post) -> None:
    endpoints = [add(post, URL, "*")[0] for _ in range(ENDPOINTS_MAX)]
    with pytest.raises(Conflict) as refused:
        add(post, URL, "*")
    post.delete_endpoint(endpoints[0])
    add(post, URL, "*")
    post.merchant = post.new_merchant("다른 가맹점")
    add(post, URL, "*")

    assert refused.value.code == "too_many_webhook_endpoints"
    assert "Delete one" in refused.value.detail


def test_the_last_place_is_given_once(post: Post) -> None:
    for _ in range(ENDPOINTS_MAX - 1):
        add(post, URL, "*")
    refused: list[Conflict] = []

    def add_another() -> None:
        try:
            add(post, URL, "*")
        except Conflict as conflict:
            refused.append(conflict)

    another = threading.Thread(target=add_another)
    with post.database.transaction() as session:
        add_webhook_endpoint(
            session,
            merchant=post.merchant,
            url=URL,
            events=["*"],
            metadata={},
            sealer=post.sealer,
            allow_private=False,
        )
        another.start()
        # It has every chance to take the same place, and must wait until this one is taken.
        another.join(timeout=0.3)
    another.join()

    assert len(refused) == 1


def test_an_endpoint_is_deleted_once_and_only_by_its_owner(post: Post) -> None:
    endpoint, _ = add(post, URL, "*")
    owner, stranger = post.merchant, post.new_merchant("다른 가맹점")
    for merchant in (stranger, owner, owner):
        try:
            with post.database.transaction() as session:
                delete_webhook_endpoint(session, merchant=merchant, endpoint_id=endpoint.id)
            deleted_by = merchant
        except NotFound:
            pass
    with post.database.reading() as session:
        kept = session.get_one(WebhookEndpoint, endpoint.id)

    assert deleted_by is owner
    assert kept.deleted_at is not None

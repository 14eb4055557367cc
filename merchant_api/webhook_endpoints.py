"""Webhook endpoints: where a merchant's events are sent."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from billing_core.actions.add_webhook_endpoint import add_webhook_endpoint
from billing_core.actions.delete_webhook_endpoint import delete_webhook_endpoint
from billing_core.events import TYPES, WebhookEndpoint, webhook_endpoint_view
from billing_core.webhook_targets import URL_MAX
from foundation.errors import NotFound
from foundation.sealing import Sealer
from merchant_api import fields
from merchant_api.calls import Call
from merchant_api.examples import WEBHOOK_ENDPOINT, WEBHOOK_ENDPOINT_REQUEST
from merchant_api.objects import Described, ListOf, ObjectOfAPI
from merchant_api.paging import Page, page_of
from merchant_api.routes import Route
from merchant_api.validation import Body

TAG = "Webhook endpoints"
# Every type there is, and "*".
EVENTS_MAX = len(TYPES) + 1


class WebhookEndpointRequest(Body):
    """A new webhook endpoint."""

    model_config = ConfigDict(json_schema_extra={"examples": [WEBHOOK_ENDPOINT_REQUEST]})

    url: Annotated[str, StringConstraints(min_length=1, max_length=URL_MAX)] = Field(
        description="Where events are sent: https, a public address, no user name in it."
    )
    events: Annotated[list[str], Field(max_length=EVENTS_MAX)] = Field(
        ["*"], description='Types of events, or ["*"] for all, also those that come later.'
    )
    metadata: fields.Metadata


class WebhookEndpointView(ObjectOfAPI):
    """A webhook endpoint."""

    model_config = ConfigDict(json_schema_extra={"examples": [WEBHOOK_ENDPOINT]})

    url: str
    events: list[str]
    status: Literal["enabled", "disabled"] = Field(
        description="disabled: your server answered 410 Gone, and nothing more is sent there."
    )


class NewWebhookEndpointView(WebhookEndpointView):
    """A webhook endpoint with its secret, which is shown this once."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [WEBHOOK_ENDPOINT | {"secret": "whsec_C2FVsBQIhrscChlQ"}]}
    )

    secret: str


class Deleted(Described):
    """What was deleted."""

    id: str
    object: str
    deleted: Literal[True]


def routes(sealer: Sealer, *, allow_private: bool) -> list[Route]:
    """The operations on webhook endpoints."""
    return [_adding(sealer, allow_private=allow_private), *_reading(), _deleting()]


def _adding(sealer: Sealer, *, allow_private: bool) -> Route:
    return Route(
        "POST",
        "/webhook_endpoints",
        partial(_add, sealer, allow_private=allow_private),
        "Add a webhook endpoint",
        NewWebhookEndpointView,
        TAG,
        description="The secret with which events are signed is in this answer only.",
        body=WebhookEndpointRequest,
        status=201,
        shows_secret=True,
        problems=("too_many_webhook_endpoints",),
    )


def _reading() -> list[Route]:
    return [
        Route(
            "GET",
            "/webhook_endpoints",
            _list,
            "List webhook endpoints",
            ListOf[WebhookEndpointView],
            TAG,
            query=Page,
        ),
        Route(
            "GET",
            "/webhook_endpoints/<object_id>",
            _get,
            "Get a webhook endpoint",
            WebhookEndpointView,
            TAG,
        ),
    ]


def _deleting() -> Route:
    return Route(
        "DELETE",
        "/webhook_endpoints/<object_id>",
        _delete,
        "Delete a webhook endpoint",
        Deleted,
        TAG,
        problems=("invalid_state",),
    )


def _add(sealer: Sealer, call: Call, *, allow_private: bool) -> dict[str, Any]:
    asked = call.body_as(WebhookEndpointRequest)
    endpoint, secret = add_webhook_endpoint(
        call.session,
        merchant=call.merchant,
        url=asked.url,
        events=asked.events,
        metadata=asked.metadata,
        sealer=sealer,
        allow_private=allow_private,
    )
    return webhook_endpoint_view(endpoint) | {"secret": secret}


def _list(call: Call) -> dict[str, Any]:
    return page_of(
        call,
        WebhookEndpoint,
        call.query_as(Page),
        [WebhookEndpoint.deleted_at.is_(None)],
        webhook_endpoint_view,
    )


def _get(call: Call) -> dict[str, Any]:
    endpoint = call.find(WebhookEndpoint)
    if endpoint.deleted_at:
        raise NotFound("This webhook endpoint was deleted.")
    return webhook_endpoint_view(endpoint)


def _delete(call: Call) -> dict[str, Any]:
    endpoint = delete_webhook_endpoint(
        call.session, merchant=call.merchant, endpoint_id=call.object_id
    )
    return {"id": endpoint.id, "object": "webhook_endpoint", "deleted": True}

"""Events: what happened, for merchants who missed a delivery or want one again."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from billing_core.actions.resend_event import resend_event
from billing_core.events import TYPES, Event, event_view
from merchant_api import fields
from merchant_api.calls import Call
from merchant_api.examples import EVENT
from merchant_api.objects import ListOf, ObjectOfAPI
from merchant_api.paging import Page, page_of
from merchant_api.routes import Route

TAG = "Events"


def _known(name: str) -> str:
    if name not in TYPES:
        raise fields.fault("unknown_value", f"Choose one of {', '.join(TYPES)}.")
    return name


EventType = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(TYPES)})]


class EventFilter(Page):
    """Which events are asked for."""

    type: EventType | None = None


class EventView(ObjectOfAPI):
    """An event."""

    model_config = ConfigDict(json_schema_extra={"examples": [EVENT]})

    # A plain text: new types may come, and clients ignore those they do not know.
    type: str
    data: dict[str, Any] = Field(description="The object as it was when this happened.")


def routes() -> list[Route]:
    """The operations on events."""
    return [
        Route("GET", "/events", _list, "List events", ListOf[EventView], TAG, query=EventFilter),
        Route("GET", "/events/<object_id>", _get, "Get an event", EventView, TAG),
        Route(
            "POST",
            "/events/<object_id>/resend",
            _resend,
            "Send an event again",
            EventView,
            TAG,
            description="To every webhook endpoint that wants it, under the same webhook-id.",
            problems=("invalid_state",),
        ),
    ]


def _list(call: Call) -> dict[str, Any]:
    asked = call.query_as(EventFilter)
    conditions = [Event.type == asked.type] if asked.type else []
    return page_of(call, Event, asked, conditions, event_view)


def _get(call: Call) -> dict[str, Any]:
    return event_view(call.find(Event))


def _resend(call: Call) -> dict[str, Any]:
    event = call.find(Event)
    resend_event(call.session, call.merchant, event.id)
    return event_view(event)

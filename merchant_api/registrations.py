"""Registrations: ask a customer to register a card, and see what became of it."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from pydantic import ConfigDict, Field

from billing_core.actions.cancel_registration import cancel_registration
from billing_core.actions.open_registration import open_registration
from billing_core.actions.resend_registration import resend_registration
from billing_core.registrations import Channel, Registration, Status, registration_view
from foundation.sealing import Sealer
from merchant_api import fields
from merchant_api.calls import Call
from merchant_api.examples import REGISTRATION
from merchant_api.objects import (
    CustomerView,
    Described,
    FailureView,
    ListOf,
    ObjectOfAPI,
    TextView,
)
from merchant_api.paging import DatedPage, created_within, equal, page_of
from merchant_api.registration_requests import RegistrationRequest
from merchant_api.routes import Route

TAG = "Registrations"


class RegistrationFilter(DatedPage):
    """Which registrations are asked for."""

    status: Status | None = None
    customer_ref: fields.Reference | None = None
    order_id: fields.OrderID | None = None


class TermsView(Described):
    """What the customer is asked to agree to."""

    consent: fields.Consent
    amount: int | None
    billing_day: int | None


class RegistrationView(ObjectOfAPI):
    """A registration."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRATION]})

    status: Status
    channel: Channel
    order_id: str
    customer: CustomerView
    item: str
    terms: TermsView
    trust_phrase: str | None
    virtual_number: str | None = Field(description="The number the customer calls.")
    link_url: str | None
    text: TextView | None
    bill_key: str | None = Field(description="The bill key, once it is registered.")
    failure: FailureView | None = Field(
        description="Why the last card was refused; the customer may try again while awaited."
    )
    expires_at: datetime
    completed_at: datetime | None


def routes(sealer: Sealer) -> list[Route]:
    """The operations on registrations."""
    return [_opening(sealer), *_reading(), *_changing()]


def _opening(sealer: Sealer) -> Route:
    return Route(
        "POST",
        "/registrations",
        partial(_open, sealer),
        "Open a registration",
        RegistrationView,
        TAG,
        description="With the channel ars the customer gets a text with a telephone number and "
        "registers the card in a call. What comes of it you hear as an event.",
        body=RegistrationRequest,
        status=201,
        problems=(
            "order_id_taken",
            "channel_unavailable",
            "text_limit_reached",
            "number_pool_exhausted",
            "number_pool_busy",
        ),
    )


def _reading() -> list[Route]:
    return [
        Route(
            "GET",
            "/registrations",
            _list,
            "List registrations",
            ListOf[RegistrationView],
            TAG,
            query=RegistrationFilter,
        ),
        Route(
            "GET", "/registrations/<object_id>", _get, "Get a registration", RegistrationView, TAG
        ),
    ]


def _changing() -> list[Route]:
    return [
        Route(
            "POST",
            "/registrations/<object_id>/cancel",
            _cancel,
            "Cancel a registration",
            RegistrationView,
            TAG,
            description="Possible while the customer is awaited.",
            problems=("invalid_state",),
        ),
        Route(
            "POST",
            "/registrations/<object_id>/resend",
            _resend,
            "Send the text again",
            RegistrationView,
            TAG,
            description="The same number and the same words once more, while the customer is "
            "awaited.",
            problems=("invalid_state", "text_limit_reached"),
        ),
    ]


def _open(sealer: Sealer, call: Call) -> dict[str, Any]:
    registration = open_registration(
        call.session,
        merchant=call.merchant,
        request=call.body_as(RegistrationRequest).wanted(),
        sealer=sealer,
    )
    return registration_view(call.session, registration)


def _list(call: Call) -> dict[str, Any]:
    asked = call.query_as(RegistrationFilter)
    wanted = {
        Registration.status: asked.status,
        Registration.customer_ref: asked.customer_ref,
        Registration.order_id: asked.order_id,
    }
    conditions = [*equal(wanted), *created_within(Registration, asked)]
    view = partial(registration_view, call.session)
    return page_of(call, Registration, asked, conditions, view)


def _get(call: Call) -> dict[str, Any]:
    return registration_view(call.session, call.find(Registration))


def _cancel(call: Call) -> dict[str, Any]:
    registration = cancel_registration(call.session, call.find(Registration, lock=True))
    return registration_view(call.session, registration)


def _resend(call: Call) -> dict[str, Any]:
    registration = resend_registration(call.session, call.find(Registration, lock=True))
    return registration_view(call.session, registration)

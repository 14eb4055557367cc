"""Charges: ask for an amount on a bill key, and see what became of it."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from pydantic import ConfigDict, Field

from billing_core.actions.cancel_charge_request import cancel_charge_request
from billing_core.actions.open_charge import open_charge
from billing_core.actions.resend_charge import resend_charge
from billing_core.actions.retry_charge import retry_charge
from billing_core.charges import Charge, Consent, Status, charge_view
from merchant_api import fields
from merchant_api.bill_keys import CardView
from merchant_api.calls import Call
from merchant_api.charge_requests import ChargeRequest
from merchant_api.examples import CHARGE
from merchant_api.objects import (
    ChargeFailureView,
    CustomerView,
    Described,
    ListOf,
    ObjectOfAPI,
    TextView,
)
from merchant_api.paging import DatedPage, created_within, equal, page_of
from merchant_api.routes import Route

TAG = "Charges"
# What stands in the way of a text with a number.
INVITATION_PROBLEMS = ("text_limit_reached", "number_pool_exhausted", "number_pool_busy")


class ChargeFilter(DatedPage):
    """Which charges are asked for."""

    status: Status | None = None
    customer_ref: fields.Reference | None = None
    bill_key: fields.ObjectID | None = None
    order_id: fields.OrderID | None = None


class InstallmentView(Described):
    """What the customer chose; 0 months is one payment."""

    months: int
    interest_free: bool


class AcquirerView(Described):
    """The approval."""

    name: str
    transaction_id: str
    approval_number: str
    approved_at: datetime | None
    receipt_url: str | None


class ChargeView(ObjectOfAPI):
    """A charge."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHARGE]})

    status: Status
    bill_key: str
    customer: CustomerView
    order_id: str
    amount: int
    tax_free_amount: int
    amount_refunded: int = Field(description="Grows when a refund has succeeded.")
    item: str
    note: str | None = Field(description="What is read out after the amount.")
    consent: Consent
    virtual_number: str | None = Field(description="The number the customer calls.")
    text: TextView | None
    installment: InstallmentView
    card: CardView = Field(description="The card that pays; in a call it may become another one.")
    acquirer: AcquirerView | None = Field(description="The approval, once there is one.")
    failure: ChargeFailureView | None = Field(
        description="Why the last attempt was declined, on the registered card or on one that was "
        "keyed in the call."
    )
    refusal_reason: str | None = Field(
        description="What the customer said in the call: wrong_amount, stopping, later, or nothing."
    )
    attempts: int
    next_retry_at: datetime | None = Field(description="When we try again by ourselves.")
    consent_record: str | None = Field(
        description="What the customer agreed to in the newest call, whatever came of it."
    )
    expires_at: datetime
    completed_at: datetime | None


def routes() -> list[Route]:
    """The operations on charges."""
    return [_opening(), *_reading(), *_changing()]


def _opening() -> Route:
    return Route(
        "POST",
        "/charges",
        _open,
        "Charge a bill key",
        ChargeView,
        TAG,
        description="With consent ars the customer gets a text with a telephone number, calls, "
        "hears the amount and agrees. With consent none the registered card is charged at once. "
        "What comes of it you hear as an event.",
        body=ChargeRequest,
        status=201,
        problems=(
            "not_found",
            "order_id_taken",
            "consent_required",
            "invalid_state",
            *INVITATION_PROBLEMS,
        ),
    )


def _reading() -> list[Route]:
    return [
        Route(
            "GET",
            "/charges",
            _list,
            "List charges",
            ListOf[ChargeView],
            TAG,
            query=ChargeFilter,
        ),
        Route("GET", "/charges/<object_id>", _get, "Get a charge", ChargeView, TAG),
    ]


def _changing() -> list[Route]:
    return [
        Route(
            "POST",
            "/charges/<object_id>/cancel",
            _cancel,
            "Cancel a charge",
            ChargeView,
            TAG,
            description="Possible before approval, while nothing is under way at the acquirer. An "
            "approved charge is refunded.",
            problems=("invalid_state",),
        ),
        Route(
            "POST",
            "/charges/<object_id>/retry",
            _retry,
            "Try a charge again",
            ChargeView,
            TAG,
            description="A declined, expired or refused charge: the same charge, a new attempt; "
            "with the customer's consent again where it needs that.",
            problems=("invalid_state", "consent_required", *INVITATION_PROBLEMS),
        ),
        Route(
            "POST",
            "/charges/<object_id>/resend",
            _resend,
            "Send the text of a charge again",
            ChargeView,
            TAG,
            description="The same number and the same words once more, while consent is awaited.",
            problems=("invalid_state", "text_limit_reached"),
        ),
    ]


def _open(call: Call) -> dict[str, Any]:
    wanted = call.body_as(ChargeRequest).wanted()
    charge = open_charge(call.session, merchant=call.merchant, request=wanted)
    return charge_view(call.session, charge)


def _list(call: Call) -> dict[str, Any]:
    asked = call.query_as(ChargeFilter)
    wanted = {
        Charge.status: asked.status,
        Charge.customer_ref: asked.customer_ref,
        Charge.bill_key_id: asked.bill_key,
        Charge.order_id: asked.order_id,
    }
    conditions = [*equal(wanted), *created_within(Charge, asked)]
    return page_of(call, Charge, asked, conditions, partial(charge_view, call.session))


def _get(call: Call) -> dict[str, Any]:
    return charge_view(call.session, call.find(Charge))


def _cancel(call: Call) -> dict[str, Any]:
    charge = call.find(Charge, lock=True)
    cancel_charge_request(call.session, charge)
    return charge_view(call.session, charge)


def _retry(call: Call) -> dict[str, Any]:
    charge = call.find(Charge, lock=True)
    retry_charge(call.session, charge)
    return charge_view(call.session, charge)


def _resend(call: Call) -> dict[str, Any]:
    charge = call.find(Charge, lock=True)
    resend_charge(call.session, charge)
    return charge_view(call.session, charge)

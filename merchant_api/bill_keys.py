"""Bill keys: the cards that customers have registered, without their numbers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from billing_core.actions.revoke_bill_key import revoke_bill_key
from billing_core.bill_keys import BillKey, Status, bill_key_view
from merchant_api import fields
from merchant_api.calls import Call
from merchant_api.examples import BILL_KEY
from merchant_api.objects import CustomerView, Described, ListOf, ObjectOfAPI
from merchant_api.paging import Page, equal, page_of
from merchant_api.routes import Route

TAG = "Bill keys"


class BillKeyFilter(Page):
    """Which bill keys are asked for."""

    customer_ref: fields.Reference | None = None
    status: Status | None = None


class CardView(Described):
    """What may be shown of a card."""

    issuer: str
    issuer_code: str
    last4: str
    type: Literal["credit", "check"]
    owner: Literal["personal", "corporate"]


class BillKeyView(ObjectOfAPI):
    """A bill key."""

    model_config = ConfigDict(json_schema_extra={"examples": [BILL_KEY]})

    status: Status
    customer: CustomerView
    registration: str
    card: CardView
    replaced_by: str | None = Field(
        description="The bill key that took its place, when the customer keyed another card in a "
        "call, to be used from then on. Charge that one."
    )


def routes() -> list[Route]:
    """The operations on bill keys."""
    return [
        Route(
            "GET",
            "/bill_keys",
            _list,
            "List bill keys",
            ListOf[BillKeyView],
            TAG,
            query=BillKeyFilter,
        ),
        Route("GET", "/bill_keys/<object_id>", _get, "Get a bill key", BillKeyView, TAG),
        Route(
            "DELETE",
            "/bill_keys/<object_id>",
            _revoke,
            "Revoke a bill key",
            BillKeyView,
            TAG,
            description="Nothing can be charged with it any more, here at once and at the "
            "acquirer shortly after. Revoking it again changes nothing.",
            problems=("invalid_state",),
        ),
    ]


def _list(call: Call) -> dict[str, Any]:
    asked = call.query_as(BillKeyFilter)
    wanted = {BillKey.customer_ref: asked.customer_ref, BillKey.status: asked.status}
    return page_of(call, BillKey, asked, equal(wanted), bill_key_view)


def _get(call: Call) -> dict[str, Any]:
    return bill_key_view(call.find(BillKey))


def _revoke(call: Call) -> dict[str, Any]:
    return bill_key_view(revoke_bill_key(call.session, call.find(BillKey, lock=True)))

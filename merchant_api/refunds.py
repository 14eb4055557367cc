"""Refunds: give an approved charge back, whole or in part."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from billing_core.actions.open_refund import open_refund
from billing_core.charges import Charge
from billing_core.refunds import Refund, Status, refund_view
from merchant_api.calls import Call
from merchant_api.charge_requests import RefundRequest
from merchant_api.examples import REFUND
from merchant_api.objects import FailureView, ListOf, ObjectOfAPI
from merchant_api.paging import Page, page_of
from merchant_api.routes import Route

TAG = "Refunds"


class RefundView(ObjectOfAPI):
    """A refund."""

    model_config = ConfigDict(json_schema_extra={"examples": [REFUND]})

    status: Status = Field(description="unknown resolves by itself to succeeded or failed.")
    charge: str
    amount: int
    tax_free_amount: int
    reason: str
    failure: FailureView | None = Field(description="Why the acquirer refused it.")
    completed_at: datetime | None


def routes() -> list[Route]:
    """The operations on refunds."""
    return [
        Route(
            "POST",
            "/charges/<object_id>/refunds",
            _open,
            "Refund a charge",
            RefundView,
            TAG,
            description="Whole or in part, several times up to its amount. The answer comes at "
            "once; `amount_refunded` of the charge grows when the acquirer has agreed.",
            body=RefundRequest,
            status=201,
            problems=("invalid_state",),
        ),
        Route(
            "GET",
            "/charges/<object_id>/refunds",
            _list,
            "List the refunds of a charge",
            ListOf[RefundView],
            TAG,
            query=Page,
        ),
        Route("GET", "/refunds/<object_id>", _get, "Get a refund", RefundView, TAG),
    ]


def _open(call: Call) -> dict[str, Any]:
    asked = call.body_as(RefundRequest)
    charge = call.find(Charge, lock=True)
    amount, tax_free = asked.won()
    refund = open_refund(
        call.session, charge, amount, tax_free, asked.reason, metadata=asked.metadata
    )
    return refund_view(refund)


def _list(call: Call) -> dict[str, Any]:
    charge = call.find(Charge)
    ours = [Refund.charge_id == charge.id]
    return page_of(call, Refund, call.query_as(Page), ours, refund_view)


def _get(call: Call) -> dict[str, Any]:
    return refund_view(call.find(Refund))

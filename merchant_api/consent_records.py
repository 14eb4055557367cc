"""Consent records: what was said, which key was pressed, when, and in which call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from billing_core.consent_records import ConsentRecord, consent_record_view
from merchant_api import fields
from merchant_api.calls import Call
from merchant_api.examples import CONSENT_RECORD
from merchant_api.objects import Described, ListOf, ObjectOfAPI
from merchant_api.paging import Page, page_of
from merchant_api.routes import Route

TAG = "Consent records"


class ConsentRecordFilter(Page):
    """Which consent records are asked for."""

    request: fields.ObjectID | None = Field(
        None, description="The registration or charge that was agreed to."
    )


class CallView(Described):
    """The call in which the key was pressed."""

    sid: str
    # The field is called "from", which Python keeps for itself.
    caller: str = Field(alias="from")
    to: str


class ChainView(Described):
    """The record's place in your chain: each record carries the hash of the one before it."""

    position: int
    previous_hash: str
    hash: str


class ConsentRecordView(ObjectOfAPI):
    """A consent record."""

    model_config = ConfigDict(json_schema_extra={"examples": [CONSENT_RECORD]})

    request: str
    subject: str
    text: str = Field(description="The words that were spoken.")
    text_version: str
    language: str
    key_pressed: str
    facts: dict[str, Any]
    call: CallView
    pressed_at: datetime
    chain: ChainView


def routes() -> list[Route]:
    """The operations on consent records."""
    return [
        Route(
            "GET",
            "/consent_records",
            _list,
            "List consent records",
            ListOf[ConsentRecordView],
            TAG,
            query=ConsentRecordFilter,
        ),
        Route(
            "GET",
            "/consent_records/<object_id>",
            _get,
            "Get a consent record",
            ConsentRecordView,
            TAG,
        ),
    ]


def _list(call: Call) -> dict[str, Any]:
    asked = call.query_as(ConsentRecordFilter)
    conditions = [ConsentRecord.request_id == asked.request] if asked.request else []
    return page_of(call, ConsentRecord, asked, conditions, consent_record_view)


def _get(call: Call) -> dict[str, Any]:
    return consent_record_view(call.find(ConsentRecord))

"""Lists: newest first, a page at a time, from a cursor that is the id of an object."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from foundation.errors import InvalidRequest
from merchant_api.calls import Call
from merchant_api.fields import Moment, ObjectID
from merchant_api.validation import Query

LIMIT_DEFAULT = 20
LIMIT_MAX = 100


class Page(Query):
    """Which part of a list is asked for."""

    limit: int = Field(LIMIT_DEFAULT, ge=1, le=LIMIT_MAX, description="How many objects.")
    starting_after: ObjectID | None = Field(
        None, description="The last object of the page before: gives what is older."
    )
    ending_before: ObjectID | None = Field(
        None, description="The first object of a page: gives what is newer."
    )


class DatedPage(Page):
    """Which part of a list is asked for, and when its objects were made."""

    created_after: Moment | None = Field(None, description="At this moment or later.")
    created_before: Moment | None = Field(None, description="Before this moment.")


def equal(wanted: Mapping[Any, Any]) -> list[sa.ColumnElement[bool]]:
    """The conditions of a filter: each column has its value, where one is asked for."""
    return [column == value for column, value in wanted.items() if value is not None]


def created_within(kind: Any, page: DatedPage) -> list[sa.ColumnElement[bool]]:
    """The conditions on the moment at which objects were made."""
    conditions = []
    if page.created_after:
        conditions.append(kind.created_at >= page.created_after)
    if page.created_before:
        conditions.append(kind.created_at < page.created_before)
    return conditions


def page_of(
    call: Call,
    kind: Any,
    page: Page,
    conditions: Sequence[sa.ColumnElement[bool]],
    view: Callable[[Any], dict[str, Any]],
) -> dict[str, Any]:
    """One page of the merchant's objects of a kind. Ids sort by time, so they are the order."""
    query = sa.select(kind).where(kind.merchant_id == call.merchant.id, *conditions)
    query = query.limit(page.limit + 1)
    _check_cursor(call, kind, page)
    if page.ending_before:
        query = query.where(kind.id > page.ending_before).order_by(kind.id)
    else:
        query = query.order_by(kind.id.desc())
        if page.starting_after:
            query = query.where(kind.id < page.starting_after)
    found = list(call.session.scalars(query))
    shown = found[: page.limit]
    if page.ending_before:
        shown.reverse()
    return {
        "object": "list",
        "data": [view(row) for row in shown],
        "has_more": len(found) > page.limit,
    }


def _check_cursor(call: Call, kind: Any, page: Page) -> None:
    if page.starting_after and page.ending_before:
        raise InvalidRequest.field("/ending_before", "Give only one of the two cursors.")
    for name in ("starting_after", "ending_before"):
        cursor = getattr(page, name)
        if cursor and not _exists(call, kind, cursor):
            # The same words for an id of somebody else: whether it exists is not told.
            detail = "This is not the id of an object in this list."
            raise InvalidRequest.field(f"/{name}", detail, code="unknown_cursor")


def _exists(call: Call, kind: Any, cursor: str) -> bool:
    query = sa.select(kind.id).where(kind.id == cursor, kind.merchant_id == call.merchant.id)
    return call.session.scalar(query) is not None

"""One request of a merchant, authenticated and checked, as the routes see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel

from billing_core.merchants import Merchant
from foundation.database import Session
from foundation.errors import NotFound
from merchant_api.fields import is_object_id
from merchant_api.validation import Nothing, Query

Row = TypeVar("Row")
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Call:
    """A merchant's request within one transaction."""

    session: Session
    merchant: Merchant
    object_id: str = ""
    # The route says of which model these are; `body_as` and `query_as` give them their type.
    body: BaseModel = field(default_factory=Nothing)
    query: BaseModel = field(default_factory=Query)

    def find(self, kind: type[Row], *, lock: bool = False) -> Row:
        """The merchant's own object of the address. Raises NotFound, also for those of others."""
        row: Row | None = None
        if is_object_id(self.object_id):
            row = self.session.scalar(self._own(kind, lock=lock))
        if row is None:
            raise NotFound("There is no such object. Check the id; it may belong to somebody else.")
        return row

    def body_as(self, model: type[Model]) -> Model:
        """The body, of the model that the route names."""
        return _as(model, self.body)

    def query_as(self, model: type[Model]) -> Model:
        """The parameters, of the model that the route names."""
        return _as(model, self.query)

    def _own(self, kind: Any, *, lock: bool) -> sa.Select[Any]:
        # The merchant is part of every query, so that nothing of others is even locked.
        own = sa.select(kind).where(kind.id == self.object_id, kind.merchant_id == self.merchant.id)
        return own.with_for_update() if lock else own


def _as(model: type[Model], value: BaseModel) -> Model:
    if not isinstance(value, model):
        raise TypeError(f"this route is not declared with {model.__name__}")
    return value

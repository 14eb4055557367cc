"""A route as one value: address, verb, what goes in and out. Web and OpenAPI come from it alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from merchant_api.calls import Call
from merchant_api.paging import Page
from merchant_api.validation import Body, Nothing, Query


@dataclass(frozen=True)
class Route:
    """One operation of the API. `path` is below /v1; `<object_id>` stands for an id."""

    method: str
    path: str
    do: Callable[[Call], dict[str, Any]]
    summary: str
    answers: type[BaseModel]
    tag: str
    description: str = ""
    body: type[Body] = Nothing
    query: type[Query] = Query
    status: int = 200
    # Codes beyond those that every operation may answer with.
    problems: tuple[str, ...] = ()
    shows_secret: bool = False

    @property
    def is_list(self) -> bool:
        return issubclass(self.query, Page)

    @property
    def has_id(self) -> bool:
        return "<object_id>" in self.path

    @property
    def name(self) -> str:
        """The name of the operation: "post_registrations_cancel"."""
        words = [word for word in self.path.split("/") if word and "<" not in word]
        if self.method == "GET":
            words.insert(0, "list" if self.is_list else "get")
        else:
            words.insert(0, self.method.lower())
        return "_".join(words)

"""Turns what was sent into checked values, or into one refusal that names every fault at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.datastructures import MultiDict

from foundation.errors import Fault, InvalidRequest
from merchant_api.card_numbers import BETWEEN

# A name that nobody could have meant is cut; digits in it may be those of a card.
NAME_SHOWN_MAX = 40
# Under this name the checks of fields find the present moment in their context.
NOW = "now"
_DIGITS = re.compile(rf"\d(?:{BETWEEN}?\d){{5,}}")

_CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "literal_error": "unknown_value",
    "enum": "unknown_value",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "dict_type": "wrong_type",
    "model_type": "wrong_type",
    "model_attributes_type": "wrong_type",
    "int_from_float": "wrong_type",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
}
MOMENT = "Write a moment as 2026-11-23T05:30:00Z; in an address, a + is written %2B."
# What the library says of these names its own classes, which no merchant knows.
_DETAILS_OF_KIND = {
    "model_type": "Write it as an object, in braces.",
    "model_attributes_type": "Write it as an object, in braces.",
    "dict_type": "Write it as an object, in braces.",
    "list_type": "Write it as a list, in brackets.",
    "string_type": "Write it as a string, in quotes.",
    "int_type": "Write it as a whole number, without quotes.",
    "int_from_float": "Write it as a whole number, without a fraction.",
    "int_parsing": "Write it as a whole number.",
    "datetime_from_date_parsing": MOMENT,
    "datetime_parsing": MOMENT,
    "timezone_aware": MOMENT,
}
# Of objects and lists it says the class, and that it counted "after validation".
_TOO_MANY = re.compile(r"at most (\d+) items? after validation")
_DETAILS = {
    "missing": "This field is required.",
    "unknown_field": "There is no field of this name here. Leave it out or correct its spelling.",
}


class Body(BaseModel):
    """A request body: every field known, every type exact, nothing quoted in errors."""

    model_config = ConfigDict(
        extra="forbid", strict=True, hide_input_in_errors=True, frozen=True, title=None
    )

    @classmethod
    def further_faults(cls, raw: Mapping[str, Any]) -> list[Fault]:
        """Faults that lie between fields; told together with those of single fields."""
        del raw
        return []


class Query(BaseModel):
    """The parameters of an address. They come as text, so numbers are read from text."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)


class Nothing(Body):
    """A body without any field; it may be left out."""


Model = TypeVar("Model", bound=BaseModel)
AnyBody = TypeVar("AnyBody", bound=Body)


def checked_body(model: type[AnyBody], raw: dict[str, Any], now: datetime) -> AnyBody:
    """The body as its model. Raises InvalidRequest with every fault."""
    value, faults = _check(model, raw, now)
    faults += model.further_faults(raw)
    if value is None or faults:
        raise _refusal(faults)
    return value


def checked_query(model: type[Model], given: MultiDict[str, str], now: datetime) -> Model:
    """The parameters as their model; one given twice is refused, for it has no one meaning."""
    value, faults = _check(model, given.to_dict(), now)
    faults += [
        Fault(_pointer((name,)), "repeated", "Give this parameter once.")
        for name, values in given.lists()
        if len(values) > 1
    ]
    if value is None or faults:
        raise _refusal(faults)
    return value


def _check(
    model: type[Model], raw: Mapping[str, Any], now: datetime
) -> tuple[Model | None, list[Fault]]:
    try:
        return model.model_validate(raw, context={NOW: now}), []
    except ValidationError as refused:
        errors = refused.errors(include_url=False, include_input=False, include_context=False)
        return None, _merged([_fault(error) for error in errors])


def _refusal(faults: list[Fault]) -> InvalidRequest:
    if len(faults) == 1:
        return InvalidRequest(faults[0].detail, faults=tuple(faults))
    return InvalidRequest(
        f"{len(faults)} fields are at fault; `errors` says what to change in each.",
        faults=tuple(faults),
    )


def _fault(error: Mapping[str, Any]) -> Fault:
    kind = str(error["type"])
    code = _CODES.get(kind) or ("wrong_type" if kind.endswith(("_type", "_parsing")) else kind)
    detail = _DETAILS.get(code) or _DETAILS_OF_KIND.get(kind) or _said(str(error["msg"]))
    return Fault(_pointer(error["loc"]), code, detail)


def _said(message: str) -> str:
    too_many = _TOO_MANY.search(message)
    return f"Give at most {too_many[1]} items." if too_many else f"{message.rstrip('.')}."


def _merged(faults: list[Fault]) -> list[Fault]:
    # A value that fits none of several types has an error for each; one per field is enough.
    return list({fault.param: fault for fault in reversed(faults)}.values())[::-1]


def _pointer(loc: tuple[str | int, ...]) -> str:
    # Pydantic marks a fault of a member's name with a last part that is not in the document.
    parts = loc[:-1] if loc[-1:] == ("[key]",) else loc
    return "".join(f"/{_segment(str(part))}" for part in parts)


def _segment(name: str) -> str:
    shown = name if len(name) <= NAME_SHOWN_MAX else f"{name[:NAME_SHOWN_MAX]}…"
    return _DIGITS.sub("…", shown).replace("~", "~0").replace("/", "~1")

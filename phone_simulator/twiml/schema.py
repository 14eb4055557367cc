"""The TwiML vocabulary as data: elements, attributes, allowed children, voices and languages."""

import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def _schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(
        resources.files("phone_simulator.twiml")
        .joinpath("twiml_schema.json")
        .read_text(encoding="utf-8")
    )
    return loaded


def knows(element: str) -> bool:
    return element in _schema()["elements"]


def children(element: str) -> list[str]:
    found: list[str] = _schema()["elements"].get(element, {}).get("children", [])
    return found


def attributes(element: str) -> list[str]:
    found: list[str] = _schema()["elements"].get(element, {}).get("attributes", [])
    return found


def values(element: str, attribute: str) -> list[str]:
    """The listed values of an attribute; empty where anything goes."""
    found: list[str] = _schema()["attribute_values"].get(f"{element}.{attribute}", [])
    return found


@cache
def voices() -> frozenset[str]:
    return frozenset(_schema()["voices"])


@cache
def languages() -> frozenset[str]:
    return frozenset(_schema()["languages"])

"""A page of a dialogue: its paths, how each begins, and what is answered on it.

An answer to a question is what is keyed, "" being nothing; an answer to a hold is the result, or
`STILL_CHECKING`; an answer to a transfer is how it ended. Answers `before` bring a path to the question where it leaves the main one.
"""

from __future__ import annotations

from dataclasses import dataclass

from billing_core.card_results import CardResult
from billing_core.charge_results import ChargeResult
from ivr.facts import Facts
from ivr.words import Spoken

Answer = str | CardResult | ChargeResult

STILL_CHECKING = "…"


@dataclass(frozen=True)
class Path:
    """One way through a dialogue."""

    title: Spoken
    answers: tuple[Answer, ...]
    before: tuple[Answer, ...]
    facts: Facts


@dataclass(frozen=True)
class Page:
    """One dialogue: the name of its file, its title, and every path."""

    name: str
    title: Spoken
    paths: tuple[Path, ...]

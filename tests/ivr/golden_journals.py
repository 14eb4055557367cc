"""Golden journals: what callers answered, and what they were asked, by the ids of the prompts.

A call that is going on while the program is renewed continues from its journal. Rewording is safe
and leaves these files alone; a changed order of questions shows here first. Where it is meant,
write them anew with `python -m tests.ivr.golden_journals`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from billing_core.acquirers.declines import DeclineCode
from billing_core.attempt_limits import Limit
from billing_core.card_results import Declined, Gone, Stopped
from billing_core.charge_results import Declined as ChargeDeclined
from billing_core.charge_results import Gone as ChargeGone
from ivr.facts import Facts
from tests.ivr.played import (
    APPROVED,
    CHARGE,
    NOT_CONFIRMED,
    OVER,
    REGISTERED,
    REGISTRATION,
    STANDING,
    STILL_CHECKING,
    Answer,
    Step,
    ids_said,
    played,
)

FOLDER = Path(__file__).parent / "golden"
AGREED = ("1", "1", "1")
CARD = ("9999000000000004", "0829", "1", "900101", "12")
WRONG = "9999000000000005"

PLAYS: Mapping[str, tuple[Facts, tuple[Answer, ...]]] = {
    "registration": (REGISTRATION, (*AGREED, *CARD, STILL_CHECKING, REGISTERED)),
    "registration-standing-consent": (STANDING, ("3", *AGREED, *CARD, REGISTERED)),
    "registration-in-english": (REGISTRATION, ("8", *AGREED, *CARD, REGISTERED)),
    "registration-slowly": (
        REGISTRATION,
        ("9", *AGREED, "9999", "0000", "0000", "0004", *CARD[1:], REGISTERED),
    ),
    "registration-refused-once-and-again": (REGISTRATION, ("2", "2", "1", "2", "1")),
    "registration-with-every-trouble": (
        REGISTRATION,
        (
            *("7", "*", "1", "#", "1", "1", "", "1", WRONG, "99990000", "00000004", "#", "1399"),
            *("2908", "1", "2", CARD[0], "0829", "1", "901399", "900101", "1#", "12"),
            *(NOT_CONFIRMED, "1", "9999", "0000", "0000", "0004", *CARD[1:], REGISTERED),
        ),
    ),
    "registration-given-up": (REGISTRATION, ("1", "", "", "", "")),
    "registration-too-difficult": (REGISTRATION, (*AGREED, WRONG, WRONG, "1111", "11", "2")),
    "registration-two-refused-cards": (
        REGISTRATION,
        (*AGREED, *CARD, NOT_CONFIRMED, "2", *CARD, NOT_CONFIRMED),
    ),
    "registration-blocked-card": (
        REGISTRATION,
        (*AGREED, *CARD, Stopped(Limit.CARD), "1", *CARD, Stopped(Limit.CUSTOMER)),
    ),
    "registration-issuer-away": (
        REGISTRATION,
        (*AGREED, *CARD, Declined(DeclineCode.ISSUER_UNAVAILABLE, may_try_again=True)),
    ),
    "registration-entry-lost": (
        REGISTRATION,
        (
            *(*AGREED, *CARD, Declined(DeclineCode.ENTRY_LOST, may_try_again=True)),
            *("1", *CARD, REGISTERED),
        ),
    ),
    "registration-canceled": (REGISTRATION, (*AGREED, *CARD, Gone("canceled"))),
    "registration-expired-meanwhile": (REGISTRATION, (*AGREED, *CARD, Gone("expired"), "1")),
    "registration-unknown": (REGISTRATION, (*AGREED, *CARD, *(STILL_CHECKING,) * 20)),
    "registration-cut-off": (
        replace(REGISTRATION, was_cut_off=True),
        ("1", "1", *CARD, REGISTERED),
    ),
    "registration-a-person": (
        replace(REGISTRATION, office_open=True),
        (*AGREED, CARD[0], "0", "completed"),
    ),
    "registration-nobody-answers": (
        replace(REGISTRATION, office_open=True),
        ("1", "0", "no-answer"),
    ),
    "registration-call-back": (REGISTRATION, (*AGREED, "0", "0", "2", CARD[0], "0", "1")),
    "charge": (CHARGE, ("1", STILL_CHECKING, APPROVED)),
    "charge-in-months": (replace(CHARGE, amount=60_000, max_months=6), ("1", "03", "1", APPROVED)),
    "charge-another-card": (CHARGE, ("2", "1", *CARD, "1", "1", APPROVED)),
    "charge-entry-lost": (
        CHARGE,
        (
            *("2", "1", *CARD, "1", "1", ChargeDeclined(DeclineCode.ENTRY_LOST)),
            *("1", "1", *CARD, "1", "1", APPROVED),
        ),
    ),
    "charge-canceled": (CHARGE, ("1", ChargeGone("canceled"))),
    "charge-expired-meanwhile": (CHARGE, ("1", ChargeGone("expired"), "1")),
    "charge-no": (CHARGE, ("3", "1")),
    "charge-declined": (CHARGE, ("1", ChargeDeclined(DeclineCode.LOST_OR_STOLEN), "2")),
    "busy": (replace(REGISTRATION, script="busy"), ()),
    "being-checked": (replace(REGISTRATION, script="being_checked"), ()),
    "being-charged": (replace(CHARGE, script="being_charged"), ()),
    "too-late-expired": (replace(OVER, ending="expired"), ("1",)),
    "too-late-canceled": (replace(OVER, ending="canceled"), ()),
    "too-late-failed": (replace(OVER, ending="failed"), ("2",)),
    "too-late-registered": (
        replace(OVER, ending="registered", issuer="신한", last4="0004"),
        ("*", "1"),
    ),
    "too-late-approved": (replace(OVER, ending="approved", amount=39_500), ("1",)),
}


def golden(facts: Facts, answers: tuple[Answer, ...]) -> dict[str, Any]:
    """A play as it is kept: facts, journal, and the ids of every turn."""
    steps = list(played(facts, answers))
    return {
        "facts": facts.to_json(),
        "journal": [{"key": entry.key, "kept": dict(entry.kept)} for entry in steps[-1].journal],
        "turns": [outline(step) for step in steps],
    }


def outline(step: Step) -> dict[str, Any]:
    """What a turn asks, without its words."""
    manner = step.turn.manner
    return {
        "turn": type(step.turn).__name__,
        "asks": step.turn.key,
        "says": ids_said(step.turn),
        "language": manner.language,
        "slow": manner.slow,
    }


def write() -> None:
    """Write every file anew."""
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for name, play in PLAYS.items():
        text = json.dumps(golden(*play), ensure_ascii=False, indent=1)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()

"""What the page suggests is what the sandbox and the dialogues really take."""

from __future__ import annotations

from datetime import date

import pytest

from billing_core.acquirers.sandbox_cards import (
    CHARGES,
    NO_ANSWER,
    REFUSALS,
    WORKS,
    sandbox_card,
)
from embedded.service import CATALOGUES, HINTS, ROOT
from phone_simulator.catalogue import read_catalogues
from phone_simulator.hints import read_hints

SUGGESTED = read_hints(HINTS)


def test_every_card_of_the_sandbox_is_offered_and_no_other() -> None:
    offered = [sandbox_card(card["number"]) for card in SUGGESTED.cards]

    assert None not in offered
    assert {card.registration for card in offered if card} == {WORKS, NO_ANSWER, *REFUSALS}
    assert {card.charge for card in offered if card and card.registration == WORKS} == CHARGES


@pytest.mark.parametrize("card", SUGGESTED.cards, ids=lambda card: card["number"])
def test_a_card_stands_in_the_group_of_what_it_does(card: dict[str, str]) -> None:
    known = sandbox_card(card["number"])

    assert known is not None
    if known.registration != WORKS:
        assert card["group"] == "register"
    else:
        assert card["group"] == ("works" if known.charge in (WORKS, "0057") else "charge")


def test_every_offered_card_is_known_as_a_test_card() -> None:
    strange = [
        card["number"]
        for card in SUGGESTED.cards
        if not card["number"].startswith(SUGGESTED.test_cards)
    ]

    assert strange == []


def test_suggestions_are_for_sentences_that_exist() -> None:
    spoken = read_catalogues(ROOT / name for name in CATALOGUES)

    assert [prompt for prompt, _ in SUGGESTED.keys if not spoken.knows(prompt)] == []


def test_the_suggested_expiry_is_to_come() -> None:
    expiry = dict(SUGGESTED.keys)["R30"]["keys"]

    assert date(2000 + int(expiry[2:]), int(expiry[:2]), 1) > date(2030, 1, 1)

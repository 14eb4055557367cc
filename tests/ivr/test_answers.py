"""Kinds of answers: what is right, what is asked again, and what may be kept of it."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.answers import WRONG_KEY, Expiry, Holder, MenuKey, MonthsOfPlan, PasswordPrefix
from ivr.card_number import RestOfNumber, SoFar, WholeNumber
from ivr.turns import Heard, Kind

TODAY = date(2026, 11, 23)
FIELDS: list[Kind] = [Expiry(TODAY), Holder(), PasswordPrefix(), WholeNumber(), RestOfNumber()]
ENTRIES = st.text("0123456789*#", max_size=16)


def by_name(kind: Kind) -> str:
    return kind.name


@pytest.mark.parametrize(
    ("kind", "digits", "by", "got"),
    [
        (Expiry(TODAY), "1126", "", "answer"),
        (Expiry(TODAY), "1026", "", "expired"),
        (Expiry(TODAY), "1246", "", "answer"),
        (Expiry(TODAY), "1247", "", "fault"),
        (Expiry(TODAY), "2611", "", "swapped"),
        (Expiry(TODAY), "2610", "", "fault"),
        (Expiry(TODAY), "1399", "", "fault"),
        (Expiry(TODAY), "082", "#", "fault"),
        (Expiry(TODAY), "8*08", "", "replay"),
        (Holder(), "900101", "", "answer"),
        (Holder(), "000229", "#", "answer"),
        (Holder(), "010229", "", "fault"),
        (Holder(), "9001", "", "fault"),
        (Holder(), "9001011", "", "fault"),
        (Holder(), "19900101", "", "fault"),
        (Holder(), "220816251", "", "fault"),
        (Holder(), "2208162517", "", "answer"),
        (Holder(), "2208162510", "", "company"),
        (Holder(), "900*900101", "", "answer"),
        (Holder(), "9001011*90", "", "replay"),
        (PasswordPrefix(), "12", "", "answer"),
        (PasswordPrefix(), "1", "", "fault"),
        (PasswordPrefix(), "1", "#", "fault"),
        (PasswordPrefix(), "1*", "", "replay"),
    ],
)
def test_what_becomes_of_an_entry(kind: Kind, digits: str, by: str, got: str) -> None:
    kept = kind.keep(Heard(digits, by))

    assert kept.journal["got"] == got
    assert (kept.sealed is not None) == (got in ("answer", "swapped"))


@pytest.mark.parametrize("kind", [*FIELDS, MonthsOfPlan((2, 3))], ids=by_name)
def test_more_digits_than_any_question_takes_are_survived(kind: Kind) -> None:
    kept = kind.keep(Heard("9" * 60_000))

    assert kept.sealed is None


@pytest.mark.parametrize("kind", FIELDS, ids=by_name)
@pytest.mark.parametrize(
    ("heard", "got"),
    [
        (Heard(), "silence"),
        (Heard("*"), "replay"),
        (Heard("", "#"), "back"),
        (Heard("#"), "back"),
        (Heard("0"), "person"),
        (Heard("0", "#"), "person"),
    ],
)
def test_without_digits_every_field_has_the_same_keys(kind: Kind, heard: Heard, got: str) -> None:
    expected = "cleared" if isinstance(kind, RestOfNumber) and got == "replay" else got

    assert kind.keep(heard).journal == {"got": expected}


@pytest.mark.parametrize("kind", FIELDS, ids=by_name)
@given(digits=ENTRIES, by=st.sampled_from(["", "#"]))
def test_no_entry_breaks_a_field_and_none_is_kept_in_clear(
    kind: Kind, digits: str, by: str
) -> None:
    kept = kind.keep(Heard(digits, by))

    text = json.dumps({name: value for name, value in kept.journal.items() if name != "tail"})
    keyed = digits.replace("*", " ").replace("#", " ").split()
    assert not any(run[at : at + 5] in text for run in keyed for at in range(len(run) - 4))
    assert "number" not in kept.journal


@given(digits=ENTRIES)
def test_a_wrong_entry_is_not_kept_at_all(digits: str) -> None:
    for kind in FIELDS:
        kept = kind.keep(Heard(digits))
        if kept.sealed is None:
            assert set(kept.journal) <= {"got", "ended"}


@pytest.mark.parametrize(
    ("pressed", "kept"),
    [
        *(("1", "1"), ("2", "2"), ("3", WRONG_KEY), ("9", WRONG_KEY)),
        *(("0", "0"), ("*", "*"), ("#", "#"), ("", "")),
        *(("12", "1"), ("x", ""), ("x1", "1"), ("A", "")),
    ],
)
def test_a_menu_keeps_the_keys_it_offers_and_those_that_always_work(
    pressed: str, kept: str
) -> None:
    assert MenuKey("R22", "12").keep(Heard(pressed)).journal == {"key": kept}


def test_a_key_that_ended_a_menu_is_its_key() -> None:
    assert MenuKey("R22", "12").keep(Heard("", "#")).journal == {"key": "#"}


@pytest.mark.parametrize(
    ("digits", "got"),
    [
        ("378282246310005", "answer"),
        ("378282246310006", "fault"),
        ("3782822463100050", "fault"),
        ("37828224631000", "partial"),
        ("30569309025904", "answer"),
        ("30569309025905", "fault"),
        ("9" * 17, "fault"),
        ("999900000000000", "partial"),
        ("99990", "fault"),
        ("6011000990139424", "unsupported"),
        ("601100", "unsupported"),
        ("0" * 16, "fault"),
        ("0" * 8, "fault"),
    ],
)
def test_what_becomes_of_a_card_number_after_a_pause(digits: str, got: str) -> None:
    assert WholeNumber().keep(Heard(digits)).journal["got"] == got


def test_the_last_missing_digit_may_be_a_zero() -> None:
    rest = RestOfNumber(SoFar().with_digits("999900000000002"), 1)

    assert rest.keep(Heard("0")).journal["got"] == "answer"


def test_no_piece_of_a_number_begins_with_a_zero_where_the_number_does() -> None:
    assert RestOfNumber().keep(Heard("0000")).journal["got"] == "fault"
    assert RestOfNumber(SoFar().with_digits("9999")).keep(Heard("0000")).journal["got"] == "partial"


@pytest.mark.parametrize(
    ("digits", "got"), [("0", "person"), ("00", "answer"), ("03", "answer"), ("3", "answer")]
)
def test_at_the_months_a_lone_zero_asks_for_a_person_and_two_are_one_payment(
    digits: str, got: str
) -> None:
    assert MonthsOfPlan((2, 3)).keep(Heard(digits)).journal["got"] == got


def test_a_partial_number_keeps_nothing_but_its_length_and_what_may_be_shown() -> None:
    kept = WholeNumber().keep(Heard("99990000000000"))

    assert SoFar.from_json(kept.journal).count == 14
    assert kept.journal["tail"] == "00"
    assert kept.sealed == "99990000000000"

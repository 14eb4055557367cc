"""What is remembered of keys, so that a call can be written as a script: test cards, and nobody's own."""

import pytest

from phone_simulator.line.recording import Recording

TEST = "9999000000000004"
OWN = "4111111111111111"


def recording(*entries: str, test_cards: tuple[str, ...] = ("9999",)) -> Recording:
    made = Recording(test_cards, is_on=True)
    for number, keys in enumerate(entries):
        made.keep(number, keys, "")
    return made


@pytest.mark.parametrize(
    "entries",
    [
        ("1", TEST, "0829", "1", "900101", "12"),
        ("1", "999900", "0000000004", "0829"),
        ("1", "9999", "0000", "0000", "0004", "0829", "900101", "12"),
        ("1", TEST, "1399", "1398", "0829", "900101", "12"),
        ("1", "9999*" + TEST, "0829"),
        ("2", "03", "1"),
        ("1", TEST, "2208162517"),
    ],
)
def test_a_call_with_test_cards_is_remembered(entries: tuple[str, ...]) -> None:
    made = recording(*entries)

    assert not made.is_withheld
    assert [made.keys_of(number) for number in range(len(entries))] == list(entries)


@pytest.mark.parametrize(
    "entries",
    [
        ("1", OWN),
        ("1", OWN, "0829", "900101"),
        ("1", "411111", "1111111111"),
        ("1", "4111", "1111", "1111", "1111"),
        ("1", TEST, "0829", OWN),
        ("1", OWN + "*" + TEST),
        ("1", TEST, "1", "4111", "1111", "1111", "1111"),
    ],
)
def test_a_call_with_somebodys_card_is_forgotten_whole(entries: tuple[str, ...]) -> None:
    made = recording(*entries)

    assert made.is_withheld
    assert [made.keys_of(number) for number in range(len(entries))] == [None] * len(entries)


def test_where_nobody_has_said_what_test_cards_are_no_card_is_kept() -> None:
    assert recording("1", TEST, test_cards=()).is_withheld


def test_only_people_at_a_handset_are_remembered() -> None:
    made = Recording(("9999",))
    made.keep(0, TEST, "")

    assert made.keys_of(0) is None


def test_the_key_that_ended_an_entry_belongs_to_it() -> None:
    made = Recording(("9999",), is_on=True)
    made.keep(7, "03", "#")

    assert made.keys_of(7) == "03#"


def test_what_is_remembered_is_in_no_repr() -> None:
    assert TEST not in repr(recording("1", TEST))

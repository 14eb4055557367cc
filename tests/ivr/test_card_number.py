"""A number keyed in pieces is judged as if it had been keyed in one go, and keeps only its end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_core.acquirers.issuers import LENGTH_BY_PREFIX, card_number_fault
from ivr.card_number import SHOWN, RestOfNumber, SoFar, WholeNumber
from ivr.turns import Heard

# A number that begins with a zero is refused at its first piece.
NUMBERS = st.one_of(
    st.from_regex("[1-9][0-9]{15}", fullmatch=True),
    st.sampled_from(["9999000000000004", "378282246310005", "30569309025904", "4111111111111111"]),
    st.builds(
        str.__add__,
        st.sampled_from(sorted(LENGTH_BY_PREFIX)),
        st.text("0123456789", min_size=12, max_size=13),
    ),
)


def in_pieces(number: str, cuts: list[int]) -> SoFar:
    """What is known after these pieces; the first has at least the two digits that tell the length."""
    so_far = SoFar()
    for begin, end in pairwise(
        sorted({0, *(cut for cut in cuts if 2 <= cut < len(number)), len(number)})
    ):
        so_far = SoFar.from_json(so_far.with_digits(number[begin:end]).to_json())
    return so_far


@given(number=NUMBERS, cuts=st.lists(st.integers(2, 15), max_size=5))
def test_pieces_are_judged_like_the_whole(number: str, cuts: list[int]) -> None:
    so_far = in_pieces(number, cuts)

    assert so_far.is_right == (card_number_fault(number) is None)
    assert so_far.count == len(number)


@given(number=NUMBERS, cuts=st.lists(st.integers(2, 15), max_size=5), upto=st.integers(2, 16))
def test_never_more_than_the_last_four_digits_are_kept(
    number: str, cuts: list[int], upto: int
) -> None:
    length = LENGTH_BY_PREFIX.get(number[:2], 16)

    so_far = in_pieces(number[:upto], cuts)

    assert so_far.tail == number[:upto][length - SHOWN :]
    if len(number) <= length:
        assert len(so_far.tail) <= SHOWN


@given(number=NUMBERS)
def test_one_running_sum_is_all_that_narrows_the_digits(number: str) -> None:
    kept = SoFar().with_digits(number[:12]).to_json()

    assert set(kept) == {
        "count", "length", "checksum", "issuer", "strict", "supported", "tail",
    }  # fmt: skip
    assert 0 <= kept["checksum"] < 10


@pytest.mark.parametrize(
    ("number", "pieces"),
    [("9999000000000004", 4), ("378282246310005", 4), ("30569309025904", 4)],
)
def test_four_digits_at_a_time_end_by_themselves(number: str, pieces: int) -> None:
    so_far, journal = SoFar(), []
    for at in range(0, len(number), 4):
        piece = RestOfNumber(so_far, min(4, so_far.missing))
        kept = piece.keep(Heard(number[at : at + 4]))
        journal.append(kept.journal["got"])
        so_far = so_far.with_digits(number[at : at + 4])

    assert journal == ["partial"] * (pieces - 1) + ["answer"]
    assert kept.journal["last4"] == number[-4:]


def test_a_number_that_is_too_long_for_its_brand_is_wrong() -> None:
    assert WholeNumber().keep(Heard("3782822463100050")).journal["got"] == "fault"
    assert not SoFar().with_digits("3782822463100050").is_right

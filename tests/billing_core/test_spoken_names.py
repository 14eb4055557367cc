"""What is said in a call: names are taken only if a voice says all of their letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_core.actions.create_merchant import create_merchant
from billing_core.spoken_names import check_speakable, speakable
from foundation.database import Database
from foundation.errors import InvalidRequest

WRITTEN = st.text() | st.text(alphabet="가A1 ㅋㅏ料αㆍ·&(주).-")


@given(WRITTEN)
def test_what_is_taken_is_never_spoken_as_nothing(written: str) -> None:
    try:
        check_speakable("/item", written)
    except InvalidRequest:
        return
    assert any(character.isalnum() for character in speakable(written))


@given(st.text(alphabet="가한나AZaz", min_size=1), st.sampled_from("ㅋㅏ料ガαг"))
def test_no_letter_of_what_is_taken_is_dropped(sayable: str, letter: str) -> None:
    check_speakable("/item", sayable)
    with pytest.raises(InvalidRequest, match=f"no voice says '{letter}'"):
        check_speakable("/item", sayable + letter)


@pytest.mark.parametrize(
    ("name", "spoken_name", "param"),
    [("ㅋㅋㅋ", None, "/name"), ("한빛", "ㅋㅋ", "/spoken_name"), ("(주)", "한빛", "/name")],
)
def test_a_merchant_whose_name_cannot_be_spoken_is_not_taken_in(
    database: Database, name: str, spoken_name: str | None, param: str
) -> None:
    with database.transaction() as session, pytest.raises(InvalidRequest) as refused:
        create_merchant(session, name=name, spoken_name=spoken_name)

    fault = refused.value.faults[0]
    assert (fault.param, fault.code) == (param, "not_sayable")

"""What Korean operators carry, and what happens to the rest."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidRequest
from sms.characters import byte_count, carried, check_writable, is_carried, uncarried

ANY_TEXT = st.text(st.characters(exclude_categories=()))
# What people paste: Hangul in both forms, accents, marks, joiners, dashes, quotes, emoji.
PASTED_TEXT = st.text(
    "한글똠쀍ᄀ각ㄱ가e\u0301éÅ郎隸か\u3099—–“„\u200d\u200b\u00a0\ufe0f☎☕1\u20e3\r\n\t\u00ad\u3164A"
)


@settings(deadline=None)
@given(ANY_TEXT | PASTED_TEXT)
def test_what_is_carried_takes_at_most_two_bytes_of_euc_kr_each(text: str) -> None:
    ours = "".join(c for c in carried(text) if is_carried(c))

    assert byte_count(ours) == len(ours.encode("euc_kr")) <= 2 * len(ours)


@settings(deadline=None)
@given(ANY_TEXT | PASTED_TEXT)
def test_replacing_look_alikes_twice_changes_nothing_more(text: str) -> None:
    assert carried(carried(text)) == carried(text)


@settings(deadline=None)
@given(ANY_TEXT | PASTED_TEXT)
def test_no_control_character_survives_but_the_newline(text: str) -> None:
    assert all(c == "\n" or ord(c) >= 32 for c in carried(text))


def test_everything_in_the_character_set_of_the_operators_stays_carried() -> None:
    everything = [chr(point) for point in range(0x10000) if is_carried(chr(point))]

    assert len(everything) > 8_000
    assert [c for c in everything if uncarried(carried(c))] == []


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("한빛학원 — 11월", "한빛학원 - 11월"),
        ("월\u00a0회비", "월 회비"),
        ("“수업” ‘반’ …", "“수업” ‘반’ …"),
        ("«봄»·여름•가을・겨울", '"봄"·여름·가을·겨울'),
        ("Café Zürich", "Cafe Zurich"),
        ("₩39,000", "￦39,000"),
        ("☎\ufe0f 문의", "☎ 문의"),
        ("\u200b한\u202e글\u0007", "한글"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
        ("1\r\n2\t3", "1\n2 3"),
        ("㈜한빛 ①", "㈜한빛 ①"),
        ("똠양꿍 ☕", "똠양꿍 ☕"),
    ],
)
def test_look_alikes_are_replaced_and_the_rest_is_left(typed: str, written: str) -> None:
    assert carried(typed) == written


def test_a_syllable_that_python_can_encode_but_no_phone_shows_is_uncarried() -> None:
    assert len("똠".encode("euc_kr")) == 8
    assert uncarried("똠 한글 똠😀\x07") == ["똠", "😀", "\x07"]


def test_a_lone_surrogate_is_uncarried_and_breaks_nothing() -> None:
    assert uncarried(carried("\ud800가")) == ["\ud800"]


@pytest.mark.parametrize("name", ["한빛학원", "ABC Academy (2호점)", "봄 — 여름", "Node.js 강의"])
def test_an_ordinary_name_is_writable(name: str) -> None:
    check_writable("/name", name)

    assert uncarried(carried(name)) == []


def test_a_name_is_refused_with_its_characters_and_the_remedy() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        check_writable("/item", "똠양꿍 😀 세트")

    [fault] = refusal.value.faults
    assert (fault.param, fault.code) == ("/item", "not_writable")
    assert "'똠', '😀'" in fault.detail
    assert "ordinary Hangul" in fault.detail


def test_a_name_full_of_offenders_is_refused_in_one_short_sentence() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        check_writable("/item", "".join(map(chr, range(0x1F600, 0x1F640))))

    assert " and others" in refusal.value.detail
    assert len(refusal.value.detail) < 300


@pytest.mark.parametrize("name", ["http://a.kr", "WWW.a.kr", "bit.ly/3x 확인", "수업 a.co/b"])
def test_a_web_address_in_a_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        check_writable("/item", name)

    assert refusal.value.faults[0].code == "link_not_allowed"

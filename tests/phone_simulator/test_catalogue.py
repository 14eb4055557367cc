"""Prompt ids are recognised from gettext templates."""

from pathlib import Path

import pytest

from phone_simulator.catalogue import Catalogue, group_of, read_catalogues
from tests.phone_simulator.conftest import PROMPTS, TEXTS


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogues([PROMPTS, TEXTS])


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("안녕하세요. 서울가스 자동결제 카드 등록입니다.", "R00"),
        ("안녕하세요,  서울 가스 자동결제 카드등록입니다", "R00"),
        ("Hello. This is card registration for Seoul Gas.", "R00"),
        ("등록이 끝났습니다. 신한 카드, 끝 네 자리 공 공 공 사입니다.", "R70"),
        ("[서울가스] 자동결제 카드 등록 완료\n신한 ****0004", "T03"),
    ],
)
def test_a_sentence_is_recognised(catalogue: Catalogue, words: str, name: str) -> None:
    assert catalogue.name(words).best == {name}


def test_a_part_of_a_sentence_is_not_the_sentence(catalogue: Catalogue) -> None:
    assert not catalogue.name("네, 카드번호 열여섯 자리를 눌러 주세요.").ids


def test_equal_words_have_several_ids_and_the_most_literal_template_wins() -> None:
    catalogue = Catalogue()
    catalogue.learn("A1", "네, {anything}")
    catalogue.learn("A2", "네, 알겠습니다.")
    catalogue.learn("A3", "네 알겠습니다")

    names = catalogue.name("네, 알겠습니다.")

    assert (names.ids, names.best) == ({"A1", "A2", "A3"}, {"A2", "A3"})


def test_a_text_may_lack_the_lines_whose_value_is_absent(catalogue: Catalogue) -> None:
    number_only = "[서울가스] 자동결제 카드 등록 요청\n아래 번호로 전화해 주세요.\n070-1234-5678"
    without_fixed_line = "[서울가스] 자동결제 카드 등록 요청\n070-1234-5678"

    assert catalogue.name(number_only).best == {"T01"}
    assert not catalogue.name(without_fixed_line).ids


def test_a_template_of_nothing_but_placeholders_recognises_nothing() -> None:
    catalogue = Catalogue()
    catalogue.learn("A1", "{everything}")

    assert not catalogue.name("무엇이든").ids


def test_groups_are_the_leading_letters() -> None:
    assert [group_of(name) for name in ("R20x1", "RX01", "G40", "T01")] == ["R", "RX", "G", "T"]


def test_a_file_that_is_no_catalogue_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.po"
    broken.write_text('msgid "x\n', encoding="utf-8")

    with pytest.raises(ValueError, match=r"broken\.po"):
        read_catalogues([broken])

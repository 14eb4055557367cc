"""A merchant is taken in with a name that can be said and written, or not at all."""

from __future__ import annotations

import json

import pytest

from tests.stories.operator import types
from tests.stories.service import Service


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--name", "😀"), "operators do not carry"),
        (("--name", "http://a.b/"), "no web address"),
        (("--name", "2026"), "with letters"),
        (("--name", "가게 123456"), "digits on end"),
        (("--name", "  "), "1 to 40 printable characters"),
        (("--name", "가" * 41), "1 to 40 printable characters"),
        (("--name", "가게", "--spoken-name", "///"), "with letters"),
        (("--name", "가게", "--spoken-name", "가" * 41), "1 to 40 printable characters"),
        (("--name", "가게", "--phone", "010-1234-567O"), "--phone: "),
    ],
)
def test_a_merchant_that_nobody_could_name_is_refused_with_the_remedy(
    service: Service, words: tuple[str, ...], told: str
) -> None:
    before = len(service.rows("merchants"))

    said = types(service.parts, "merchant", "create", *words)

    assert said.exit_code == 1
    assert told in said.stderr
    assert len(service.rows("merchants")) == before


def test_a_merchant_with_a_name_of_its_own_in_calls_is_taken_in(service: Service) -> None:
    said = types(
        service.parts,
        *("merchant", "create", "--name", "(주)한빛LPG", "--spoken-name", "한빛엘피지", "--json"),
    )

    made = json.loads(said.stdout.splitlines()[-1])
    found = [row for row in service.rows("merchants") if row["id"] == made["id"]]
    assert [row["spoken_name"] for row in found] == ["한빛엘피지"]

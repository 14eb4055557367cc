"""The scanner is proved by planting what it has to find."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from foundation.database import Database
from tests.leak_scanner import LeakScanner, encodings

CARD = "9999000000000004"
AROUND = b"2026-11-23 call CA17: \xff\x00 and more words around it"
SCANNER = LeakScanner(CARD, "378282246310005")
PLANTS = [
    (name, number, spelling)
    for number in (CARD, "378282246310005", "30569309025904")
    for name, spellings in encodings(number).items()
    for spelling in range(len(spellings))
]


@pytest.mark.parametrize(("name", "number", "spelling"), PLANTS)
def test_every_encoding_is_found(name: str, number: str, spelling: int) -> None:
    scanner = LeakScanner(number)
    planted = encodings(number)[name][spelling]

    assert scanner.find(AROUND + planted + AROUND)
    assert not scanner.find(AROUND)


@pytest.mark.parametrize("before", range(7))
def test_base64_is_found_wherever_it_begins(before: int) -> None:
    text = b"x" * before + CARD.encode() + b"y" * (10 - before)

    assert SCANNER.find(b'{"box": "' + base64.b64encode(text) + b'"}')


@pytest.mark.parametrize(
    "pack", [gzip.compress, zlib.compress, lambda text: gzip.compress(zlib.compress(text))]
)
def test_what_is_compressed_is_opened(pack: object) -> None:
    assert callable(pack)
    packed = pack(b"row " + CARD.encode() + b" row")

    assert SCANNER.find(AROUND + packed + AROUND)
    assert not SCANNER.find(AROUND + pack(b"row 1234567890123456 row"))


def test_values_of_all_kinds_are_looked_into() -> None:
    assert SCANNER.find({"a": [{"b": CARD}]})
    assert SCANNER.find([("job", (f"{CARD[:8]} {CARD[8:]}", "x"))]) == []
    assert SCANNER.find(("job", ("9999 0000 0000 0004",)))
    assert SCANNER.find(memoryview(CARD.encode()))
    assert SCANNER.find(ValueError(f"invalid literal: {CARD}"))
    assert SCANNER.find(datetime(2026, 11, 23, tzinfo=UTC)) == []


def test_every_column_of_every_table_is_read(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/planted.db")
    plants = [
        CARD,
        CARD.encode(),
        json.dumps({"kept": CARD}),
        int(CARD),
        gzip.compress(CARD.encode()),
    ]
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE strange (id INTEGER PRIMARY KEY, thing)")
        for plant in plants:
            connection.exec_driver_sql("INSERT INTO strange (thing) VALUES (?)", (plant,))

    found = SCANNER.find_in_database(database)

    database.close()
    assert len(found) == len(plants)
    assert all(leak.startswith("strange.thing") for leak in found)


def test_a_sealed_looking_text_is_no_leak() -> None:
    assert SCANNER.find(base64.b64encode(bytes(range(256)) * 8)) == []
    assert SCANNER.find(sa.__doc__ or "") == []

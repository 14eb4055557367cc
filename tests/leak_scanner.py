"""Looks for card digits in anything, however somebody may have written them down.

`encodings` says how a number can look; `LeakScanner` finds it in bytes, also inside what is
compressed. Its proof is in `test_leak_scanner.py`, which plants every encoding and finds it.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from foundation.database import Base, Database

GZIP, ZLIB = b"\x1f\x8b\x08", b"\x78"
# Anything that unpacks to more is no log and no column of ours.
UNPACKED_MAX = 4 * 1024 * 1024
DEPTH_MAX = 3
GROUP = 4
PACKED_MIN = 7
SPOKEN = dict(zip("0123456789", "공일이삼사오육칠팔구", strict=True))


def encodings(digits: str) -> Mapping[str, tuple[bytes, ...]]:
    """The ways in which digits may have been written, by name; each with its spellings."""
    groups = [digits[at : at + GROUP] for at in range(0, len(digits), GROUP)]
    full_width = "".join(chr(ord("０") + int(digit)) for digit in digits)
    in_hex = digits.encode().hex()
    spoken = [SPOKEN[digit] for digit in digits]
    # Two digits a byte; of a short number that would be any three bytes of a file.
    packed = bytes.fromhex(digits.rjust(len(digits) + len(digits) % 2, "0"))
    return {
        "plain": (digits.encode(),),
        "grouped": tuple(mark.join(groups).encode() for mark in (" ", "-", ".", ", ", "\u00a0")),
        "one by one": tuple(mark.join(digits).encode() for mark in (" ", "-", ",", ", ")),
        "full width": (full_width.encode(), full_width.encode("utf-16-le")),
        "spoken": tuple(mark.join(spoken).encode() for mark in ("", " ")),
        "reversed": (digits[::-1].encode(),),
        "hex": (in_hex.encode(), *([packed] if len(packed) >= PACKED_MIN else [])),
        "base64": tuple(_base64_cores(digits.encode())),
        "URL": ("".join(f"%{ord(digit):02x}" for digit in digits).encode(),),
        "UTF-16": (digits.encode("utf-16-le"), digits.encode("utf-16-be")),
        "UTF-32": (digits.encode("utf-32-le"), digits.encode("utf-32-be")),
        "JSON": ("".join(f"\\u{ord(digit):04x}" for digit in digits).encode(),),
        "HTML": ("".join(f"&#{ord(digit)};" for digit in digits).encode(),),
    }


class LeakScanner:
    """Finds some numbers in anything."""

    def __init__(self, *numbers: str) -> None:
        self._needles = {
            needle: f"{name} of …{digits[-GROUP:]}"
            for digits in numbers
            for name, spellings in encodings(digits).items()
            for needle in spellings
        }
        self._any = re.compile(b"|".join(map(re.escape, self._needles)))

    def find(self, thing: Any) -> list[str]:
        """Say how a number is written in this thing, once for each way; empty is what we want."""
        found = {
            self._needles[hit]
            for haystack in _unpacked(as_bytes(thing), DEPTH_MAX)
            for hit in self._any.findall(haystack)
        }
        return sorted(found)

    def find_in_database(self, database: Database) -> list[str]:
        """Look through every column of every row of every table."""
        return [
            f"{name}: {leak}" for name, value in every_value(database) for leak in self.find(value)
        ]


def every_value(database: Database) -> Iterator[tuple[str, Any]]:
    """Every value in a database with the name of its column, our own tables and all others."""
    with database.engine.connect().execution_options(readonly=True) as connection:
        inspector = sa.inspect(connection)
        for table_name in inspector.get_table_names():
            table = Base.metadata.tables.get(table_name)
            if table is None:
                table = sa.Table(table_name, sa.MetaData(), autoload_with=connection)
            # The raw text of each column, as a thief with a backup would read it.
            columns = [
                sa.type_coerce(column, _raw(column)).label(column.name) for column in table.c
            ]
            for row in connection.execute(sa.select(*columns)).mappings():
                yield from ((f"{table_name}.{name}", value) for name, value in row.items())


def as_bytes(thing: Any) -> bytes:
    """Anything as the bytes somebody could read."""
    match thing:
        case bytes():
            return thing
        case memoryview() | bytearray():
            return bytes(thing)
        case str():
            return thing.encode("utf-8", "surrogatepass")
        case Mapping() | list() | tuple():
            return json.dumps(thing, ensure_ascii=False, default=repr).encode()
        case _:
            return repr(thing).encode()


def _raw(column: sa.Column[Any]) -> sa.types.TypeEngine[Any]:
    kept_as = column.type.impl if isinstance(column.type, sa.TypeDecorator) else column.type
    return sa.JSON() if isinstance(kept_as, sa.JSON) else sa.types.NullType()


def _base64_cores(text: bytes) -> Iterable[bytes]:
    """What is the same whatever stands before and after, for each of the three phases."""
    for phase in range(3):
        encoded = base64.b64encode(b"\0" * phase + text)
        first = (phase * 8 + 5) // 6
        last = (phase + len(text)) * 8 // 6
        yield encoded[first:last]


def _unpacked(packed: bytes, depth: int) -> Iterator[bytes]:
    yield packed
    if depth == 0:
        return
    for mark, bits in ((GZIP, zlib.MAX_WBITS | 16), (ZLIB, zlib.MAX_WBITS)):
        for found in re.finditer(re.escape(mark), packed):
            inside = _inflated(packed[found.start() :], bits)
            if inside:
                yield from _unpacked(inside, depth - 1)


def _inflated(packed: bytes, bits: int) -> bytes:
    try:
        return zlib.decompressobj(bits).decompress(packed, UNPACKED_MAX)
    except zlib.error:
        return b""

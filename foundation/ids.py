"""Ids say what they name and when it was made: reg_, bk_, evt_ … sort by time within their kind."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32, in ASCII order.
_TIME_LENGTH = 9  # 45 bits of milliseconds reach beyond the year 3000.
_RANDOM_LENGTH = 16  # 80 random bits: ids cannot be guessed from one another.


def new_id(prefix: str, at: datetime) -> str:
    """Return a new id such as "reg_0N6S2K4QW…": the kind, the millisecond, then 80 random bits."""
    return f"{prefix}_{_base32(int(at.timestamp() * 1000), _TIME_LENGTH)}{_random()}"


def moment_of(id_: str) -> datetime:
    """When an id was made, to the millisecond. Raises ValueError for what is no id of ours."""
    _kind, _, rest = id_.rpartition("_")
    if len(rest) < _TIME_LENGTH:
        raise ValueError("an id has its moment behind its kind")
    places = [_ALPHABET.index(letter) for letter in rest[:_TIME_LENGTH]]
    milliseconds = 0
    for place in places:
        milliseconds = milliseconds << 5 | place
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def new_token() -> str:
    """Return a secret of 256 random bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def _base32(number: int, length: int) -> str:
    return "".join(_ALPHABET[(number >> 5 * place) & 31] for place in reversed(range(length)))


def _random() -> str:
    return _base32(secrets.randbits(5 * _RANDOM_LENGTH), _RANDOM_LENGTH)

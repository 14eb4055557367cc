"""Tokens: a burst, then a steady rate, then the time to wait."""

from __future__ import annotations

import pytest

from foundation.errors import Refusal
from merchant_api.limits import BUCKETS_MAX, RateLimit


def taken(limit: RateLimit, key: str, times: int, at: float) -> int:
    """How many of so many tries are let through at one moment."""
    through = 0
    for _ in range(times):
        try:
            limit.take(key, at)
        except Refusal:
            continue
        through += 1
    return through


def test_a_burst_goes_through_and_then_a_steady_rate() -> None:
    limit = RateLimit(calls_per_s=10, burst=20)

    assert taken(limit, "a", 50, at=0.0) == 20
    assert taken(limit, "a", 50, at=1.0) == 10
    assert taken(limit, "a", 50, at=100.0) == 20


def test_keys_do_not_take_from_each_other() -> None:
    limit = RateLimit(calls_per_s=10, burst=20)
    taken(limit, "a", 50, at=0.0)

    assert taken(limit, "b", 50, at=0.0) == 20


def test_whoever_waits_as_long_as_told_goes_through() -> None:
    limit = RateLimit(calls_per_s=0.1, burst=1)
    limit.take("a", 0.0)

    with pytest.raises(Refusal) as refused:
        limit.take("a", 1.0)
    limit.take("a", 1.0 + (refused.value.retry_after_s or 0))

    assert refused.value.retry_after_s == 9


def test_keys_that_are_silent_are_forgotten() -> None:
    limit = RateLimit(calls_per_s=10, burst=20)
    for number in range(BUCKETS_MAX):
        limit.take(str(number), 0.0)

    limit.take("one more", 100.0)

    assert limit.keys_known == 1

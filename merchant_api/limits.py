"""How often one key may call: a bucket of tokens for each key, refilled steadily.

The buckets stand in the memory of each web process. That is enough, because they guard the process
and not money: a runaway program of one merchant must not take the threads of the others. With four
processes a key gets up to four times the rate, which four processes can bear. What costs money has
its own limits in the database: texts, tries per card, loans.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

from foundation.clock import stopwatch
from foundation.errors import Refusal

# More than a process accepts of charges (`benchmarks/charges_accepted.py`): a merchant's monthly run
# is never slowed, a program that has run away and only reads is.
CALLS_PER_S = 300.0
# Two seconds' worth, so that clients who send in bunches are not refused for it.
BURST = 600.0
# Keys that have not called for as long as a bucket takes to fill up are forgotten at this count.
BUCKETS_MAX = 10_000


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class RateLimit:
    """Tokens of every key that has called lately."""

    def __init__(self, calls_per_s: float = CALLS_PER_S, burst: float = BURST) -> None:
        self._calls_per_s = calls_per_s
        self._burst = burst
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def take(self, key: str, at: float | None = None) -> None:
        """Take one token. Raises Refusal with the time to wait when there is none."""
        now = stopwatch() if at is None else at
        with self._lock:
            tokens = self._take(key, now)
        if tokens < 1:
            wait_s = max(1, math.ceil((1 - tokens) / self._calls_per_s))
            raise Refusal(
                f"At most {self._calls_per_s:g} requests a second, after a burst of "
                f"{self._burst:g}. Wait {wait_s} s, then go on.",
                code="rate_limited",
                retry_after_s=wait_s,
            )

    @property
    def keys_known(self) -> int:
        return len(self._buckets)

    def _take(self, key: str, now: float) -> float:
        """Take a token if there is a whole one; return how many there were."""
        if len(self._buckets) >= BUCKETS_MAX:
            self._forget(now)
        bucket = self._buckets.setdefault(key, _Bucket(self._burst, now))
        gained = (now - bucket.filled_at) * self._calls_per_s
        found = min(self._burst, bucket.tokens + gained)
        bucket.tokens = found - 1 if found >= 1 else found
        bucket.filled_at = now
        return found

    def _forget(self, now: float) -> None:
        full_after_s = self._burst / self._calls_per_s
        self._buckets = {
            key: bucket
            for key, bucket in self._buckets.items()
            if now - bucket.filled_at < full_after_s
        }

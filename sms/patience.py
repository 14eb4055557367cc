"""How often, and after how long, a text is offered again that the provider never processed."""

from __future__ import annotations

from zlib import crc32

# One second, doubled each time, never above five minutes: the last try is about an hour after the
# first. By then a link that is down, or a queue that is full, has come to somebody's attention.
FIRST_WAIT_S = 1.0
WAIT_S_MAX = 300.0
TRIES_MAX = 20
# Texts that were turned away together must not come back together.
JITTER = 0.1

_CRC_MAX = 0xFFFF_FFFF


def back_off_s(text_id: str, attempts: int) -> float:
    """Return how long to wait after so many tries; a little different for each text."""
    wait_s = min(FIRST_WAIT_S * 2.0 ** (attempts - 1), WAIT_S_MAX)
    spread = crc32(text_id.encode()) / _CRC_MAX
    return wait_s * (1 - JITTER + 2 * JITTER * spread)

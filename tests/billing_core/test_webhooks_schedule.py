"""The intervals keep what merchants were promised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from billing_core.delivery_schedule import (
    JITTER,
    LEASE,
    RETRY_AFTER_MAX,
    TRIES_MAX,
    WAITS,
    asked_to_wait,
    wait_after,
)
from billing_core.events import Delivery
from billing_core.webhook_courier import DEADLINE_S

NOW = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
NOTHING = timedelta()


def after(attempts: int, name: str = "dlv_1") -> timedelta:
    return wait_after(Delivery(id=name, attempts=attempts, attempts_before=0), at_least=NOTHING)


def test_there_are_at_least_ten_tries_over_at_least_75_hours() -> None:
    assert TRIES_MAX >= 10
    assert sum((after(attempts) for attempts in range(1, TRIES_MAX)), NOTHING) >= timedelta(
        hours=75
    )


def test_the_intervals_grow() -> None:
    waits = [after(attempts) for attempts in range(1, TRIES_MAX)]

    assert all(earlier < later for earlier, later in pairwise(waits))


def test_deliveries_that_failed_together_come_back_apart() -> None:
    waits = {after(1, f"dlv_{number}") for number in range(1000)}

    assert len(waits) > 900
    assert min(waits) >= WAITS[0]
    assert max(waits) <= WAITS[0] * (1 + JITTER)


def test_a_delivery_asked_for_again_starts_anew() -> None:
    again = Delivery(id="dlv_1", attempts=15, attempts_before=14)

    assert wait_after(again, at_least=NOTHING) < WAITS[1]


def test_a_claim_outlives_the_longest_exchange() -> None:
    assert timedelta(seconds=DEADLINE_S) * 3 < LEASE


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, NOTHING),
        ("0", NOTHING),
        ("120", timedelta(minutes=2)),
        (" 120 ", timedelta(minutes=2)),
        ("Mon, 23 Nov 2026 06:20:00 GMT", timedelta(hours=1)),
        ("Mon, 23 Nov 2026 04:20:00 GMT", NOTHING),
        ("Sat, 23 Nov 2099 06:20:00 GMT", RETRY_AFTER_MAX),
        ("Mon, 23 Nov 2026 06:20:00 -0000", timedelta(hours=1)),
        ("86401", RETRY_AFTER_MAX),
        ("9" * 5000, RETRY_AFTER_MAX),
        ("-5", NOTHING),
        ("1.5", NOTHING),
        ("soon", NOTHING),
        ("Mon, 23 Nov 99999 06:20:00 GMT", NOTHING),
        ("Mon, 23 Nov 2026 06:20:00 +999999999999999999", NOTHING),
        ("Fri, 31 Dec 9999 23:59:59 -2359", RETRY_AFTER_MAX),
        ("", NOTHING),
        ("٣", timedelta(seconds=3)),
    ],
)
def test_a_server_may_ask_for_patience_within_bounds(header: str | None, wait: timedelta) -> None:
    assert asked_to_wait(header, NOW) == wait


def test_patience_only_lengthens_a_wait() -> None:
    delivery = Delivery(id="dlv_1", attempts=6, attempts_before=0)

    assert wait_after(delivery, at_least=timedelta(seconds=1)) >= WAITS[5]
    assert wait_after(delivery, at_least=timedelta(hours=20)) == timedelta(hours=20)

"""A hundred people on the telephone at once, and an acquirer that takes five seconds for each.

    python -m benchmarks.busy_line [--postgres postgresql+psycopg://user@host/database]

Real `ars web` and `ars worker` processes; callers think for a second or three before every answer,
which is quicker than people are. Measured are all webhooks, from the connection to the last byte.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from foundation.master_keys import MasterKeys
from tests.postgres import start_postgres
from tests.processes.installation import Installation, installation
from tests.processes.phone_line import GOOD_CARDS, Call, Provider, phones
from tests.sms.pretend_twilio import pretend_twilio

CALLERS = 100
SANDBOX_DELAY_S = "5"
THINKS_S = (0.5, 3.0)
# All dial within this time; the last ones dial while the first ones are at their third question.
DIALS_WITHIN_S = 8.0
BOUND_MS = 300.0
# A card that several callers try at once is blocked for some of them; they hear so and hang up.
ENDINGS = ("등록이 끝났습니다", "확인이 늦어지고 있습니다", "이 카드를 쓰실 수 없습니다")


def main() -> int:
    """Let them call, print the table, and say whether the bound holds."""
    parser = argparse.ArgumentParser(description="A hundred callers at once.")
    parser.add_argument("--postgres", help="a server; SQLite without it")
    given: str | None = parser.parse_args().postgres
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder}/ars.db"
        if given:
            url = stack.enter_context(stack.enter_context(start_postgres(given)).new_database())
        texts = stack.enter_context(pretend_twilio())
        settings = {
            "MASTER_KEYS": MasterKeys.generate("m1"),
            "TWILIO_API_BASE_URL": texts.base_url,
            "TEXT_SENDER": "+827000000000",
            "SANDBOX_DELAY_S": SANDBOX_DELAY_S,
        }
        house = stack.enter_context(installation(url, folder, **settings))
        return report("PostgreSQL" if given else "SQLite", *everybody_calls(house))


def everybody_calls(house: Installation) -> tuple[list[float], list[str]]:
    """Return the seconds of every webhook, and what every caller heard."""
    house.prepare()
    house.start_web()
    house.start_worker()
    house.waits_for("web", "worker")
    phone = phones(0)
    made = [house.register(phone(), f"R-{number}").json for number in range(CALLERS)]
    providers = [Provider(house) for _ in made]
    calls = [
        Call(
            provider,
            each["customer"]["phone"],
            each["virtual_number"],
            GOOD_CARDS[number % len(GOOD_CARDS)],
            pace=1.0,
            thinks=Thoughts(number),
        )
        for number, (provider, each) in enumerate(zip(providers, made, strict=True))
    ]
    with ThreadPoolExecutor(CALLERS) as crowd:
        heard = list(crowd.map(dials, calls))
    return [second for provider in providers for second in provider.seconds], heard


def dials(call: Call) -> str:
    """Take the telephone at some moment, and call."""
    time.sleep(random.Random(call.phone).uniform(0, DIALS_WITHIN_S))
    return call.plays()


class Thoughts:
    """How long one caller takes before each answer."""

    def __init__(self, number: int) -> None:
        self._chance = random.Random(number)

    def __call__(self) -> float:
        return self._chance.uniform(*THINKS_S)


def report(name: str, seconds: list[float], heard: list[str]) -> int:
    """Print the table; 0 if the bound holds and every call came to its end."""
    cuts = [cut * 1e3 for cut in statistics.quantiles(seconds, n=100)]
    print(f"{'':<12}{'webhooks':>10}{'median ms':>11}{'p95 ms':>9}{'p99 ms':>9}{'slowest':>9}")
    print(
        f"{name:<12}{len(seconds):>10}{cuts[49]:>11.1f}{cuts[94]:>9.1f}{cuts[98]:>9.1f}"
        f"{max(seconds) * 1e3:>9.1f}"
    )
    ended = [sum(ending in words for words in heard) for ending in ENDINGS]
    print(
        f"{ended[0]} heard that they are registered, {ended[1]} were promised a text, "
        f"{ended[2]} had a blocked card; bound {BOUND_MS:.0f} ms"
    )
    return 0 if cuts[98] < BOUND_MS and sum(ended) >= CALLERS else 1


if __name__ == "__main__":
    sys.exit(main())

"""What the replay of a long call costs: thirty answered turns, worked out anew for the next one.

python -m benchmarks.replay
"""

from __future__ import annotations

import statistics
import sys
import time
from itertools import chain, islice, repeat

from ivr.dialogues.scripts import SCRIPTS
from ivr.facts import Facts
from ivr.replay import Entry, replay
from ivr.turns import Heard, Json, Question, Turn

TURNS = 30
ROUNDS = 2_000
BOUND_MS = 1.0
FACTS = Facts(
    script="register_card",
    today="2026-11-23",
    merchant="(주)한빛LPG",
    item="LPG 요금",
    trust_phrase="고객번호 끝 네 자리 3512",
)
# A caller who wants to hear every question several times, and answers it in the end.
ANSWERS = ("1", "1", "1", "9999000000000004", "0829", "1", "900101")
KEYS = tuple(keys for answer in ANSWERS for keys in ("*", "*", "*", answer))


def main() -> int:
    """Measure, print one line, and say whether the bound holds."""
    journal = long_journal()
    seconds = sorted(timed(journal) for _ in range(ROUNDS))
    median, p99 = statistics.median(seconds) * 1e3, seconds[ROUNDS * 99 // 100] * 1e3
    print(
        f"replay of {len(journal)} turns: median {median:.3f} ms, p99 {p99:.3f} ms, bound {BOUND_MS} ms"
    )
    return 0 if median < BOUND_MS else 1


def long_journal() -> list[Entry]:
    """The journal of a long call, as the call itself would have written it."""
    journal: list[Entry] = []
    for keys in islice(chain(KEYS, repeat("*")), TURNS):
        journal.append(answered(journal, keys))
    return journal


def answered(journal: list[Entry], keys: str) -> Entry:
    def hear(turn: Turn) -> Json:
        assert isinstance(turn, Question), "the call ended too early"
        finish = turn.kind.keys.finish
        heard = Heard(finished_on=keys) if keys == finish else Heard(keys[: turn.kind.keys.most])
        return turn.kind.keep(heard).journal

    after = replay(SCRIPTS[FACTS.script], "CA1", FACTS, journal, hear)
    assert after.heard is not None
    return after.heard


def timed(journal: list[Entry]) -> float:
    began = time.perf_counter()
    replay(SCRIPTS[FACTS.script], "CA1", FACTS, journal)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())

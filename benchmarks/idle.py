"""What the whole embedded service costs while nobody calls: memory and processor time.

    python -m benchmarks.idle

Web server, worker and phone simulator run as `make run` starts them. Memory is given twice: PSS
counts what processes share once, RSS counts it for each of them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.processes.installation import ROOT, eventually, free_port

LOOKS_FOR_S = 20.0
SETTLES_IN_S = 5.0
PSS_MAX_MB, CORE_PERCENT_MAX = 300, 10.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """What one process holds, and the processor time it has taken so far."""

    name: str
    pss_mb: float
    rss_mb: float
    took_s: float


def main() -> int:
    """Start it, wait, look twice, print the table, and say whether the bounds hold."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as parent:
        time.sleep(SETTLES_IN_S)
        before = {pid: cost_of(pid) for pid in tree(parent)}
        time.sleep(LOOKS_FOR_S)
        after = {pid: cost_of(pid) for pid in before}
    print(f"{'':<26}{'PSS MB':>9}{'RSS MB':>9}{'% of a core':>13}")
    for pid, cost in after.items():
        percent = (cost.took_s - before[pid].took_s) / LOOKS_FOR_S * 100
        print(f"{cost.name:<26}{cost.pss_mb:>9.0f}{cost.rss_mb:>9.0f}{percent:>13.1f}")
    pss, rss = (
        sum(figure) for figure in zip(*((c.pss_mb, c.rss_mb) for c in after.values()), strict=True)
    )
    took = sum(cost.took_s - before[pid].took_s for pid, cost in after.items())
    percent = took / LOOKS_FOR_S * 100
    print(f"{'all':<26}{pss:>9.0f}{rss:>9.0f}{percent:>13.1f}")
    print(f"bounds: {PSS_MAX_MB} MB (PSS), {CORE_PERCENT_MAX:.0f} % of a core")
    return 0 if pss < PSS_MAX_MB and percent < CORE_PERCENT_MAX else 1


@contextmanager
def running(folder: Path) -> Iterator[int]:
    """The embedded service in a folder of its own."""
    ports = (str(free_port()), str(free_port()))
    words = ["run", "--var", str(folder), "--port", ports[0], "--simulator-port", ports[1]]
    log = folder / "embedded.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "embedded", *words],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=output,
        )
        try:
            eventually(lambda: "ARS autopay is running" in log.read_text(), why=log.read_text)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def tree(pid: int) -> list[int]:
    """A process and all that came from it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(deeper for child in children for deeper in tree(int(child)))]


def cost_of(pid: int) -> Cost:
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kb = {line.split(":")[0]: int(line.split()[1]) for line in rollup if line.endswith("kB")}
    numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    took_s = (int(numbers[11]) + int(numbers[12])) / TICKS_PER_S
    name = " ".join(word for word in words[2:4] if not word.startswith("-"))
    return Cost(name, kb["Pss"] / 1024, kb["Rss"] / 1024, took_s)


if __name__ == "__main__":
    sys.exit(main())

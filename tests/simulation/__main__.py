"""Play any number of seeds, or one again: python -m tests.simulation --seeds 1000 --db sqlite."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

import sqlalchemy as sa
import structlog

from foundation.clock import stopwatch
from foundation.database import Database
from tests.simulation.play import Played, play
from tests.simulation.world import World

PROGRESS_EVERY_S = 5.0
CRITICAL = 50


def main() -> int:
    """Play, and return 1 where a seed breaks an invariant."""
    asked = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(CRITICAL))
    with tempfile.TemporaryDirectory(prefix="ars-simulation-", dir=_folder()) as folder:
        url = f"sqlite:///{folder}/ars.db" if asked.db == "sqlite" else asked.db
        if not _is_ours(url):
            print("Give an empty database: the simulation makes and drops every table.")
            return 2
        world = World(url)
        try:
            return _replay(world, asked.replay) if asked.replay is not None else _many(world, asked)
        finally:
            world.clear()
            world.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--db", default="sqlite", help='"sqlite", or the URL of an empty database')
    parser.add_argument("--replay", type=int, help="play this seed and print what happens")
    return parser.parse_args()


def _folder() -> str | None:
    # A run commits thousands of times; memory keeps a disk out of what is not about disks.
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _is_ours(url: str) -> bool:
    database = Database(url)
    try:
        return not sa.inspect(database.engine).get_table_names()
    finally:
        database.close()


def _replay(world: World, seed: int) -> int:
    played = play(world, seed)
    print("\n".join(played.log))
    print(f"seed {seed}: {played.broken or 'all invariants hold'}\nhash {played.digest}")
    return 1 if played.broken else 0


def _many(world: World, asked: argparse.Namespace) -> int:
    began = told = stopwatch()
    faults: Counter[str] = Counter()
    charges = paid = 0
    for count, seed in enumerate(range(asked.first, asked.first + asked.seeds), 1):
        played = play(world, seed)
        if played.broken:
            return _tell_broken(played, asked.db)
        faults.update(played.faults)
        charges, paid = charges + played.charges, paid + played.paid
        if stopwatch() - told > PROGRESS_EVERY_S:
            told = stopwatch()
            print(f"{count} of {asked.seeds} seeds, {told - began:.0f} s", file=sys.stderr)
    print(f"{asked.seeds} seeds from {asked.first}: every invariant held")
    print(f"{charges} charges reached the acquirer, {paid} stayed paid, {stopwatch() - began:.0f} s")
    print(f"{faults.total()} faults of {len(faults)} kinds:")
    for fault, number in sorted(faults.items()):
        print(f"  {number:7,} {fault}")
    return 0


def _tell_broken(played: Played, db: str) -> int:
    print("\n".join(played.log[-25:]))
    print(f"seed {played.seed} breaks {played.broken}")
    print(f"replay it: python -m tests.simulation --replay {played.seed} --db {db}")
    return 1


if __name__ == "__main__":
    sys.exit(main())

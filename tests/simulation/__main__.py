"""Play any number of seeds, or one again: python -m tests.simulation --seeds 1000 --db sqlite."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

import click
import sqlalchemy as sa
import structlog

from foundation.clock import stopwatch
from foundation.database import Database
from tests.simulation.play import Played, play
from tests.simulation.world import World, sqlite_url

PROGRESS_EVERY_S = 5.0
CRITICAL = 50


def main() -> int:
    """Play, and return 1 where a seed breaks an invariant."""
    asked = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(CRITICAL))
    with sqlite_url() as url_of_our_own:
        url = url_of_our_own if asked.db == "sqlite" else asked.db
        if not _is_ours(url):
            click.echo("Give an empty database: the simulation makes and drops every table.")
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


def _is_ours(url: str) -> bool:
    database = Database(url)
    try:
        return not sa.inspect(database.engine).get_table_names()
    finally:
        database.close()


def _replay(world: World, seed: int) -> int:
    played = play(world, seed)
    click.echo("\n".join(played.log))
    click.echo(f"seed {seed}: {played.broken or 'all invariants hold'}\nhash {played.digest}")
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
            click.echo(f"{count} of {asked.seeds} seeds, {told - began:.0f} s", err=True)
    click.echo(f"{asked.seeds} seeds from {asked.first}: every invariant held")
    click.echo(
        f"{charges} charges reached the acquirer, {paid} stayed paid, {stopwatch() - began:.0f} s"
    )
    click.echo(f"{faults.total()} faults of {len(faults)} kinds:")
    for fault, number in sorted(faults.items()):
        click.echo(f"  {number:7,} {fault}")
    return 0


def _tell_broken(played: Played, db: str) -> int:
    click.echo("\n".join(played.log[-25:]))
    click.echo(f"seed {played.seed} breaks {played.broken}")
    click.echo(f"replay it: python -m tests.simulation --replay {played.seed} --db {db}")
    return 1


if __name__ == "__main__":
    sys.exit(main())

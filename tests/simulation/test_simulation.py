"""Money under random faults: whatever the seed, the acquirer's books and ours agree to the won.

Far more seeds are played by hand: python -m tests.simulation --seeds 10000.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog

from tests.postgres import PostgresServer
from tests.simulation.planted import (
    ImpatientLine,
    approve_by_sending_again,
    approve_without_guard,
    settle_at_the_first_word,
)
from tests.simulation.play import play
from tests.simulation.run import Procedures
from tests.simulation.weather import FAULTS
from tests.simulation.world import World, sqlite_url

# Seeds of one test; there are several, so that processes can share them.
SEEDS = 100
# PostgreSQL is slower, and differs in locks rather than in what can happen.
POSTGRES_SEEDS = 50
# A planted mistake that needs more seeds than these would hide for too long.
SEEDS_TO_NOTICE = 100
CRITICAL = 50


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """No logs of the product: a run writes its own."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(CRITICAL))
    yield
    structlog.configure(**before)


@pytest.fixture
def world() -> Iterator[World]:
    with sqlite_url() as url, _world(url) as made:
        yield made


@pytest.mark.parametrize("first", range(0, 20 * SEEDS, SEEDS))
def test_money_moves_exactly_once_whatever_breaks(world: World, first: int) -> None:
    broken = _broken(world, range(first, first + SEEDS))

    assert broken == {}


@pytest.mark.parametrize("first", range(0, 4 * POSTGRES_SEEDS, POSTGRES_SEEDS))
def test_money_moves_exactly_once_on_postgresql(postgres: PostgresServer, first: int) -> None:
    with postgres.new_database() as url, _world(url) as world:
        broken = _broken(world, range(first, first + POSTGRES_SEEDS))

    assert broken == {}


def test_the_same_seed_is_the_same_run(world: World) -> None:
    digests = {seed: play(world, seed).digest for seed in range(4)}
    with sqlite_url() as url, _world(url) as other:
        again = {seed: play(other, seed).digest for seed in reversed(range(4))}

    assert again == digests
    assert len(set(digests.values())) == 4


def test_the_same_seed_is_the_same_run_on_both_databases(
    world: World, postgres: PostgresServer
) -> None:
    with postgres.new_database() as url, _world(url) as other:
        elsewhere = [play(other, seed).digest for seed in range(3)]

    assert elsewhere == [play(world, seed).digest for seed in range(3)]


@pytest.mark.parametrize(
    ("mistake", "invariant"),
    [
        (Procedures(line=ImpatientLine), "M3"),
        (Procedures(approve=approve_without_guard), "M"),
        (Procedures(approve=approve_by_sending_again), "M3"),
        (Procedures(settle=settle_at_the_first_word), "M8"),
    ],
)
def test_a_planted_mistake_is_noticed_and_its_seed_shows_it_again(
    world: World, mistake: Procedures, invariant: str
) -> None:
    runs = (play(world, seed, mistake) for seed in range(SEEDS_TO_NOTICE))
    noticed = next((run for run in runs if run.broken), None)

    assert noticed is not None
    assert noticed.broken is not None
    assert noticed.broken.startswith(invariant)
    assert play(world, noticed.seed, mistake).log == noticed.log
    assert play(world, noticed.seed).broken is None


def test_charges_meet_every_fault_of_the_line(world: World) -> None:
    unmet = {f"charge: {fault}" for fault in FAULTS}
    for seed in range(SEEDS):
        if unmet:
            unmet -= play(world, seed).faults.keys()

    assert unmet == set()


@contextmanager
def _world(url: str) -> Iterator[World]:
    world = World(url)
    try:
        yield world
    finally:
        world.close()


def _broken(world: World, seeds: range) -> dict[int, str]:
    """The seeds that break an invariant. Replay one: python -m tests.simulation --replay SEED."""
    return {run.seed: run.broken for run in (play(world, seed) for seed in seeds) if run.broken}

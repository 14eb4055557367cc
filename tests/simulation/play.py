"""Play one seed from its beginning until everything has come to rest, and judge it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tests.simulation.invariants import Invariants
from tests.simulation.run import BrokenError, Procedures, Run
from tests.simulation.workers import Workers
from tests.simulation.workload import Workload
from tests.simulation.world import World

# Most mistakes need one charge and one fault; some need charges that meet. So most runs are short,
# which buys many, and every twentieth is long.
STEPS, STEPS_OF_A_LONG_RUN = 3, 40
LONG_EVERY = 20
# Far more rounds than any run needs: who needs more goes round in circles.
ROUNDS_MAX = 300
# A night, after which the day before is compared with the acquirer's list.
NIGHT = timedelta(hours=24)


@dataclass(frozen=True)
class Played:
    """How a run ended: the broken invariant, if any, and what happened."""

    seed: int
    broken: str | None
    digest: str
    log: tuple[str, ...]
    faults: dict[str, int]
    charges: int
    paid: int


def play(world: World, seed: int, procedures: Procedures | None = None) -> Played:
    """Play one seed."""
    run = Run(world, seed, procedures or Procedures())
    broken = None
    try:
        _play(run)
    except BrokenError as error:
        broken = run.named(str(error))
        run.note("BROKEN", broken)
    payments = run.books.payments.values()
    return Played(
        seed,
        broken,
        run.digest,
        tuple(run.lines),
        dict(run.weather.seen),
        len(payments),
        sum(payment.captured > 0 for payment in payments),
    )


def _play(run: Run) -> None:
    workers, invariants = Workers(run), Invariants(run)
    workload = Workload(run, workers)
    is_long = run.seed % LONG_EVERY == 0
    workload.begin(rounds=2 if is_long else 0)
    for _ in range(STEPS_OF_A_LONG_RUN if is_long else STEPS):
        workload.step()
        invariants.look()
    run.note("the weather clears")
    run.weather.is_calm = True
    _rest(run, workers)
    run.acquirer.arrivals(everything=True)
    _night(run, workers, invariants)
    if invariants.something_differs():
        # What a night has set right is seen to be right in the next one.
        _night(run, workers, invariants)
    invariants.at_rest()


def _night(run: Run, workers: Workers, invariants: Invariants) -> None:
    run.passes(NIGHT)
    for step in workers.sweeps:
        if step[0] != "retry due charges":
            run.do(*step)
    _rest(run, workers)
    invariants.look()


def _rest(run: Run, workers: Workers) -> None:
    if not workers.comes_to_rest(ROUNDS_MAX):
        raise BrokenError("M8", "nothing comes to rest")

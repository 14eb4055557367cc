"""The benches on which every acquirer is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from foundation.database import Database
from tests.billing_core.card_desk import HandClock
from tests.contracts.acquirer_bench import AcquirerBench, SandboxBench
from tests.contracts.portone_bench import PortoneBench

# Another acquirer is one more line here.
BENCHES: dict[str, Callable[[Database], AcquirerBench]] = {
    "portone": PortoneBench,
    "sandbox": SandboxBench,
}


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest, database: Database) -> Iterator[AcquirerBench]:
    database.clock = HandClock()
    bench = BENCHES[request.param](database)
    yield bench
    bench.close()

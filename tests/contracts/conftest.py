"""The benches on which every acquirer is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from foundation.database import Database
from tests.billing_core.card_desk import HandClock
from tests.contracts.acquirer_bench import AcquirerBench, SandboxBench
from tests.contracts.nicepay_bench import NicepayBench
from tests.contracts.portone_bench import PortoneBench
from tests.contracts.tosspayments_bench import TossPaymentsBench

# Another acquirer is one more line here.
BENCHES: dict[str, Callable[[Database], AcquirerBench]] = {
    "nicepay": NicepayBench,
    "portone": PortoneBench,
    "sandbox": SandboxBench,
    "tosspayments": TossPaymentsBench,
}


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest, database: Database) -> Iterator[AcquirerBench]:
    database.clock = HandClock()
    bench = BENCHES[request.param](database)
    yield bench
    bench.close()

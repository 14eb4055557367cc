"""A pretend product and a simulator, each on a free port of this machine."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from phone_simulator.app import create_simulator
from phone_simulator.options import SimulatorOptions
from phone_simulator.switchboard import Switchboard
from tests.phone_simulator.product import Product, a_product, serving

PROMPTS = Path(__file__).parent / "prompts.po"
TEXTS = Path(__file__).parent / "texts.po"
NUMBER = "+827012345678"


class RunningSimulator:
    def __init__(self, url: str, board: Switchboard) -> None:
        self.url = url
        self.board = board
        self.control = httpx.Client(base_url=url, timeout=20, verify=False)

    def play(self, script: str, **settings: object) -> dict[str, object]:
        body = {"script": script, "name": "test.yaml", "patience_s": 2, **settings}
        return dict(self.control.post("/simulator/runs", json=body).json())


@pytest.fixture
def product() -> Iterator[Product]:
    with a_product() as running:
        yield running


@pytest.fixture
def start_simulator() -> Iterator[Callable[..., RunningSimulator]]:
    with ExitStack() as stack:

        def start(**chosen: object) -> RunningSimulator:
            app = create_simulator(SimulatorOptions(**chosen))  # type: ignore[arg-type]
            url = stack.enter_context(serving(app))
            running = RunningSimulator(url, app.extensions["switchboard"])
            stack.callback(running.control.close)
            return running

        yield start


@pytest.fixture(scope="session")
def one_simulator() -> Iterator[RunningSimulator]:
    """Building an application takes longer than most tests, so they share one and reset it."""
    app = create_simulator(SimulatorOptions(catalogues=(PROMPTS, TEXTS)))
    with serving(app) as url:
        running = RunningSimulator(url, app.extensions["switchboard"])
        yield running
        running.control.close()


@pytest.fixture
def simulator(product: Product, one_simulator: RunningSimulator) -> RunningSimulator:
    one_simulator.board.options = SimulatorOptions(
        voice_url=product.url + "/voice", status_url=product.url + "/status", numbers=(NUMBER,)
    )
    one_simulator.board.reset()
    return one_simulator

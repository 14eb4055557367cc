"""The bench of PortOne: its adapter before a store with one channel."""

from __future__ import annotations

from pydantic import SecretStr

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.portone import PortoneAcquirer
from billing_core.acquirers.portone_contract import PortoneContract
from foundation.database import Database
from tests.contracts.gateway_bench import ClockOf, GatewayBench
from tests.gateways.fake_gateway import wire
from tests.gateways.fake_portone import CHANNEL, GOOD_CARD, SECRET, STORE, FakePortone


class PortoneBench(GatewayBench):
    """A key is found again by the customer who exists for its order alone."""

    fake: FakePortone
    finds_keys = True
    good_card = GOOD_CARD
    refused_cards = {
        "4906251234120011": DeclineCode.CARD_NUMBER_INVALID,
        "4906251234120021": DeclineCode.EXPIRY_INVALID,
        "4906251234120113": DeclineCode.IDENTITY_INVALID,
        "4906251234120118": DeclineCode.CARD_NOT_SUPPORTED,
        "4906251234120095": DeclineCode.LOST_OR_STOLEN,
        "4906251234129999": DeclineCode.IDENTITY_INVALID,
    }
    cards_without_money = {
        "4906251234125001": DeclineCode.INSUFFICIENT_FUNDS,
        "4906251234125002": DeclineCode.INSUFFICIENT_LIMIT,
        "4906251234125003": DeclineCode.CARD_SUSPENDED,
        "4906251234125004": DeclineCode.EXPIRY_INVALID,
        "4906251234125005": DeclineCode.CARD_SUSPENDED,
    }

    def __init__(self, database: Database) -> None:
        clock = ClockOf(database)
        fake = FakePortone(clock)
        contract = PortoneContract(
            base_url=fake.url,
            api_secret=SecretStr(SECRET),
            store_id=STORE,
            channel_key=CHANNEL,
            gateway="NICE_V2",
        )
        super().__init__(fake, PortoneAcquirer(contract, wire(clock)))

    def live_keys(self) -> set[str]:
        return self.fake.live_keys()

    def captured(self) -> int:
        return self.fake.captured()

"""The bench of PortOne."""

from __future__ import annotations

from pydantic import SecretStr

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.gateway import Wire
from billing_core.acquirers.portone import PortOne
from billing_core.acquirers.portone_answers import PortOneContract
from foundation.database import Database
from tests.contracts.gateway_bench import GatewayBench
from tests.gateways.fake_portone import (
    API_SECRET,
    CHANNEL_KEY,
    GOOD_CARD,
    REFUSED_AT_CHARGE,
    REFUSED_AT_ISSUE,
    STORE_ID,
    WEBHOOK_SECRET,
    FakePortOne,
)

ISSUE_CODES = (
    DeclineCode.CARD_NUMBER_INVALID,
    DeclineCode.EXPIRY_INVALID,
    DeclineCode.PASSWORD_INVALID,
    DeclineCode.LOST_OR_STOLEN,
    DeclineCode.ISSUER_UNAVAILABLE,
    DeclineCode.IDENTITY_INVALID,
)
CHARGE_CODES = (
    DeclineCode.INSUFFICIENT_FUNDS,
    DeclineCode.INSUFFICIENT_LIMIT,
    DeclineCode.LOST_OR_STOLEN,
    DeclineCode.CARD_SUSPENDED,
    DeclineCode.ISSUER_UNAVAILABLE,
)


def contract_with(url: str, **changes: object) -> PortOneContract:
    """The store's contract, with the fake at its other end."""
    given = {
        "base_url": url,
        "api_secret": SecretStr(API_SECRET),
        "store_id": STORE_ID,
        "channel_key": CHANNEL_KEY,
        "webhook_secret": SecretStr(WEBHOOK_SECRET),
    }
    return PortOneContract.model_validate(given | changes)


class PortOneBench(GatewayBench):
    """PortOne with its fake."""

    finds_keys = True
    good_card = GOOD_CARD
    refused_cards = dict(zip(REFUSED_AT_ISSUE, ISSUE_CODES, strict=True))
    cards_without_money = dict(zip(REFUSED_AT_CHARGE, CHARGE_CODES, strict=True))
    fake: FakePortOne

    def __init__(self, database: Database) -> None:
        fake = FakePortOne(database.clock)
        wire = Wire(database.clock, connect_timeout_s=1, read_timeout_s=0.4)
        super().__init__(fake, PortOne(contract_with(fake.url), wire))

    def live_keys(self) -> set[str]:
        return self.fake.live_keys()

    def captured(self) -> int:
        return self.fake.captured()

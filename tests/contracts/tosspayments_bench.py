"""The bench of TossPayments."""

from __future__ import annotations

from pydantic import SecretStr

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.tosspayments import TossPayments
from billing_core.acquirers.tosspayments_office import TossPaymentsContract
from foundation.database import Database
from tests.contracts.gateway_bench import ClockOf, GatewayBench
from tests.gateways.fake_gateway import wire
from tests.gateways.fake_tosspayments import SECRET_KEY, FakeTossPayments


class TossPaymentsBench(GatewayBench):
    """A fake TossPayments, and the adapter on a line to it."""

    fake: FakeTossPayments
    # Nothing there lists or reads billing keys.
    finds_keys = False
    good_card = "4906251234123459"
    refused_cards = {
        "4906250000000016": DeclineCode.CARD_NUMBER_INVALID,
        "4906250000000024": DeclineCode.EXPIRY_INVALID,
        "4906250000000032": DeclineCode.PASSWORD_INVALID,
        "4906250000000040": DeclineCode.IDENTITY_INVALID,
        "4906250000000057": DeclineCode.AUTH_COUNT_EXCEEDED,
        "4906250000000065": DeclineCode.CARD_SUSPENDED,
    }
    cards_without_money = {
        "4906250000000115": DeclineCode.INSUFFICIENT_LIMIT,
        "4906250000000123": DeclineCode.INSUFFICIENT_FUNDS,
        "4906250000000131": DeclineCode.LOST_OR_STOLEN,
        "4906250000000149": DeclineCode.ISSUER_UNAVAILABLE,
        "4906250000000156": DeclineCode.CARD_NOT_SUPPORTED,
    }

    def __init__(self, database: Database) -> None:
        clock = ClockOf(database)
        fake = FakeTossPayments(clock.now)
        contract = TossPaymentsContract(
            base_url=fake.url, secret_key=SecretStr(SECRET_KEY), issue_by_card=True
        )
        super().__init__(fake, TossPayments(contract, wire(clock)))

    def live_keys(self) -> set[str]:
        return self.fake.live_keys()

    def captured(self) -> int:
        return self.fake.captured()

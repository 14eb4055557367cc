"""The bench of NICEPAY."""

from __future__ import annotations

from pydantic import SecretStr
from stdnum import luhn

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.nicepay import open_nicepay
from billing_core.acquirers.nicepay_wire import NicepayContract
from foundation.database import Database
from tests.contracts.gateway_bench import ClockOf, GatewayBench
from tests.gateways.fake_gateway import wire
from tests.gateways.fake_nicepay import CLIENT_KEY, SECRET_KEY, FakeNicepay


def card(at_issue: str = "0000", at_charge: str = "0000") -> str:
    """A card on which the fake behaves in this way."""
    first = f"4000{at_issue}{at_charge}000"
    return f"{first}{luhn.calc_check_digit(first)}"


class NicepayBench(GatewayBench):
    """The adapter, on a real line to the fake."""

    fake: FakeNicepay
    finds_keys = False
    repeats_issues = False
    good_card = card()
    refused_cards = {
        card("3011"): DeclineCode.CARD_NUMBER_INVALID,
        card("0112"): DeclineCode.CARD_NUMBER_INVALID,
        card("3021"): DeclineCode.EXPIRY_INVALID,
        card("0113"): DeclineCode.PASSWORD_INVALID,
        card("0118"): DeclineCode.CARD_NOT_SUPPORTED,
        card("0201"): DeclineCode.MERCHANT_CONFIG,
    }
    cards_without_money = {
        card(at_charge="0001"): DeclineCode.INSUFFICIENT_LIMIT,
        card(at_charge="0002"): DeclineCode.INSUFFICIENT_FUNDS,
        card(at_charge="0003"): DeclineCode.LOST_OR_STOLEN,
        card(at_charge="0004"): DeclineCode.CARD_SUSPENDED,
        card(at_charge="0005"): DeclineCode.ISSUER_UNAVAILABLE,
        card(at_charge="0006"): DeclineCode.MERCHANT_LIMIT,
        card(at_charge="3091"): DeclineCode.CARD_NOT_SUPPORTED,
    }

    def __init__(self, database: Database) -> None:
        clock = ClockOf(database)
        fake = FakeNicepay(clock)
        contract = NicepayContract(
            base_url=fake.url,
            client_key=SecretStr(CLIENT_KEY),
            secret_key=SecretStr(SECRET_KEY),
        )
        super().__init__(fake, open_nicepay(contract, wire(clock)))

    def live_keys(self) -> set[str]:
        return self.fake.live_keys()

    def captured(self) -> int:
        return self.fake.captured()

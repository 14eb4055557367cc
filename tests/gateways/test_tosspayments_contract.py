"""What a contract with TossPayments says about itself, before and while anybody asks."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from billing_core.acquirers.protocol import Checked
from billing_core.acquirers.tosspayments import TossPayments
from billing_core.acquirers.tosspayments_office import TossPaymentsContract
from foundation.clock import Clock
from tests.gateways.fake_gateway import wire
from tests.gateways.fake_tosspayments import SECRET_KEY, FakeTossPayments

LIVE_KEY = "live_sk_D4yKeq5bgrpKRd0JYbLVGX0lzW6Y"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def checked(clock: Clock, key: str, **terms: Any) -> Checked:
    """What a check says at a fake that knows this key."""
    fake = FakeTossPayments(clock.now, key)
    try:
        contract = TossPaymentsContract(base_url=fake.url, secret_key=SecretStr(key), **terms)
        return TossPayments(contract, wire(clock)).check()
    finally:
        fake.close()


class TestCheck:
    """What no answer tells, and an operator has to know."""

    def test_all_is_well_with_a_test_key_that_issues(self, clock: Clock) -> None:
        said = checked(clock, SECRET_KEY, issue_by_card=True)

        assert (said.network, said.credentials) == (None, None)

    def test_issuing_that_is_off_is_told(self, clock: Clock) -> None:
        said = checked(clock, SECRET_KEY)

        assert said.network is None
        assert said.credentials is not None
        assert "TOSSPAYMENTS_ISSUE_BY_CARD" in said.credentials

    def test_a_live_key_at_another_address_is_told(self, clock: Clock) -> None:
        said = checked(clock, LIVE_KEY, issue_by_card=True)

        assert said.network is None
        assert said.credentials is not None
        assert "TOSSPAYMENTS_BASE_URL" in said.credentials
        assert LIVE_KEY not in said.credentials

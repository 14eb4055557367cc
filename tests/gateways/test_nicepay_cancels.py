"""NICEPAY's "cancelled before": a success only where an inquiry shows that the cancel is ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from billing_core.acquirers.nicepay import Nicepay, open_nicepay
from billing_core.acquirers.nicepay_wire import NicepayContract
from billing_core.acquirers.protocol import (
    Approved,
    Canceled,
    CardSecrets,
    ChargeOrder,
    Declined,
    Issued,
    Unknown,
)
from foundation.money import Money
from foundation.sealing import Secret
from tests.clocks import HandClock
from tests.contracts.acquirer_bench import order_id
from tests.contracts.nicepay_bench import card
from tests.gateways.fake_gateway import wire
from tests.gateways.fake_nicepay import CLIENT_KEY, SECRET_KEY, FakeNicepay

ATTEMPT, REFUND = order_id("att"), order_id("rf")
WHOLE = Money(60_000)
CANCELED_BEFORE = ["2013", "2015"]


@pytest.fixture
def fake() -> Iterator[FakeNicepay]:
    fake = FakeNicepay(HandClock())
    yield fake
    fake.close()


@pytest.fixture
def nicepay(fake: FakeNicepay) -> Nicepay:
    contract = NicepayContract(
        base_url=fake.url,
        client_key=SecretStr(CLIENT_KEY),
        secret_key=SecretStr(SECRET_KEY),
    )
    return open_nicepay(contract, wire(fake.clock))


@pytest.fixture
def paid(nicepay: Nicepay) -> Approved:
    keyed = CardSecrets(Secret(card()), Secret("900101"), Secret("12"), 8, 2029)
    issued = nicepay.issue_bill_key(order_id("iss"), keyed)
    assert isinstance(issued, Issued)
    order = ChargeOrder(ATTEMPT, issued.acquirer_key, WHOLE, Money(0), 0, False, "요금", "홍길동")
    paid = nicepay.charge(order)
    assert isinstance(paid, Approved)
    return paid


def cancel(nicepay: Nicepay, paid: Approved) -> Canceled | Declined | Unknown:
    return nicepay.cancel_charge(paid.transaction_id, REFUND, WHOLE, Money(0), WHOLE, "요청")


def say_after_the_effect(fake: FakeNicepay, code: str, *, is_inquiry_down: bool = False) -> None:
    """Have cancels take effect and say this code, as where a proxy in between repeats them."""

    def bend(words: dict[str, Any]) -> None:
        if fake.asked[-1].path.endswith("/cancel"):
            words.update(resultCode=code)
            fake.inquiry_is_down = is_inquiry_down

    fake.bend = bend


@pytest.mark.parametrize("code", CANCELED_BEFORE)
def test_a_cancel_that_an_inquiry_shows_is_a_success(
    fake: FakeNicepay, nicepay: Nicepay, paid: Approved, code: str
) -> None:
    say_after_the_effect(fake, code)

    done = cancel(nicepay, paid)

    assert isinstance(done, Canceled)
    assert nicepay.find_cancel(paid.transaction_id, REFUND) == done
    assert fake.captured() == 0


@pytest.mark.parametrize("code", CANCELED_BEFORE)
def test_without_an_inquiry_it_is_unknown(
    fake: FakeNicepay, nicepay: Nicepay, paid: Approved, code: str
) -> None:
    say_after_the_effect(fake, code, is_inquiry_down=True)

    assert isinstance(cancel(nicepay, paid), Unknown)


@pytest.mark.parametrize("code", CANCELED_BEFORE)
def test_a_cancel_that_is_not_ours_is_no_success(
    fake: FakeNicepay, nicepay: Nicepay, paid: Approved, code: str
) -> None:
    def bend(words: dict[str, Any]) -> None:
        if fake.asked[-1].path.endswith("/cancel"):
            words.update(resultCode=code)
            fake.payments[ATTEMPT].cancels[0]["reason"] = "관리자 취소"

    fake.bend = bend

    assert isinstance(cancel(nicepay, paid), Unknown)


def test_the_same_refund_twice_gives_back_once_and_says_the_same(
    fake: FakeNicepay, nicepay: Nicepay, paid: Approved
) -> None:
    first = cancel(nicepay, paid)

    assert isinstance(first, Canceled)
    assert cancel(nicepay, paid) == first
    assert sum(asked.path.endswith("/cancel") for asked in fake.asked) == 1

"""An issuer that is silent is left alone for a while, and nothing else is."""

from __future__ import annotations

import pytest

from billing_core.acquirers.circuit_breaker import (
    NOTHING_SENT,
    OPEN_S,
    SILENCES_MAX,
    CircuitBreaker,
)
from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.protocol import CardSecrets, ChargeOrder, Declined, NotFound, Unknown
from billing_core.acquirers.sandbox import SandboxAcquirer
from foundation.database import Database
from foundation.money import Money
from foundation.sealing import Secret
from tests.billing_core.faulty_line import Fault, FaultyLine

SHINHAN, KB = "06", "02"
NO_SUCH_KEY = Declined(DeclineCode.BILLKEY_INVALID)


class Watch:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Breaker(CircuitBreaker):
    """A breaker with the line and the watch beside it."""

    def __init__(self, database: Database) -> None:
        self.line = FaultyLine(SandboxAcquirer(database, read_timeout_s=0.01))
        self.watch = Watch()
        self._orders = 0
        super().__init__(self.line, now=self.watch)

    def charges(self, issuer: str, fault: Fault | None = None) -> object:
        self._orders += 1
        if fault:
            self.line.charge_faults.append(fault)
        return self.charge(order(f"att_{self._orders}", issuer))

    def falls_silent(self, issuer: str, times: int = SILENCES_MAX) -> None:
        for _ in range(times):
            assert isinstance(self.charges(issuer, Fault.REQUEST_LOST), Unknown)


def order(order_id: str, issuer: str) -> ChargeOrder:
    return ChargeOrder(
        order_id=order_id,
        acquirer_key=Secret("no-such-key"),
        amount=Money(1000),
        tax_free=Money(0),
        months=0,
        is_interest_free=False,
        item="LPG",
        customer_name="홍길동",
        issuer_code=issuer,
    )


@pytest.fixture
def breaker(database: Database) -> Breaker:
    return Breaker(database)


def test_after_five_silences_in_a_row_nothing_more_is_sent(breaker: Breaker) -> None:
    breaker.falls_silent(SHINHAN)

    assert breaker.charges(SHINHAN) == NOTHING_SENT
    assert len(breaker.line.charged) == SILENCES_MAX


def test_one_answer_in_between_starts_the_count_again(breaker: Breaker) -> None:
    breaker.falls_silent(SHINHAN, SILENCES_MAX - 1)
    assert breaker.charges(SHINHAN) == NO_SUCH_KEY
    breaker.falls_silent(SHINHAN, SILENCES_MAX - 1)

    assert breaker.charges(SHINHAN) == NO_SUCH_KEY


def test_other_issuers_and_card_checks_go_on(breaker: Breaker) -> None:
    breaker.falls_silent(SHINHAN)
    card = CardSecrets(Secret("9999000000000004"), Secret("900101"), Secret("12"), 8, 2029)

    assert breaker.charges(KB) == NO_SUCH_KEY
    assert breaker.issue_bill_key("iss_1", card) != NOTHING_SENT


def test_what_is_under_way_is_inquired_and_undone_all_the_same(breaker: Breaker) -> None:
    breaker.falls_silent(SHINHAN)

    assert breaker.find_charge("att_404") == NotFound()
    assert breaker.void_charge("att_404", Money(1000)) == NotFound()


def test_after_a_while_one_request_tries_the_way_and_the_others_wait(breaker: Breaker) -> None:
    breaker.falls_silent(SHINHAN)
    breaker.watch.seconds += OPEN_S
    during: list[object] = []
    breaker.line.acquirer = During(breaker, during)  # type: ignore[assignment]

    assert breaker.charges(SHINHAN) == NO_SUCH_KEY
    assert during == [NOTHING_SENT]


def test_a_way_that_is_open_again_stays_open(breaker: Breaker) -> None:
    breaker.falls_silent(SHINHAN)
    breaker.watch.seconds += OPEN_S

    assert [breaker.charges(SHINHAN) for _ in range(2)] == [NO_SUCH_KEY, NO_SUCH_KEY]


def test_a_way_that_is_still_closed_is_left_alone_for_as_long_again(breaker: Breaker) -> None:
    breaker.falls_silent(SHINHAN)
    breaker.watch.seconds += OPEN_S
    breaker.falls_silent(SHINHAN, 1)

    assert breaker.charges(SHINHAN) == NOTHING_SENT


class During:
    """While one request is under way, another comes."""

    def __init__(self, breaker: Breaker, seen: list[object]) -> None:
        self._acquirer = breaker.line.acquirer
        self._breaker = breaker
        self._seen = seen

    def charge(self, wanted: ChargeOrder) -> object:
        self._breaker.line.acquirer = self._acquirer
        self._seen.append(self._breaker.charges(SHINHAN))
        return self._acquirer.charge(wanted)

"""PortOne's own ways: its codes, its webhooks, its list, and what must never be shown."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from billing_core.acquirers.declines import DECLINES, DeclineCode
from billing_core.acquirers.gateway import Notice, Wire
from billing_core.acquirers.portone import PORTONE, PortOne
from billing_core.acquirers.portone_codes import OTHER, REFUSALS, UNCLEAR, issuer_of, reason_of
from billing_core.acquirers.protocol import (
    Approved,
    CardSecrets,
    ChargeOrder,
    Declined,
    Issued,
    Listed,
    Unknown,
)
from foundation.money import Money
from foundation.sealing import Secret
from tests.clocks import HandClock
from tests.contracts.acquirer_bench import order_id
from tests.contracts.portone_bench import contract_with
from tests.gateways.fake_portone import GOOD_CARD, FakePortOne, Payment

ATTEMPT = order_id("att")
CARD = CardSecrets(Secret(GOOD_CARD), Secret("900101"), Secret("12"), 8, 2029)
# Every error type that the reference names.
TYPES = [
    "CHANNEL_NOT_FOUND",
    "CHANNEL_SPECIFIC",
    "FORBIDDEN",
    "INVALID_REQUEST",
    "PG_PROVIDER",
    "UNAUTHORIZED",
    "BILLING_KEY_ALREADY_DELETED",
    "BILLING_KEY_NOT_FOUND",
    "BILLING_KEY_NOT_ISSUED",
    "PAYMENT_SCHEDULE_ALREADY_EXISTS",
    "ALREADY_PAID",
    "SUM_OF_PARTS_EXCEEDS_TOTAL_AMOUNT",
    "DISCOUNT_AMOUNT_EXCEEDS_TOTAL_AMOUNT",
    "MAX_TRANSACTION_COUNT_REACHED",
    "PROMOTION_PAY_METHOD_DOES_NOT_MATCH",
    "PAYMENT_ALREADY_CANCELLED",
    "PAYMENT_NOT_PAID",
    "PAYMENT_NOT_FOUND",
    "CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN",
    "CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT",
    "CANCEL_TAX_FREE_AMOUNT_EXCEEDS_CANCELLABLE_TAX_FREE_AMOUNT",
    "CANCEL_TAX_AMOUNT_EXCEEDS_CANCELLABLE_TAX_AMOUNT",
    "SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT",
    "MAX_CANCEL_COUNT_REACHED",
    "IDEMPOTENCY_OUTSTANDING_REQUEST",
]


@pytest.fixture
def fake() -> Iterator[FakePortOne]:
    fake = FakePortOne(HandClock())
    yield fake
    fake.close()


@pytest.fixture
def portone(fake: FakePortOne) -> PortOne:
    return opened(fake)


def opened(fake: FakePortOne, **changes: object) -> PortOne:
    wire = Wire(fake.clock, connect_timeout_s=1, read_timeout_s=1)
    return PortOne(contract_with(fake.url, **changes), wire)


def order(key: Secret, at: str = ATTEMPT) -> ChargeOrder:
    return ChargeOrder(at, key, Money(60_000), Money(20_000), 3, False, "11월 LPG 요금", "홍길동")


def issued(portone: PortOne) -> Secret:
    answer = portone.issue_bill_key(order_id("iss"), CARD)
    assert isinstance(answer, Issued)
    return answer.acquirer_key


def test_every_error_type_is_a_refusal_or_unclear_and_never_both() -> None:
    assert sorted({*REFUSALS, *UNCLEAR}) == sorted(TYPES)
    assert not REFUSALS.keys() & UNCLEAR


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("인증오류 3회초과(당일거래 불가)", DeclineCode.AUTH_COUNT_EXCEEDED),
        ("할부불가 가맹점", DeclineCode.INSTALLMENT_NOT_ALLOWED),
        ("가맹점 한도초과", DeclineCode.MERCHANT_LIMIT),
        ("1회/1일 한도초과", DeclineCode.INSUFFICIENT_LIMIT),
        ("분실 혹은 거래불가", DeclineCode.LOST_OR_STOLEN),
        ("서비스 대상카드 아님", DeclineCode.CARD_NOT_SUPPORTED),
        ("시스템 점검", DeclineCode.ISSUER_UNAVAILABLE),
        ("승인거절", DeclineCode.CARD_SUSPENDED),
    ],
)
def test_the_sentences_of_card_companies_are_read(sentence: str, code: DeclineCode) -> None:
    assert reason_of(sentence, DeclineCode.CARD_SUSPENDED) == code


def test_a_refused_check_that_nobody_explains_counts_as_a_wrong_password() -> None:
    assert DECLINES[DeclineCode.IDENTITY_INVALID].counted_as_password


def test_an_issuer_or_brand_that_is_new_is_no_reason_to_refuse_a_card() -> None:
    assert issuer_of("MOON_CARD", "LUNAR") == OTHER
    assert issuer_of("MOON_CARD", "VISA").name == "VISA"


def test_a_request_is_as_the_interface_wants_it(fake: FakePortOne, portone: PortOne) -> None:
    portone.charge(order(issued(portone)))
    issue, _key, charge, _payment = fake.asked

    assert issue.headers["idempotency-key"] == f'"{order_id("iss")}"'
    assert issue.words()["method"]["card"]["credential"] == {
        "number": GOOD_CARD,
        "expiryYear": "29",
        "expiryMonth": "08",
        "birthOrBusinessRegistrationNumber": "900101",
        "passwordTwoDigits": "12",
    }
    assert charge.path == f"/payments/{ATTEMPT}/billing-key"
    assert charge.words()["amount"] == {"total": 60_000, "taxFree": 20_000}
    assert charge.words()["installmentMonth"] == 3


def test_a_payment_of_another_amount_is_not_believed(fake: FakePortOne, portone: PortOne) -> None:
    key = issued(portone)
    portone.charge(order(key))
    fake.payments[ATTEMPT].total = 61_000

    assert isinstance(portone.charge(order(key)), Unknown)


def test_a_status_that_nobody_has_heard_of_is_unknown(fake: FakePortOne, portone: PortOne) -> None:
    fake.payments[ATTEMPT] = Payment(ATTEMPT, "PONDERING", 1000, 0, fake.clock.now())

    assert isinstance(portone.find_charge(ATTEMPT), Unknown)


def test_a_day_of_several_pages_is_listed_whole_and_others_payments_are_left_out(
    fake: FakePortOne, portone: PortOne
) -> None:
    now = fake.clock.now()
    for number in range(250):
        at = order_id("att", number)
        fake.payments[at] = Payment(at, "PAID", 1000, 0, now)
    fake.payments["shop-1"] = Payment("shop-1", "PAID", 1000, 0, now)
    fake.payments[order_id("att", 999)] = Payment(
        order_id("att", 999), "PAID", 1000, 0, now - timedelta(days=1)
    )

    listed = portone.list_day(now.date())

    assert not isinstance(listed, Unknown)
    assert len(listed) == 250
    assert listed[0] == Listed(order_id("att", 0), order_id("att", 0), Money(1000), Money(0), now)


def test_a_webhook_names_its_payment_and_a_test_of_the_address_names_none(
    fake: FakePortOne,
) -> None:
    words = {
        "type": "Transaction.Paid",
        "timestamp": "2026-11-23T01:00:00Z",
        "data": {"paymentId": ATTEMPT, "transactionId": "tx"},
    }
    fingerprint = f"Transaction.Paid:{ATTEMPT}::2026-11-23T01:00:00Z"

    assert PORTONE.read_notice(words) == Notice(ATTEMPT, fingerprint)
    assert PORTONE.read_notice({"type": "BillingKey.Issued", "data": {}}) is None
    assert PORTONE.read_notice({"type": "Sunrise", "data": 3}) is None


def test_only_a_webhook_under_our_secret_is_genuine(fake: FakePortOne, portone: PortOne) -> None:
    headers, body = fake.notice(ATTEMPT)
    forged, forged_body = fake.notice(ATTEMPT, "whsec_" + "QUJD" * 8)

    assert portone.is_genuine(headers, body)
    assert not portone.is_genuine(headers, body + b" ")
    assert not portone.is_genuine(forged, forged_body)
    assert not portone.is_genuine({}, body)
    assert not opened(fake, webhook_secret=None).is_genuine(headers, body)


def test_the_check_finds_nothing_wrong_where_nothing_is(
    fake: FakePortOne, portone: PortOne
) -> None:
    fake.clock.at = datetime.now(UTC)  # type: ignore[attr-defined]
    found = portone.check()

    assert (found.network, found.credentials) == (None, None)
    assert found.clock_ahead_s is not None
    assert abs(found.clock_ahead_s) < 60


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"api_secret": "wrong"}, "PORTONE_API_SECRET"),
        ({"store_id": "store-of-others"}, "PORTONE_STORE_ID"),
    ],
)
def test_the_check_names_the_credential_at_fault(
    fake: FakePortOne, changes: dict[str, str], words: str
) -> None:
    assert words in (opened(fake, **changes).check().credentials or "")


def test_the_check_says_where_nobody_answers(fake: FakePortOne) -> None:
    fault = opened(fake, base_url="http://127.0.0.1:1").check().network

    assert fault is not None
    assert "PORTONE_BASE_URL" in fault


def test_nothing_secret_is_told_by_anybody(fake: FakePortOne, portone: PortOne) -> None:
    heard = io.StringIO()
    listener, root = logging.StreamHandler(heard), logging.getLogger()
    level = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        key = issued(portone)
        told = [
            portone.charge(order(key)),
            portone.cancel_charge(
                ATTEMPT, order_id("rf"), Money(60_000), Money(20_000), Money(60_000), "취소"
            ),
            portone.issue_bill_key(order_id("iss", 2), card_with("9410000000000001")),
            portone.remove_bill_key(key, order_id("bk")),
            portone.find_bill_key(order_id("iss", 2)),
        ]
    finally:
        root.removeHandler(listener)
        root.setLevel(level)

    assert isinstance(told[0], Approved)
    assert isinstance(told[2], Declined)
    transcript = b"".join(asked.body for asked in fake.asked).decode()
    assert GOOD_CARD in transcript
    shown = heard.getvalue() + repr(told) + repr(portone) + repr(contract_with(fake.url))
    secrets = [GOOD_CARD, "900101", key.reveal(), "portone-test-secret", "9410000000000001"]
    assert [secret for secret in secrets if secret in shown] == []


def card_with(number: str) -> CardSecrets:
    return CardSecrets(Secret(number), Secret("900101"), Secret("12"), 8, 2029)

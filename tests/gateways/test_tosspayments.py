"""The adapter of TossPayments on the wire: what it sends, and what it makes of every answer."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from structlog.testing import capture_logs

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.gateway import Notice
from billing_core.acquirers.gateway_line import ANSWER_BYTES_MAX, Answered
from billing_core.acquirers.protocol import (
    Approved,
    Canceled,
    CardSecrets,
    CardType,
    ChargeOrder,
    Declined,
    Issued,
    NotFound,
    Owner,
    Removed,
    Unknown,
    Voided,
)
from billing_core.acquirers.tosspayments import TOSSPAYMENTS, TossPayments, read_notice
from billing_core.acquirers.tosspayments_codes import (
    CANCELS,
    GONE,
    INQUIRIES,
    ORDERS,
    REMOVALS,
    Codes,
)
from billing_core.acquirers.tosspayments_office import PAGE, TossPaymentsContract
from billing_core.acquirers.tosspayments_wire import Refused, read
from foundation.clock import Clock
from foundation.money import Money
from foundation.sealing import Secret
from tests.billing_core.card_desk import HandClock
from tests.billing_core.faulty_line import Fault
from tests.contracts.acquirer_bench import order_id
from tests.gateways.fake_gateway import IMPATIENCE_S, PATIENCE_S, Asked, Reply, wire
from tests.gateways.fake_tosspayments import KEPT, REFUSED_AT_CHARGE, SECRET_KEY, FakeTossPayments
from tests.leak_scanner import LeakScanner

CARD = "4906251234123452"
ISSUE, ATTEMPT, REFUND = order_id("iss"), order_id("att"), order_id("rf")
DAY = date(2026, 11, 23)

# Every code that the vendor's lists name, by the request that it may answer.
OF_ISSUES = """INVALID_CARD_NUMBER NOT_SUPPORTED_CARD_TYPE INVALID_CARD_PASSWORD
    INVALID_CARD_EXPIRATION INVALID_CARD_IDENTITY INVALID_REJECT_CARD INVALID_STOPPED_CARD
    INVALID_BIRTH_DAY_FORMAT NOT_REGISTERED_CARD_COMPANY INVALID_EMAIL NOT_SUPPORTED_METHOD
    INVALID_REQUEST EXCEED_MAX_AUTH_COUNT REJECT_CARD_COMPANY REJECT_ACCOUNT_PAYMENT COMMON_ERROR"""
OF_CHARGES = """INVALID_STOPPED_CARD INVALID_REJECT_CARD INVALID_CARD_EXPIRATION INVALID_CARD_NUMBER
    INVALID_BILL_KEY_REQUEST NOT_SUPPORTED_CARD_TYPE DUPLICATED_ORDER_ID FDS_ERROR
    NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT INVALID_CARD_INSTALLMENT_PLAN
    NOT_MATCHES_CUSTOMER_KEY INVALID_REQUEST BELOW_MINIMUM_AMOUNT NOT_REGISTERED_CARD_COMPANY
    NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN UNAUTHORIZED_KEY REJECT_CARD_PAYMENT
    REJECT_ACCOUNT_PAYMENT REJECT_CARD_COMPANY EXCEED_MAX_AUTH_COUNT FAILED_DB_PROCESSING
    FAILED_INTERNAL_SYSTEM_PROCESSING FAILED_CARD_COMPANY_RESPONSE ALREADY_PROCESSED_PAYMENT
    CARD_PROCESSING_ERROR UNAPPROVED_ORDER_ID ALREADY_PROCESSING_REQUEST PROVIDER_ERROR
    NOT_AVAILABLE_PAYMENT EXCEED_MAX_CARD_INSTALLMENT_PLAN NOT_ALLOWED_POINT_USE INVALID_API_KEY
    EXCEED_MAX_DAILY_PAYMENT_COUNT EXCEED_MAX_PAYMENT_AMOUNT NOT_FOUND_TERMINAL_ID
    INVALID_AUTHORIZE_AUTH INVALID_CARD_LOST_OR_STOLEN RESTRICTED_TRANSFER_ACCOUNT
    INVALID_UNREGISTERED_SUBMALL NOT_REGISTERED_BUSINESS EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT
    EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT EXCEED_MAX_AMOUNT INVALID_ACCOUNT_INFO_RE_REGISTER
    EXCEED_MAX_MONTHLY_PAYMENT_AMOUNT FORBIDDEN_REQUEST REJECT_TOSSPAY_INVALID_ACCOUNT
    EXCEED_MAX_ONE_DAY_AMOUNT INVALID_PASSWORD INCORRECT_BASIC_AUTH_FORMAT NOT_AVAILABLE_BANK
    NOT_FOUND_PAYMENT NOT_FOUND_PAYMENT_SESSION FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING
    UNKNOWN_PAYMENT_ERROR INVALID_IDEMPOTENCY_KEY IDEMPOTENT_REQUEST_PROCESSING COMMON_ERROR
    INVALID_CARD_INFO_RE_REGISTER NOT_SUPPORTED_BILLING_MERCHANT"""
OF_CANCELS = """ALREADY_CANCELED_PAYMENT NOT_MATCHES_REFUNDABLE_AMOUNT ALREADY_REFUND_PAYMENT
    INVALID_REFUND_ACCOUNT_INFO EXCEED_CANCEL_AMOUNT_DISCOUNT_AMOUNT INVALID_REQUEST
    INVALID_REFUND_ACCOUNT_NUMBER INVALID_BANK REFUND_REJECTED FORBIDDEN_BANK_REFUND_REQUEST
    PROVIDER_ERROR UNAUTHORIZED_KEY NOT_CANCELABLE_AMOUNT NOT_CANCELABLE_PAYMENT
    EXCEED_MAX_REFUND_DUE NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT NOT_ALLOWED_PARTIAL_REFUND
    NOT_CANCELABLE_PAYMENT_FOR_DORMANT_USER EXCEED_CANCEL_LIMIT FORBIDDEN_CONSECUTIVE_REQUEST
    FORBIDDEN_REQUEST NOT_AVAILABLE_BANK INCORRECT_BASIC_AUTH_FORMAT NOT_FOUND_PAYMENT
    FAILED_INTERNAL_SYSTEM_PROCESSING FAILED_REFUND_PROCESS FAILED_METHOD_HANDLING_CANCEL
    COMMON_ERROR FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING FAILED_PARTIAL_REFUND
    INVALID_IDEMPOTENCY_KEY IDEMPOTENT_REQUEST_PROCESSING"""
OF_INQUIRIES = """NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN_BELOW_AMOUNT UNAUTHORIZED_KEY
    FORBIDDEN_CONSECUTIVE_REQUEST INCORRECT_BASIC_AUTH_FORMAT INVALID_DATE
    FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING"""


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def fake(clock: HandClock) -> Iterator[FakeTossPayments]:
    fake = FakeTossPayments(clock.now)
    yield fake
    fake.close()


def opened(
    fake: FakeTossPayments, clock: Clock, patience_s: float = PATIENCE_S, **terms: Any
) -> TossPayments:
    plain = {"secret_key": SecretStr(SECRET_KEY), "issue_by_card": True, "base_url": fake.url}
    contract = TossPaymentsContract(**(plain | terms))
    return TossPayments(contract, wire(clock, patience_s))


@pytest.fixture
def toss(fake: FakeTossPayments, clock: HandClock) -> TossPayments:
    return opened(fake, clock)


def card(number: str = CARD, holder: str = "900101") -> CardSecrets:
    return CardSecrets(Secret(number), Secret(holder), Secret("12"), 8, 2029)


def key_of(toss: TossPayments, at: str = ISSUE) -> Secret:
    answer = toss.issue_bill_key(at, card())
    assert isinstance(answer, Issued)
    return answer.acquirer_key


def order(key: Secret, at: str = ATTEMPT, **terms: Any) -> ChargeOrder:
    plain = {
        "order_id": at,
        "acquirer_key": key,
        "amount": Money(60_000),
        "tax_free": Money(20_000),
        "months": 3,
        "is_interest_free": False,
        "item": "11월 LPG 요금",
        "customer_name": "홍길동",
    }
    return ChargeOrder(**(plain | terms))


def paid(toss: TossPayments, at: str = ATTEMPT) -> Approved:
    answer = toss.charge(order(key_of(toss, at.replace("att", "iss")), at))
    assert isinstance(answer, Approved)
    return answer


def cancel(toss: TossPayments, payment: Approved, won: int = 10_000, reason: str = "요청") -> Any:
    return toss.cancel_charge(
        payment.transaction_id, REFUND, Money(won), Money(0), Money(60_000), reason
    )


class TestRequests:
    """What goes out."""

    def test_the_secret_key_has_a_colon_behind_it(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        toss.find_charge(ATTEMPT)

        said = fake.asked[0].headers["authorization"]
        assert said == "Basic dGVzdF9za19ENHlLZXE1YmdycEtSZDBKWWJMVkdYMGx6VzZZOg=="
        assert base64.b64decode(said.removeprefix("Basic ")).decode() == f"{SECRET_KEY}:"

    def test_a_card_is_sent_field_by_field(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        customer_key, _, _ = key_of(toss).reveal().partition(":")

        assert fake.asked[0].path == "/v1/billing/authorizations/card"
        assert fake.asked[0].headers["idempotency-key"] == ISSUE
        assert fake.asked[0].words() == {
            "customerKey": customer_key,
            "cardNumber": CARD,
            "cardExpirationYear": "29",
            "cardExpirationMonth": "08",
            "customerIdentityNumber": "900101",
            "cardPassword": "12",
        }

    def test_a_charge_carries_both_parts_of_its_key(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        key = key_of(toss)
        customer_key, _, billing_key = key.reveal().partition(":")
        toss.charge(order(key))

        sent = fake.asked[-1]
        assert sent.path == f"/v1/billing/{billing_key.replace('=', '%3D')}"
        assert sent.headers["idempotency-key"] == ATTEMPT
        assert sent.words() == {
            "customerKey": customer_key,
            "amount": 60_000,
            "orderId": ATTEMPT,
            "orderName": "11월 LPG 요금",
            "customerName": "홍길동",
            "cardInstallmentPlan": 3,
            "taxFreeAmount": 20_000,
        }

    def test_a_cancel_says_how_much_is_left_and_keeps_its_id_in_the_reason(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        cancel(toss, paid(toss))

        assert fake.asked[-1].headers["idempotency-key"] == REFUND
        assert fake.asked[-1].words() == {
            "cancelReason": f"요청 [{REFUND}]",
            "cancelAmount": 10_000,
            "taxFreeAmount": 0,
            "refundableAmount": 60_000,
        }

    def test_only_posts_carry_an_idempotency_key(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        key = key_of(toss)
        toss.find_charge(ATTEMPT)
        toss.remove_bill_key(key, "bk_1-1")

        carrying = {asked.method for asked in fake.asked if "idempotency-key" in asked.headers}
        assert carrying == {"POST"}

    def test_long_names_are_cut_to_what_the_gateway_takes(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        long = order(key_of(toss), item="가" * 200, customer_name="나" * 200)
        payment = toss.charge(long)
        assert isinstance(payment, Approved)
        given_back = cancel(toss, payment, reason="다" * 300)

        assert isinstance(given_back, Canceled)
        assert len(fake.asked[-1].words()["cancelReason"]) == 200
        assert toss.find_cancel(payment.transaction_id, REFUND) == given_back

    def test_customers_keys_cannot_be_told_from_the_order_and_differ(
        self, toss: TossPayments, fake: FakeTossPayments, clock: HandClock
    ) -> None:
        other = opened(fake, clock, secret_key=SecretStr("test_sk_another"))
        key_of(toss)
        key_of(toss, order_id("iss", 2))
        other.issue_bill_key(ISSUE, card())

        keys = [asked.words()["customerKey"] for asked in fake.asked]
        assert len(set(keys)) == 3
        assert all(len(key) == 64 and ISSUE not in key for key in keys)

    @pytest.mark.parametrize(
        ("secret_key", "is_sent"), [("test_sk_short", True), ("live_sk_short", False)]
    )
    def test_an_error_is_forced_with_a_test_key_only(
        self, clock: HandClock, secret_key: str, is_sent: bool
    ) -> None:
        fake = FakeTossPayments(clock.now, secret_key)
        forcing = opened(
            fake, clock, secret_key=SecretStr(secret_key), test_code="REJECT_CARD_PAYMENT"
        )
        answer = forcing.charge(order(Secret("customer:billing")))
        fake.close()

        assert ("tosspayments-test-code" in fake.asked[0].headers) == is_sent
        code = "REJECT_CARD_PAYMENT" if is_sent else "INVALID_BILL_KEY_REQUEST"
        assert isinstance(answer, Declined)
        assert answer.gateway_code == code

    def test_without_the_switch_no_card_leaves_the_house(
        self, fake: FakeTossPayments, clock: HandClock
    ) -> None:
        closed = opened(fake, clock, issue_by_card=False)

        assert closed.issue_bill_key(ISSUE, card()) == Declined(DeclineCode.MERCHANT_CONFIG)
        assert fake.asked == []

    def test_interest_that_the_merchant_bears_is_refused_and_not_charged_to_the_customer(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        answer = toss.charge(order(Secret("customer:billing"), is_interest_free=True))

        assert answer == Declined(DeclineCode.INSTALLMENT_NOT_ALLOWED)
        assert fake.asked == []

    def test_a_request_without_an_answer_is_sent_again_as_the_same(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        key = key_of(toss)
        fake.next("charge", Fault.ANSWER_LOST)
        answer = toss.charge(order(key))

        sent = [asked for asked in fake.asked if fake.verb_of(asked) == "charge"]
        assert isinstance(answer, Unknown)
        assert len(sent) == 2
        assert sent[0].headers["idempotency-key"] == sent[1].headers["idempotency-key"]
        assert sent[0].body == sent[1].body
        assert fake.captured() == 60_000


class TestCodes:
    """Every code of the lists has exactly one meaning."""

    @pytest.mark.parametrize(
        ("codes", "named"),
        [
            (ORDERS, OF_ISSUES),
            (ORDERS, OF_CHARGES),
            (CANCELS, OF_CANCELS),
            (INQUIRIES, OF_INQUIRIES),
        ],
    )
    def test_every_code_is_in_one_class(self, codes: Codes, named: str) -> None:
        assert set(named.split()) <= set(codes.refusals) | codes.unclear
        assert not set(codes.refusals) & codes.unclear

    def test_a_key_that_is_gone_is_no_refusal(self) -> None:
        assert not GONE & (set(REMOVALS.refusals) | REMOVALS.unclear)

    @pytest.mark.parametrize("code", ["NOBODY_KNOWS_IT", "ALREADY_PROCESSED_PAYMENT"])
    def test_what_nobody_knows_is_unknown_and_an_alarm(self, code: str) -> None:
        with capture_logs() as logs:
            outcome = ORDERS.outcome(code)

        alarms = [entry for entry in logs if entry["log_level"] == "error"]
        assert isinstance(outcome, Unknown)
        assert [entry["code"] for entry in alarms] == [code] * (code == "NOBODY_KNOWS_IT")

    @pytest.mark.parametrize(
        "code", ["DUPLICATED_ORDER_ID", "ALREADY_PROCESSED_PAYMENT", "COMMON_ERROR"]
    )
    def test_codes_that_decide_nothing_stay_unknown_on_the_wire(
        self, fake: FakeTossPayments, clock: HandClock, code: str
    ) -> None:
        forcing = opened(fake, clock, test_code=code)

        assert isinstance(forcing.charge(order(Secret("customer:billing"))), Unknown)

    def test_a_refusal_with_a_status_of_theirs_is_unknown(self) -> None:
        body = json.dumps({"code": "REJECT_CARD_PAYMENT"}).encode()

        assert isinstance(read(Answered(500, body)), Unknown)
        assert read(Answered(403, body)) == Refused("REJECT_CARD_PAYMENT")

    def test_a_request_that_is_still_running_is_unknown(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        key = key_of(toss)
        fake.in_flight.add(ATTEMPT)

        assert isinstance(toss.charge(order(key)), Unknown)

    @pytest.mark.parametrize("code", sorted(GONE))
    def test_every_way_to_say_gone_removes(
        self, toss: TossPayments, fake: FakeTossPayments, code: str
    ) -> None:
        fake.gone_code = code

        assert toss.remove_bill_key(Secret("customer:billing"), "bk_1-1") == Removed()

    def test_a_malformed_removal_is_not_believed(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        fake.gone_code = "INVALID_REQUEST"

        answer = toss.remove_bill_key(Secret("customer:billing"), "bk_1-1")
        assert isinstance(answer, Declined)


class TestAnswers:
    """A yes is believed only about what was asked."""

    @pytest.mark.parametrize(
        "lie",
        [
            {"totalAmount": 59_999},
            {"totalAmount": "60000"},
            {"orderId": "att_of_another"},
            {"status": "IN_PROGRESS"},
            {"status": "CANCELED"},
            {"approvedAt": None},
            {"approvedAt": "2026-11-23T14:00:00"},
            {"paymentKey": ""},
            {"currency": "USD"},
        ],
    )
    def test_another_approval_than_ours_is_unknown_and_an_alarm(
        self, toss: TossPayments, fake: FakeTossPayments, lie: dict[str, Any]
    ) -> None:
        key = key_of(toss)
        fake.says = lie
        with capture_logs() as logs:
            answer = toss.charge(order(key))

        assert isinstance(answer, Unknown)
        assert [entry["event"] for entry in logs] == ["acquirer.answer_not_believed"]

    @pytest.mark.parametrize("lie", [{"customerKey": "another"}, {"billingKey": None}])
    def test_another_key_than_ours_is_unknown(
        self, toss: TossPayments, fake: FakeTossPayments, lie: dict[str, Any]
    ) -> None:
        fake.says = lie

        assert isinstance(toss.issue_bill_key(ISSUE, card()), Unknown)

    @pytest.mark.parametrize("lie", [{"paymentKey": "another"}, {"cancels": []}])
    def test_another_cancel_than_ours_is_unknown(
        self, toss: TossPayments, fake: FakeTossPayments, lie: dict[str, Any]
    ) -> None:
        payment = paid(toss)
        fake.says = lie

        assert isinstance(cancel(toss, payment), Unknown)

    def test_a_company_and_a_check_card_are_told(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        company = toss.issue_bill_key(ISSUE, card(holder="2208162517"))
        fake.says = {"card": {"issuerCode": "ZZ", "cardType": "체크", "ownerType": "개인"}}
        check = toss.issue_bill_key(order_id("iss", 2), card())

        assert isinstance(company, Issued)
        assert (company.owner, company.issuer_code) == (Owner.CORPORATE, "01")
        assert isinstance(check, Issued)
        # The key is good although nobody told us of its issuer.
        assert (check.card_type, check.issuer) == (CardType.CHECK, "기타")

    def test_nothing_left_is_voided_even_where_the_status_says_partial(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        fake.stays_partially_canceled = True
        payment = paid(toss)
        toss.cancel_charge(
            payment.transaction_id, REFUND, Money(60_000), Money(20_000), Money(60_000), "요청"
        )

        assert toss.find_charge(ATTEMPT) == Voided()

    def test_a_refused_order_may_be_remembered_with_its_reason(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        fake.keeps_refused = True
        issued = toss.issue_bill_key(ISSUE, card(next(iter(REFUSED_AT_CHARGE))))
        assert isinstance(issued, Issued)
        toss.charge(order(issued.acquirer_key))

        found = toss.find_charge(ATTEMPT)
        assert found == Declined(DeclineCode.INSUFFICIENT_LIMIT, "REJECT_CARD_PAYMENT")

    def test_a_payment_is_found_by_its_own_key(self, toss: TossPayments) -> None:
        payment = paid(toss)
        found = toss.find_payment(payment.transaction_id)

        assert not isinstance(found, NotFound | Unknown)
        assert found["orderId"] == ATTEMPT
        assert toss.find_payment("never") == NotFound()

    @pytest.mark.parametrize(
        "fault",
        [Fault.HALF_JSON, Fault.WRONG_CHARSET, Fault.DRIPPING, Fault.RESET, Fault.BROKEN_AFTER],
    )
    def test_an_answer_that_cannot_be_read_teaches_nothing(
        self, toss: TossPayments, fake: FakeTossPayments, clock: HandClock, fault: Fault
    ) -> None:
        key = key_of(toss)
        fake.next("charge", fault)
        patience_s = IMPATIENCE_S if fault is Fault.DRIPPING else PATIENCE_S

        assert isinstance(opened(fake, clock, patience_s).charge(order(key)), Unknown)
        assert isinstance(toss.find_charge(ATTEMPT), Approved)

    def test_an_answer_without_end_teaches_nothing(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        key = key_of(toss)
        fake.says = {"padding": "x" * (ANSWER_BYTES_MAX + 1)}

        assert isinstance(toss.charge(order(key)), Unknown)


class TestIdempotencyKeysOfTheFake:
    """The fake keeps what the vendor says of them, or the contract proved nothing."""

    def test_the_first_answer_is_replayed_for_fifteen_days(
        self, toss: TossPayments, fake: FakeTossPayments, clock: HandClock
    ) -> None:
        key = key_of(toss)
        toss.charge(order(key, amount=Money(60_000)))
        replayed = toss.charge(order(key, amount=Money(70_000)))
        clock.move(KEPT)
        afterwards = toss.charge(order(key))

        # The body is not compared, so the amount of another attempt comes back.
        assert isinstance(replayed, Unknown)
        assert isinstance(afterwards, Unknown)
        assert fake.captured() == 60_000

    def test_a_refusal_is_replayed_too(self, toss: TossPayments) -> None:
        first = toss.charge(order(Secret("customer:billing")))
        again = toss.charge(order(key_of(toss, order_id("iss", 2)), order_id("att", 2)))

        assert first == toss.charge(order(Secret("customer:billing")))
        assert isinstance(first, Declined)
        assert isinstance(again, Approved)


class TestLists:
    """What the gateway lists."""

    def test_a_day_ends_at_midnight_in_korea(self, toss: TossPayments, clock: HandClock) -> None:
        clock.moment = datetime.fromisoformat("2026-11-23T14:59:59+00:00")
        paid(toss, order_id("att", 1))
        clock.move(timedelta(seconds=1))
        paid(toss, order_id("att", 2))

        days = [toss.list_day(DAY), toss.list_day(DAY + timedelta(days=1))]
        ids = [[one.order_id for one in day] for day in days if not isinstance(day, Unknown)]
        assert ids == [[order_id("att", 1)], [order_id("att", 2)]]

    def test_a_later_cancel_counts_for_the_day_of_its_payment(
        self, toss: TossPayments, clock: HandClock
    ) -> None:
        payment = paid(toss)
        clock.move(timedelta(days=2))
        cancel(toss, payment)

        (listed,) = toss.list_day(DAY)  # type: ignore[misc]
        assert listed.canceled == Money(10_000)
        assert toss.list_day(DAY + timedelta(days=2)) == []

    def test_moments_are_local_and_without_a_zone(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        toss.list_day(DAY)

        assert fake.asked[0].query == {
            "startDate": "2026-11-23T00:00:00",
            "endDate": "2026-11-23T23:59:59",
            "limit": str(PAGE),
        }

    def test_a_day_of_several_pages_is_read_to_its_end(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        paid(toss)
        row = fake.rows[0]
        fake.rows = [
            {**row, "transactionKey": f"t{at}", "paymentKey": f"p{at}", "orderId": f"order{at}"}
            for at in range(2 * PAGE + 1)
        ]

        listed = toss.list_day(DAY)
        assert not isinstance(listed, Unknown)
        assert len({one.order_id for one in listed}) == 2 * PAGE + 1

    def test_the_last_seconds_may_be_missing(
        self, toss: TossPayments, fake: FakeTossPayments, clock: HandClock
    ) -> None:
        fake.list_lag = timedelta(seconds=30)
        paid(toss)
        at_once = toss.list_day(DAY)
        clock.move(timedelta(seconds=30))
        afterwards = toss.list_day(DAY)

        assert at_once == []
        assert not isinstance(afterwards, Unknown)
        assert len(afterwards) == 1

    def test_months_free_of_interest_are_read_and_strange_lines_left_out(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        line = {"dueDate": "2026-12-31", "installmentFreeMonths": [3, 2], "cardCompany": "현대"}
        fake.promotions = [
            {**line, "minimumPaymentAmount": 50_000},
            {**line, "minimumPaymentAmount": 50_000, "cardCompany": "달나라"},
        ]
        with capture_logs() as logs:
            offers = toss.list_interest_free()

        assert offers is not None
        assert not isinstance(offers, Unknown)
        (offer,) = offers
        assert (offer.issuer_code, offer.months) == ("07", (2, 3))
        assert (offer.amount_min, offer.last_day) == (Money(50_000), date(2026, 12, 31))
        assert [entry["event"] for entry in logs] == ["acquirer.promotion_unreadable"]


class TestCheck:
    """What operators hear."""

    def test_all_is_well_where_an_order_does_not_exist(
        self, fake: FakeTossPayments, clock: HandClock
    ) -> None:
        checked = opened(fake, Clock()).check()

        assert (checked.network, checked.credentials) == (None, None)
        assert checked.clock_ahead_s is not None
        # The fake's address tells the machine's own time.
        assert abs(checked.clock_ahead_s) < timedelta(hours=1).total_seconds()

    def test_a_wrong_clock_is_told(self, fake: FakeTossPayments, clock: HandClock) -> None:
        clock.moment = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
        checked = opened(fake, clock).check()

        assert checked.clock_ahead_s is not None
        assert checked.clock_ahead_s > timedelta(days=365).total_seconds()

    def test_a_wrong_key_is_told(self, fake: FakeTossPayments, clock: HandClock) -> None:
        wrong = SecretStr("test_sk_wrong")
        checked = opened(fake, clock, secret_key=wrong).check()

        assert checked.network is None
        assert checked.credentials is not None
        assert "secret key" in checked.credentials
        assert "test_sk_wrong" not in checked.credentials

    def test_a_gateway_that_is_down_or_away_is_told(
        self, fake: FakeTossPayments, clock: HandClock
    ) -> None:
        fake.inquiry_is_down = True
        down = opened(fake, clock).check()
        away = opened(fake, clock, base_url="http://127.0.0.1:1").check()

        assert down.network is not None
        assert "503" in down.network
        assert away.network is not None
        assert "ConnectError" in away.network
        assert (down.credentials, away.credentials) == (None, None)


class TestWebhooks:
    """A notice is a reason to ask."""

    def test_a_payment_names_its_order_and_a_repeat_has_the_same_name(self) -> None:
        data = {"orderId": ATTEMPT, "status": "DONE", "lastTransactionKey": "T1"}
        words = {"eventType": "PAYMENT_STATUS_CHANGED", "createdAt": "2026-11-23", "data": data}
        notice = read_notice(words)
        later = read_notice({**words, "data": {**data, "lastTransactionKey": "T2"}})

        assert isinstance(notice, Notice)
        assert notice.order_id == ATTEMPT
        assert notice == read_notice(json.loads(json.dumps(words)))
        assert later != notice

    @pytest.mark.parametrize(
        "words",
        [
            {},
            {"eventType": "BILLING_DELETED", "data": {"billingKey": "b"}},
            {"eventType": "PAYMENT_STATUS_CHANGED", "data": [ATTEMPT]},
            {"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": 7}},
            {"eventType": None, "data": {"orderId": ATTEMPT}},
        ],
    )
    def test_what_names_no_order_is_no_business_of_ours(self, words: dict[str, Any]) -> None:
        assert read_notice(words) is None

    def test_a_forged_notice_is_only_asked_about_and_the_inquiry_decides(
        self, toss: TossPayments
    ) -> None:
        forged = {"eventType": "PAYMENT_STATUS_CHANGED", "data": {"orderId": ATTEMPT}}

        assert toss.is_genuine({}, json.dumps(forged).encode())
        assert toss.find_charge(ATTEMPT) == NotFound()
        assert TOSSPAYMENTS.thanks == ("", "text/plain")


class TestSecrets:
    """Nothing of the wire is shown."""

    def test_logs_and_outcomes_hold_nothing_of_what_went_over_the_wire(
        self, toss: TossPayments, fake: FakeTossPayments, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        with capture_logs() as logs:
            key = key_of(toss)
            payment = toss.charge(order(key))
            assert isinstance(payment, Approved)
            outcomes = [payment, cancel(toss, payment), toss.find_charge(ATTEMPT)]
            fake.says = {"customerKey": "another", "totalAmount": 1}
            outcomes.append(toss.issue_bill_key(order_id("iss", 2), card()))
            outcomes.append(toss.charge(order(key, order_id("att", 2))))
            outcomes.append(toss.remove_bill_key(key, "bk_1-1"))

        libraries = [one for one in caplog.records if one.name.startswith("http")]
        shown = f"{logs!r} {caplog.text} {outcomes!r} {toss!r} {order(key)!r} {card()!r}"
        assert libraries == []
        assert [word for word in secrets_of(fake.asked, key) if word in shown] == []
        assert LeakScanner(CARD).find(shown) == []

    def test_a_contract_shows_no_key(self) -> None:
        contract = TossPaymentsContract(secret_key=SecretStr(SECRET_KEY))

        assert SECRET_KEY not in f"{contract!r} {contract}"
        assert contract.base_url == "https://api.tosspayments.com"
        assert not contract.issue_by_card

    def test_settings_are_read_and_checked(self) -> None:
        plain = TossPaymentsContract.model_validate({"secret_key": "k", "issue_by_card": "1"})

        assert plain.issue_by_card
        with pytest.raises(ValidationError, match="test_code"):
            TossPaymentsContract.model_validate({"secret_key": "k", "test_code": "a\nb"})


def secrets_of(asked: list[Asked], key: Secret) -> set[str]:
    """Every word of a transcript that must not be shown, order ids apart."""
    headers = {one.headers["authorization"].removeprefix("Basic ") for one in asked}
    customer_key, _, billing_key = key.reveal().partition(":")
    return headers | {SECRET_KEY, CARD, "900101", customer_key, billing_key, billing_key[:-2]}


class TestStrictness:
    """The fake refuses what the vendor refuses."""

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda body: body | {"unheard": "of"}, "INVALID_REQUEST"),
            (lambda body: body | {"amount": "60000"}, "INVALID_REQUEST"),
            (lambda body: body | {"orderId": "a b c d"}, "INVALID_REQUEST"),
            (lambda body: body | {"orderName": "가" * 101}, "INVALID_REQUEST"),
            (lambda body: body | {"customerKey": "another"}, "NOT_MATCHES_CUSTOMER_KEY"),
            (lambda body: body | {"amount": 99, "taxFreeAmount": 0}, "BELOW_MINIMUM_AMOUNT"),
        ],
    )
    def test_a_charge_that_is_wrong_is_refused(
        self,
        toss: TossPayments,
        fake: FakeTossPayments,
        change: Callable[[dict[str, Any]], dict[str, Any]],
        code: str,
    ) -> None:
        toss.charge(order(key_of(toss)))
        sent = fake.asked[-1]
        body = json.dumps(
            change(sent.words() | {"cardInstallmentPlan": 0, "orderId": "att_another"})
        ).encode()
        headers = {**sent.headers, "idempotency-key": "another"}
        reply = fake.answer(Asked("POST", sent.path, {}, headers, body))

        assert reply == Reply({"code": code, "message": "실패했습니다."}, status=400)

    def test_a_key_without_its_colon_is_refused(self, fake: FakeTossPayments) -> None:
        headers = {"authorization": "Basic " + base64.b64encode(SECRET_KEY.encode()).decode()}
        reply = fake.answer(Asked("GET", "/v1/payments/never", {}, headers, b""))

        assert reply.status == 403
        assert reply.words is not None
        assert reply.words["code"] == "INCORRECT_BASIC_AUTH_FORMAT"

    def test_a_moment_with_a_zone_is_refused(
        self, toss: TossPayments, fake: FakeTossPayments
    ) -> None:
        toss.list_day(DAY)
        query = {**fake.asked[0].query, "startDate": "2026-11-23T00:00:00Z"}
        reply = fake.answer(Asked("GET", "/v1/transactions", query, fake.asked[0].headers, b""))

        assert reply.words is not None
        assert reply.words["code"] == "INVALID_DATE"

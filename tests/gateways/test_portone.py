"""PortOne as its manual has it: request shapes, limits, codes, trouble on the line, webhooks."""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from standardwebhooks import Webhook
from structlog.testing import capture_logs

from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.gateways import GATEWAYS
from billing_core.acquirers.portone import PORTONE, PortoneAcquirer
from billing_core.acquirers.portone_codes import (
    BY_GATEWAY,
    INQUIRE,
    REFUSALS,
    UNCLEAR,
    Failure,
    declined,
    shown_code,
)
from billing_core.acquirers.portone_contract import PortoneContract
from billing_core.acquirers.portone_wire import (
    customer_id,
    cut,
    order_id_of,
    order_name,
    payment_id,
    reason_with,
)
from billing_core.acquirers.protocol import (
    Approved,
    Canceled,
    CardSecrets,
    ChargeOrder,
    Checked,
    Declined,
    Issued,
    NotFound,
    Removed,
    Unknown,
)
from foundation.clock import kst_day
from foundation.ids import new_id
from foundation.money import Money
from foundation.sealing import Secret
from tests.billing_core.card_desk import HandClock
from tests.billing_core.faulty_line import Fault
from tests.gateways.fake_gateway import IMPATIENCE_S, PATIENCE_S, Asked, Reply, wire
from tests.gateways.fake_portone import CHANNEL, GOOD_CARD, SECRET, STORE, FakePortone

MOMENT = HandClock().now()
ISSUE, ATTEMPT, CANCEL = (new_id(kind, MOMENT) for kind in ("iss", "att", "rf"))
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes of a secret, ok").decode()

# Every type that the reference names, wherever it stands there.
NAMED = [
    "ALREADY_PAID",
    "BILLING_KEY_ALREADY_DELETED",
    "BILLING_KEY_NOT_FOUND",
    "BILLING_KEY_NOT_ISSUED",
    "CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN",
    "CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT",
    "CANCEL_TAX_AMOUNT_EXCEEDS_CANCELLABLE_TAX_AMOUNT",
    "CANCEL_TAX_FREE_AMOUNT_EXCEEDS_CANCELLABLE_TAX_FREE_AMOUNT",
    "CHANNEL_NOT_FOUND",
    "CHANNEL_SPECIFIC",
    "DISCOUNT_AMOUNT_EXCEEDS_TOTAL_AMOUNT",
    "FORBIDDEN",
    "IDEMPOTENCY_OUTSTANDING_REQUEST",
    "INVALID_REQUEST",
    "MAX_CANCEL_COUNT_REACHED",
    "MAX_TRANSACTION_COUNT_REACHED",
    "PAYMENT_ALREADY_CANCELLED",
    "PAYMENT_NOT_FOUND",
    "PAYMENT_NOT_PAID",
    "PAYMENT_SCHEDULE_ALREADY_EXISTS",
    "PG_PROVIDER",
    "PROMOTION_PAY_METHOD_DOES_NOT_MATCH",
    "SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT",
    "SUM_OF_PARTS_EXCEEDS_TOTAL_AMOUNT",
    "UNAUTHORIZED",
    "REMAINED_AMOUNT_LESS_THAN_PROMOTION_MIN_PAYMENT_AMOUNT",
]


class ScriptedPortone(FakePortone):
    """The fake, with answers of a test's own to certain requests."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__(clock)
        self.says: dict[str, Reply] = {}

    def answer(self, asked: Asked) -> Reply:
        reply = super().answer(asked)
        return self.says.get(f"{asked.method} {asked.path.split('/')[1]}", reply)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def fake(clock: HandClock) -> Iterator[ScriptedPortone]:
    fake = ScriptedPortone(clock)
    yield fake
    fake.close()


def contract(url: str, **values: Any) -> PortoneContract:
    given = {
        "base_url": url,
        "api_secret": SecretStr(SECRET),
        "store_id": STORE,
        "channel_key": CHANNEL,
        "gateway": "NICE_V2",
        "webhook_secret": SecretStr(WEBHOOK_SECRET),
    }
    return PortoneContract(**(given | values))


def opened(
    fake: FakePortone, clock: HandClock, patience_s: float = PATIENCE_S, **values: Any
) -> PortoneAcquirer:
    acquirer = PORTONE.open(contract(fake.url, **values), wire(clock, patience_s))
    assert isinstance(acquirer, PortoneAcquirer)
    return acquirer


@pytest.fixture
def portone(fake: FakePortone, clock: HandClock) -> PortoneAcquirer:
    return opened(fake, clock)


def card(number: str = GOOD_CARD) -> CardSecrets:
    return CardSecrets(Secret(number), Secret("900101"), Secret("12"), 8, 2029)


def key_of(portone: PortoneAcquirer) -> Secret:
    issued = portone.issue_bill_key(ISSUE, card())
    assert isinstance(issued, Issued)
    return issued.acquirer_key


def order(key: Secret, **values: Any) -> ChargeOrder:
    wanted = {
        "order_id": ATTEMPT,
        "acquirer_key": key,
        "amount": Money(60_000),
        "tax_free": Money(20_000),
        "months": 3,
        "is_interest_free": True,
        "item": "11월 LPG 요금",
        "customer_name": "홍길동",
    }
    return ChargeOrder(**(wanted | values))


def cancel(portone: PortoneAcquirer, transaction_id: str, cancel_id: str = CANCEL) -> Any:
    return portone.cancel_charge(
        transaction_id, cancel_id, Money(10_000), Money(0), Money(60_000), "고객 요청"
    )


class TestRequests:
    """What goes out, as the examples of the manual have it."""

    def test_an_issue(self, portone: PortoneAcquirer, fake: FakePortone) -> None:
        portone.issue_bill_key(ISSUE, card())
        sent = fake.asked[0]

        assert (sent.method, sent.path) == ("POST", "/billing-keys")
        assert sent.headers["authorization"] == f"PortOne {SECRET}"
        assert sent.headers["idempotency-key"] == f'"{ISSUE}"'
        assert sent.words() == {
            "storeId": STORE,
            "channelKey": CHANNEL,
            "customer": {"id": customer_id(ISSUE)},
            "method": {
                "card": {
                    "credential": {
                        "number": GOOD_CARD,
                        "expiryYear": "29",
                        "expiryMonth": "08",
                        "birthOrBusinessRegistrationNumber": "900101",
                        "passwordTwoDigits": "12",
                    }
                }
            },
        }

    def test_a_charge_and_the_question_after_it(
        self, portone: PortoneAcquirer, fake: FakePortone
    ) -> None:
        key = key_of(portone)
        fake.asked.clear()

        paid = portone.charge(order(key))

        sent, asked = fake.asked
        assert (sent.method, sent.path) == ("POST", f"/payments/{payment_id(ATTEMPT)}/billing-key")
        assert sent.headers["idempotency-key"] == f'"{ATTEMPT}"'
        assert sent.words() == {
            "storeId": STORE,
            "channelKey": CHANNEL,
            "billingKey": key.reveal(),
            "orderName": "11월 LPG 요금",
            "customer": {"name": {"full": "홍길동"}},
            "amount": {"total": 60_000, "taxFree": 20_000},
            "currency": "KRW",
            "installmentMonth": 3,
            "useFreeInterestFromMerchant": True,
        }
        assert (asked.method, asked.path) == ("GET", f"/payments/{payment_id(ATTEMPT)}")
        assert isinstance(paid, Approved)
        assert (paid.transaction_id, paid.approval_number) == (payment_id(ATTEMPT), "00012345")
        assert paid.receipt_url
        assert paid.receipt_url.startswith("https://")

    def test_a_cancel_names_what_is_left_and_carries_its_id(
        self, portone: PortoneAcquirer, fake: FakePortone
    ) -> None:
        portone.charge(order(key_of(portone)))

        assert isinstance(cancel(portone, payment_id(ATTEMPT)), Canceled)
        sent = fake.asked[-1]
        assert sent.path == f"/payments/{payment_id(ATTEMPT)}/cancel"
        assert sent.headers["idempotency-key"] == f'"{CANCEL}"'
        assert sent.words() == {
            "storeId": STORE,
            "amount": 10_000,
            "taxFreeAmount": 0,
            "reason": f"고객 요청 {payment_id(CANCEL)}",
            "currentCancellableAmount": 60_000,
        }

    def test_a_list_in_pages(
        self, portone: PortoneAcquirer, clock: HandClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("billing_core.acquirers.portone_charges.PAGE_SIZE", 2)
        key = key_of(portone)
        for _ in range(5):
            portone.charge(order(key, order_id=new_id("att", clock.now())))
            clock.move(timedelta(minutes=1))

        listed = portone.list_day(kst_day(clock.now()))

        assert not isinstance(listed, Unknown)
        assert len(listed) == 5

    def test_a_payment_begun_before_midnight_counts_on_its_day_alone(
        self, portone: PortoneAcquirer, clock: HandClock
    ) -> None:
        clock.moment = datetime.fromisoformat("2026-11-23T23:59:59+09:00")
        portone.charge(order(key_of(portone)))
        yesterday = kst_day(clock.now())

        lists = [portone.list_day(yesterday + timedelta(days=days)) for days in (-1, 0, 1)]

        assert [len(found) for found in lists if not isinstance(found, Unknown)] == [0, 1, 0]

    def test_months_that_portone_does_not_know_are_not_sent(
        self, portone: PortoneAcquirer, fake: FakePortone
    ) -> None:
        key = key_of(portone)
        fake.asked.clear()

        said = [portone.charge(order(key, months=months)) for months in (1, 13)]

        assert said == [Declined(DeclineCode.INSTALLMENT_NOT_ALLOWED)] * 2
        assert fake.asked == []


class TestLimits:
    """What every gateway behind PortOne takes."""

    @given(st.sampled_from(["att", "iss", "rf"]), st.integers(0, 10**6))
    def test_ids_are_letters_and_digits_and_come_back(self, kind: str, hours: int) -> None:
        ours = new_id(kind, MOMENT + timedelta(hours=hours))

        assert re.fullmatch(r"[A-Za-z0-9]{1,40}", payment_id(ours))
        assert re.fullmatch(r"[A-Za-z0-9]{20}", customer_id(ours))
        assert order_id_of(payment_id(ours)) == ours

    @pytest.mark.parametrize(
        "theirs",
        ["", "payment-1", "imp_1234", "att", ATTEMPT],
        ids=["nothing", "a word", "of another product", "too short", "one of ours"],
    )
    def test_ids_of_others_stay_as_they_are(self, theirs: str) -> None:
        assert order_id_of(theirs) == theirs

    @given(st.text(), st.integers(1, 50))
    def test_texts_are_cut_between_letters(self, text: str, bytes_max: int) -> None:
        shorter = cut(text, bytes_max)

        assert len(shorter.encode()) <= bytes_max
        assert shorter in text

    @pytest.mark.parametrize(
        ("item", "name"),
        [
            ("11월 LPG 요금", "11월 LPG 요금"),
            ("A+B = C & [D]", "A B C D"),
            ("가" * 14, "가" * 13),
            ("%$|", "자동결제"),
        ],
    )
    def test_names_of_orders(self, item: str, name: str) -> None:
        assert order_name(item) == name

    @given(st.text())
    def test_a_reason_always_carries_the_id(self, reason: str) -> None:
        said = reason_with(CANCEL, reason)

        assert len(said.encode()) <= 100
        assert payment_id(CANCEL) in said.split()


class TestCodes:
    """Every code has one meaning."""

    @pytest.mark.parametrize("kind", NAMED)
    def test_every_type_is_in_one_class(self, kind: str) -> None:
        assert [kind in REFUSALS, kind in INQUIRE, kind in UNCLEAR].count(True) == 1

    def test_no_type_is_in_a_list_that_the_manual_does_not_know(self) -> None:
        assert {*REFUSALS, *INQUIRE, *UNCLEAR} == set(NAMED)
        assert BY_GATEWAY < INQUIRE

    @pytest.mark.parametrize(
        ("gateway", "code", "message", "meant"),
        [
            ("NICE_V2", "3011", "", DeclineCode.CARD_NUMBER_INVALID),
            ("TOSSPAYMENTS", "INVALID_STOPPED_CARD", "", DeclineCode.CARD_SUSPENDED),
            ("KCP_V2", "3011", "", DeclineCode.MERCHANT_LIMIT),
            ("KCP_V2", "CC12", "비밀번호 오류", DeclineCode.PASSWORD_INVALID),
            ("KCP_V2", "CC13", "비밀번호 오류 횟수 초과", DeclineCode.AUTH_COUNT_EXCEEDED),
            ("KCP_V2", "CC14", "가맹점 한도초과", DeclineCode.MERCHANT_LIMIT),
            ("", "", "", DeclineCode.MERCHANT_LIMIT),
        ],
    )
    def test_a_gateway_is_understood_by_its_name_or_its_words(
        self, gateway: str, code: str, message: str, meant: DeclineCode
    ) -> None:
        said = declined(Failure(gateway, code, message), DeclineCode.MERCHANT_LIMIT)

        assert said.code == meant

    @pytest.mark.parametrize("code", [GOOD_CARD, "900101", "<b>", "a b", "x" * 65])
    def test_what_may_be_digits_of_a_card_is_not_shown(self, code: str) -> None:
        assert shown_code(code) == ""

    def test_a_type_in_no_list_is_unknown_and_an_alarm(
        self, portone: PortoneAcquirer, fake: ScriptedPortone
    ) -> None:
        fake.says["POST billing-keys"] = Reply({"type": "BRAND_NEW_ERROR"}, 400)

        with capture_logs() as logs:
            said = portone.issue_bill_key(ISSUE, card())

        assert isinstance(said, Unknown)
        assert [(line["event"], line["code"]) for line in logs] == [
            ("acquirer.code_unknown", "BRAND_NEW_ERROR")
        ]


def changed(fake: FakePortone, **values: Any) -> Reply:
    (payment,) = fake.payments.values()
    return Reply(fake._payment_words(payment) | values)


class TestWhatIsBelieved:
    """Only an explicit yes about what was asked for is a yes."""

    @pytest.mark.parametrize(
        "wrong",
        [
            {"amount": {"total": 60_001}},
            {"amount": {"total": "60000"}},
            {"currency": "USD"},
            {"id": "att0000000000000000000000001"},
            {"status": "HALF_PAID"},
            {"requestedAt": "yesterday"},
        ],
    )
    def test_an_approval_of_something_else_is_unknown_and_an_alarm(
        self, portone: PortoneAcquirer, fake: ScriptedPortone, wrong: dict[str, Any]
    ) -> None:
        key = key_of(portone)
        portone.charge(order(key))
        fake.says["GET payments"] = changed(fake, **wrong)

        with capture_logs() as logs:
            said = portone.charge(order(key))

        assert isinstance(said, Unknown)
        assert [line["event"] for line in logs] == ["acquirer.answer_not_believed"]

    @pytest.mark.parametrize("status", ["READY", "PAY_PENDING", "VIRTUAL_ACCOUNT_ISSUED"])
    def test_what_is_not_finished_is_unknown(
        self, portone: PortoneAcquirer, fake: ScriptedPortone, status: str
    ) -> None:
        portone.charge(order(key_of(portone)))
        fake.says["GET payments"] = changed(fake, status=status)

        assert isinstance(portone.find_charge(ATTEMPT), Unknown)

    def test_a_gateways_no_counts_only_where_the_payment_has_failed(
        self, portone: PortoneAcquirer, fake: ScriptedPortone
    ) -> None:
        key = key_of(portone)
        portone.charge(order(key))
        no = Reply({"type": "PG_PROVIDER", "message": "", "pgCode": "X1", "pgMessage": ""}, 502)
        fake.says["POST payments"] = no

        said = [portone.charge(order(key))]
        fake.says["GET payments"] = changed(fake, status="READY")
        said.append(portone.charge(order(key)))
        fake.says["GET payments"] = changed(fake, status="FAILED")
        said.append(portone.charge(order(key)))

        assert [type(one) for one in said] == [Approved, Unknown, Declined]

    def test_a_payment_that_is_paid_already_is_asked_about(
        self, portone: PortoneAcquirer, clock: HandClock
    ) -> None:
        key = key_of(portone)
        first = portone.charge(order(key))
        # Longer than PortOne remembers idempotency keys.
        clock.move(timedelta(hours=4))

        assert portone.charge(order(key)) == first

    def test_a_cancel_that_is_only_requested_is_unknown(
        self, portone: PortoneAcquirer, fake: FakePortone
    ) -> None:
        portone.charge(order(key_of(portone)))
        fake.cancel_status = "REQUESTED"

        assert isinstance(cancel(portone, payment_id(ATTEMPT)), Unknown)
        assert isinstance(portone.find_cancel(payment_id(ATTEMPT), CANCEL), Unknown)

    def test_a_cancel_that_failed_gave_nothing_back(
        self, portone: PortoneAcquirer, fake: FakePortone
    ) -> None:
        portone.charge(order(key_of(portone)))
        fake.cancel_status = "FAILED"

        assert isinstance(cancel(portone, payment_id(ATTEMPT)), Declined)
        assert portone.find_cancel(payment_id(ATTEMPT), CANCEL) == NotFound()
        assert fake.captured() == 60_000

    def test_a_cancel_that_happened_before_is_found(
        self, portone: PortoneAcquirer, clock: HandClock
    ) -> None:
        portone.charge(order(key_of(portone)))
        first = cancel(portone, payment_id(ATTEMPT))
        clock.move(timedelta(hours=4))

        assert isinstance(first, Canceled)
        assert cancel(portone, payment_id(ATTEMPT)) == first

    def test_a_key_of_somebody_else_is_not_taken(
        self, portone: PortoneAcquirer, fake: ScriptedPortone
    ) -> None:
        portone.issue_bill_key(ISSUE, card())
        (key,) = fake.keys.values()
        key.customer = "somebodyelse"
        fake.says["GET billing-keys"] = Reply({"items": [fake._key_words(key)]})

        assert isinstance(portone.find_bill_key(ISSUE), Unknown)

    def test_a_card_whose_issuer_nobody_knows_is_called_by_its_kind(
        self, portone: PortoneAcquirer, fake: ScriptedPortone
    ) -> None:
        portone.issue_bill_key(ISSUE, card())
        (key,) = fake.keys.values()
        unknown = {"issuer": "MOON_CARD", "type": "DEBIT", "ownerType": "CORPORATE"}
        words = fake._key_words(key) | {"methods": [{"card": unknown}]}
        fake.says["GET billing-keys"] = Reply({"items": [words]})

        found = portone.find_bill_key(ISSUE)

        assert isinstance(found, Issued)
        assert (found.issuer, found.issuer_code, found.card_type) == ("체크", "", "check")
        assert found.owner == "corporate"


class TestTrouble:
    """Nothing on the line becomes an exception, or a yes, or a no."""

    @pytest.mark.parametrize(
        "fault", [Fault.HALF_JSON, Fault.WRONG_CHARSET, Fault.DRIPPING, Fault.RESET]
    )
    def test_an_answer_that_cannot_be_read_is_unknown(
        self, portone: PortoneAcquirer, fake: FakePortone, clock: HandClock, fault: Fault
    ) -> None:
        key = key_of(portone)
        fake.next("charge", fault)
        patience_s = IMPATIENCE_S if fault is Fault.DRIPPING else PATIENCE_S

        assert isinstance(opened(fake, clock, patience_s).charge(order(key)), Unknown)
        assert isinstance(portone.find_charge(ATTEMPT), Approved)

    def test_an_answer_without_end_is_unknown(
        self, portone: PortoneAcquirer, fake: ScriptedPortone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("billing_core.acquirers.gateway_line.ANSWER_BYTES_MAX", 1_000)
        fake.says["GET payments"] = Reply({"much": "x" * 2_000})

        assert isinstance(portone.find_charge(ATTEMPT), Unknown)

    def test_a_request_that_is_still_worked_on_is_unknown(
        self, portone: PortoneAcquirer, fake: ScriptedPortone
    ) -> None:
        fake.says["POST billing-keys"] = Reply({"type": "IDEMPOTENCY_OUTSTANDING_REQUEST"}, 409)

        assert isinstance(portone.issue_bill_key(ISSUE, card()), Unknown)

    def test_a_request_whose_answer_was_lost_is_sent_again_under_its_key(
        self, portone: PortoneAcquirer, fake: FakePortone
    ) -> None:
        fake.next("issue", Fault.ANSWER_LOST)

        assert isinstance(portone.issue_bill_key(ISSUE, card()), Unknown)
        keys = [one.headers.get("idempotency-key") for one in fake.asked]
        assert keys == [f'"{ISSUE}"'] * 2
        assert len(fake.live_keys()) == 1

    def test_a_removal_that_the_gateway_refused_is_looked_up(
        self, portone: PortoneAcquirer, fake: ScriptedPortone
    ) -> None:
        key = key_of(portone)
        fake.says["DELETE billing-keys"] = Reply({"type": "PG_PROVIDER", "pgCode": "X"}, 502)

        # The fake has removed it, whatever it says.
        assert portone.remove_bill_key(key, "bk_00000000000000001-1") == Removed()

    def test_a_wrong_secret_is_our_fault_and_no_customers(
        self, fake: FakePortone, clock: HandClock
    ) -> None:
        portone = opened(fake, clock, api_secret=SecretStr("wrong"))

        assert portone.issue_bill_key(ISSUE, card()) == Declined(
            DeclineCode.MERCHANT_CONFIG, "UNAUTHORIZED"
        )
        assert isinstance(portone.find_bill_key(ISSUE), Unknown)
        assert isinstance(portone.find_charge(ATTEMPT), Unknown)


class TestCheck:
    """A harmless call says what is wrong and what to do."""

    def test_all_is_well(self, portone: PortoneAcquirer) -> None:
        assert portone.check() == Checked(clock_ahead_s=0.0)

    def test_it_tells_how_far_the_clocks_are_apart(
        self, fake: FakePortone, clock: HandClock
    ) -> None:
        ours = HandClock()
        clock.move(timedelta(seconds=90))

        assert opened(fake, ours).check().clock_ahead_s == 90.0

    @pytest.mark.parametrize(
        ("wrong", "named"),
        [
            ({"api_secret": SecretStr("no")}, "PORTONE_API_SECRET"),
            ({"store_id": "store-of-others"}, "PORTONE_STORE_ID"),
        ],
    )
    def test_wrong_credentials_are_named(
        self, fake: FakePortone, clock: HandClock, wrong: dict[str, Any], named: str
    ) -> None:
        checked = opened(fake, clock, **wrong).check()

        assert checked.network is None
        assert named in (checked.credentials or "")

    def test_nobody_there(self, fake: FakePortone, clock: HandClock) -> None:
        portone = opened(fake, clock, base_url="http://127.0.0.1:1")

        assert "PORTONE_BASE_URL" in (portone.check().network or "")

    def test_somebody_else_there(self, portone: PortoneAcquirer, fake: FakePortone) -> None:
        fake.inquiry_is_down = True

        assert "PORTONE_BASE_URL" in (portone.check().network or "")


def signed(clock: HandClock, body: bytes, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(clock.now().timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", clock.now(), body.decode()),
    }


def notice(kind: str = "Transaction.Paid", payment: object = None, **more: Any) -> dict[str, Any]:
    data = {"paymentId": payment or payment_id(ATTEMPT), "transactionId": "tx-1", **more}
    return {"type": kind, "timestamp": "2026-11-23T05:00:00.000Z", "data": data}


class TestWebhooks:
    """A notice is a reason to ask, and only PortOne can give it."""

    BODY = json.dumps(notice()).encode()

    def test_a_signed_one_is_genuine(self, portone: PortoneAcquirer, clock: HandClock) -> None:
        assert portone.is_genuine(signed(clock, self.BODY), self.BODY)

    def test_one_of_several_signatures_is_enough(
        self, portone: PortoneAcquirer, clock: HandClock
    ) -> None:
        headers = signed(clock, self.BODY)
        headers["webhook-signature"] = f"v1,bm8= v2,x {headers['webhook-signature']}"

        assert portone.is_genuine(headers, self.BODY)

    def test_a_changed_body_is_not(self, portone: PortoneAcquirer, clock: HandClock) -> None:
        assert not portone.is_genuine(signed(clock, self.BODY), self.BODY + b" ")

    def test_another_secret_is_not(self, portone: PortoneAcquirer, clock: HandClock) -> None:
        other = "whsec_" + base64.b64encode(b"somebody else's secret of 32 bit").decode()

        assert not portone.is_genuine(signed(clock, self.BODY, other), self.BODY)

    @pytest.mark.parametrize("minutes", [-6, 6])
    def test_a_recording_is_not(
        self, portone: PortoneAcquirer, clock: HandClock, minutes: int
    ) -> None:
        headers = signed(clock, self.BODY)
        clock.move(timedelta(minutes=minutes))

        assert not portone.is_genuine(headers, self.BODY)

    @pytest.mark.parametrize(
        "broken",
        [
            {"webhook-timestamp": "soon"},
            {"webhook-timestamp": "9" * 30},
            {"webhook-signature": "가"},
            {"webhook-signature": ""},
        ],
    )
    def test_broken_headers_are_not(
        self, portone: PortoneAcquirer, clock: HandClock, broken: dict[str, str]
    ) -> None:
        assert not portone.is_genuine(signed(clock, self.BODY) | broken, self.BODY)
        assert not portone.is_genuine({}, self.BODY)
        assert not portone.is_genuine(signed(clock, self.BODY), b"\xff")

    def test_without_a_secret_nothing_is(self, fake: FakePortone, clock: HandClock) -> None:
        portone = opened(fake, clock, webhook_secret=None)

        assert not portone.is_genuine(signed(clock, self.BODY), self.BODY)

    def test_it_names_our_order(self) -> None:
        read = PORTONE.read_notice(notice())

        assert read
        assert read.order_id == ATTEMPT
        assert read == PORTONE.read_notice(notice())

    def test_different_events_have_different_fingerprints(self) -> None:
        events = [
            notice(),
            notice("Transaction.PartialCancelled", cancellationId="a"),
            notice("Transaction.PartialCancelled", cancellationId="b"),
        ]
        read = [PORTONE.read_notice(event) for event in events]

        assert len({one.fingerprint for one in read if one}) == 3
        assert all(len(one.fingerprint) == 64 for one in read if one)

    @pytest.mark.parametrize(
        "words",
        [
            {},
            {"type": "Transaction.Paid"},
            {"type": ["Transaction.Paid"], "data": {}},
            notice("Transaction.OfTomorrow"),
            notice("Transaction.Ready"),
            notice("BillingKey.Issued"),
            notice(payment=["x"]),
            notice(payment="example-payment-id"),
            {"payment_id": payment_id(ATTEMPT), "status": "Paid"},
        ],
    )
    def test_what_is_no_business_of_ours_is_passed_over(self, words: dict[str, Any]) -> None:
        assert PORTONE.read_notice(words) is None


class TestContract:
    """The settings."""

    def test_it_is_known_by_its_name(self) -> None:
        assert GATEWAYS["portone"] is PORTONE

    def test_the_address_is_portones_own_unless_another_is_given(self) -> None:
        given = {"api_secret": "s", "store_id": STORE, "channel_key": CHANNEL}

        assert PortoneContract.model_validate(given).base_url == "https://api.portone.io"

    @pytest.mark.parametrize("field", ["api_secret", "store_id", "channel_key"])
    def test_nothing_may_be_empty(self, field: str) -> None:
        with pytest.raises(ValidationError, match=field):
            contract("http://127.0.0.1", **{field: ""})

    @pytest.mark.parametrize("secret", ["topsecret", "whsec_", "whsec_가", "whsek_c2VjcmV0"])
    def test_a_webhook_secret_has_its_form_and_is_not_repeated(self, secret: str) -> None:
        with pytest.raises(ValidationError) as caught:
            contract("http://127.0.0.1", webhook_secret=secret)
        assert secret not in str(caught.value).replace("whsec_ and base64", "")

    def test_it_shows_no_secret(self, portone: PortoneAcquirer) -> None:
        shown = repr(contract("http://127.0.0.1")) + repr(vars(portone))

        assert SECRET not in shown
        assert WEBHOOK_SECRET not in shown


def test_nothing_that_is_logged_or_shown_holds_anything_of_the_card(
    portone: PortoneAcquirer, fake: FakePortone, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        said: list[object] = [portone.issue_bill_key(ISSUE, card())]
        key = said[0].acquirer_key  # type: ignore[attr-defined]
        said += [
            portone.issue_bill_key(new_id("iss", MOMENT), card("4906251234129999")),
            portone.charge(order(key)),
            cancel(portone, payment_id(ATTEMPT)),
            portone.find_charge(ATTEMPT),
            portone.remove_bill_key(key, "bk_00000000000000001-1"),
            portone.charge(order(key, order_id=new_id("att", MOMENT))),
        ]
        structlog.get_logger().info("said", said=said)
    shown = f"{said!r} {logs!r} {caplog.text} {portone!r}"
    wire = " ".join(f"{one.path} {one.headers} {one.body.decode()}" for one in fake.asked)

    secret = [GOOD_CARD, GOOD_CARD[-4:], "4906251234129999", "900101", SECRET, key.reveal()]
    assert all(text in wire for text in secret)
    assert [text for text in secret if text in shown] == []
    assert [record.name for record in caplog.records if record.name.startswith("http")] == []

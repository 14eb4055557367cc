"""NICEPAY's adapter against its manual: vectors, shapes, limits, codes, troubles, webhooks."""

from __future__ import annotations

import itertools
import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from structlog.testing import capture_logs

from billing_core.acquirers import nicepay_codes as codes
from billing_core.acquirers.declines import DeclineCode
from billing_core.acquirers.gateway import Notice
from billing_core.acquirers.gateways import GATEWAYS
from billing_core.acquirers.nicepay import NICEPAY, Nicepay, open_nicepay
from billing_core.acquirers.nicepay_wire import NicepayContract, cut, encrypted, moment, signature
from billing_core.acquirers.protocol import (
    Approved,
    Canceled,
    CardSecrets,
    ChargeOrder,
    Checked,
    Declined,
    Issued,
    NotFound,
    Owner,
    Removed,
    Unknown,
    Voided,
)
from foundation.ids import new_id
from foundation.money import Money
from foundation.sealing import Secret
from tests.billing_core.card_desk import HandClock
from tests.billing_core.faulty_line import Fault
from tests.contracts.acquirer_bench import order_id
from tests.contracts.nicepay_bench import card
from tests.gateways.fake_gateway import IMPATIENCE_S, PATIENCE_S, wire
from tests.gateways.fake_nicepay import CLIENT_KEY, SECRET_KEY, FakeNicepay, sha256

BID, TID = "BIKYnictest00m1104191651325596", "nicuntct1m0101210727200125A056"
EDI_DATE = "2026-01-02T03:04:05.000+0900"
ATTEMPT = order_id("att")
TODAY = date(2026, 11, 23)
KEYED = CardSecrets(Secret(card()), Secret("900101"), Secret("12"), 8, 2029)

# Every code that the manual, or what is known beside it, names.
NAMED = [
    "0000",
    "2001",
    "2211",
    "3001",
    "F100",
    "F200",
    "3011",
    "F112",
    "3021",
    "3022",
    "3023",
    "3024",
    "P037",
    "3031",
    "3032",
    "3033",
    "3034",
    "3041",
    "A113",
    "3095",
    "F113",
    "U317",
    "F115",
    "F116",
    "F117",
    "3012",
    "3013",
    "3014",
    "A109",
    "A114",
    "U313",
    "U316",
    "F118",
    "3091",
    "F201",
    "F110",
    "F104",
    "A253",
    "A123",
    "U113",
    "U127",
    "U502",
    "A150",
    "A256",
    "A258",
    "A250",
    "A224",
    "U315",
    "A245",
    "U304",
    "U305",
    "U312",
    "A101",
    "A211",
    "P036",
    "U319",
    "U321",
    "P028",
    "U128",
    "A128",
    "U341",
    "F101",
    "U100",
    "U105",
    "U345",
    "U309",
    "A124",
    "A125",
    "A126",
    "A223",
    "U115",
    "U112",
    "P015",
    "A127",
    "U503",
    "U504",
    "U506",
    "U303",
    "U501",
    "U508",
    "A299",
    "A401",
    "P026",
    "P027",
    "X001",
    "U107",
    "2013",
    "2015",
    "2014",
    "2016",
    "2032",
    "U123",
    "2028",
    "2029",
    "2030",
    "2033",
    "2020",
]


class Shop:
    """A shop's adapter on a line to the fake."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.fake = FakeNicepay(self.clock)
        self.nicepay = self.with_contract()
        self._numbers = itertools.count()

    def with_contract(self, patience_s: float = PATIENCE_S, **values: Any) -> Nicepay:
        contract = {
            "base_url": self.fake.url,
            "client_key": SecretStr(CLIENT_KEY),
            "secret_key": SecretStr(SECRET_KEY),
        }
        terms = wire(self.clock, patience_s)
        return open_nicepay(NicepayContract(**(contract | values)), terms)

    def issue(self, number: str = card(), at: str = order_id("iss")) -> Any:
        return self.nicepay.issue_bill_key(at, replace(KEYED, number=Secret(number)))

    def order(self, number: str = card(), **values: Any) -> ChargeOrder:
        issued = self.issue(number, order_id("iss", 100 + next(self._numbers)))
        key = issued.acquirer_key if isinstance(issued, Issued) else Secret(BID)
        wanted: dict[str, Any] = {
            "order_id": ATTEMPT,
            "acquirer_key": key,
            "amount": Money(60_000),
            "tax_free": Money(20_000),
            "months": 0,
            "is_interest_free": False,
            "item": "테스트 상품",
            "customer_name": "홍길동",
        }
        return ChargeOrder(**(wanted | values))

    def pay(self, **values: Any) -> Approved:
        paid = self.nicepay.charge(self.order(**values))
        assert isinstance(paid, Approved)
        return paid

    def cancel(self, paid: Approved, won: int, tax_free: int, left: int = 60_000) -> Any:
        amounts = Money(won), Money(tax_free), Money(left)
        return self.nicepay.cancel_charge(
            paid.transaction_id, order_id("rf"), *amounts, "고객 요청"
        )

    def last_asked(self) -> dict[str, Any]:
        return self.fake.asked[-1].words()


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.fake.close()


class TestVectors:
    """What the manual computes, and what was computed by its rules elsewhere."""

    @pytest.mark.parametrize(
        ("signed", "expected"),
        [
            (
                ("ORD-REG-0001",),
                "997c6b980846e917a791557150d82d3a798146b68153067d5264b4bd5c1481bb",
            ),
            (
                ("ORD-PAY-0001", BID),
                "ada45ccf6257a8e8e1bc1903a7b4638151ce7c39816da04e372d334b1f6fc4ee",
            ),
            (
                ("ORD-EXP-0001", BID),
                "534c0c45687815aedc66e53a78609c9fc31ceec2d18634f456d77a4d66e60b96",
            ),
            ((TID,), "32e7f7a8148de50aa9109592988bffbf2dd303f73fddb60111e86b67db24ca62"),
            (
                ("ORD-PAY-0001",),
                "3f5023b45c6a36410caf11aab62f7c2205c065d271bffe1bf01023583763d936",
            ),
            (
                (TID, "1004"),
                "66b2ec23a221b14803d44abfb95225f2d44e560e9c062c2dabe03eb0cf02d1b5",
            ),
        ],
    )
    def test_signatures(self, signed: tuple[str, ...], expected: str) -> None:
        assert signature(*signed, EDI_DATE, SECRET_KEY) == expected

    def test_a_card_is_encrypted_as_in_the_manual(self) -> None:
        plain = "cardNo=1234567890123456&expYear=25&expMonth=12&idNo=800101&cardPw=12"

        assert encrypted(plain, SECRET_KEY) == (
            "6ecfe97e521bc67c3053d74a9dbdba53033d343fc9e8e38e730964b22ef2e4a59607171b00a9da97"
            "7141b3f79fffa1e80a16c08bc58666b479f554a966a363414347e62f2621f8df220c7a4a545592d0"
        )

    def test_basic_authentication_is_as_in_the_manual(self, shop: Shop) -> None:
        nicepay = shop.with_contract(
            client_key=SecretStr("af0d116236df437f831483ee9c500bc4"),
            secret_key=SecretStr("433a8421be754b34989048cf148a5ffc"),
        )
        nicepay.check()

        assert shop.fake.asked[-1].headers["authorization"] == (
            "Basic YWYwZDExNjIzNmRmNDM3ZjgzMTQ4M2VlOWM1MDBiYzQ6"
            "NDMzYTg0MjFiZTc1NGIzNDk4OTA0OGNmMTQ4YTVmZmM="
        )

    def test_the_manuals_own_webhook_is_genuine(self, shop: Shop) -> None:
        nicepay = shop.with_contract(secret_key=SecretStr("0123456789abcdef" * 2))
        notice = {
            "tid": TID,
            "amount": 1004,
            "ediDate": "2021-07-27T20:01:25.000+0900",
            "signature": "61ce750d1cda992ae8406f5269d09a3e27e0cb8ec9902da6008c9f02cf37c723",
        }

        assert nicepay.is_genuine({}, json.dumps(notice).encode())

    def test_moments_are_written_in_korean_time(self) -> None:
        assert moment(datetime(2026, 1, 1, 18, 4, 5, tzinfo=UTC)) == EDI_DATE


class TestCodes:
    """Every code is in one class."""

    CLASSES = (
        frozenset({codes.DONE}),
        codes.CANCELED - {codes.DONE},
        codes.USED,
        codes.ABSENT,
        codes.CANCELED_BEFORE,
        codes.UNCLEAR,
        frozenset({codes.BY_ISSUER}),
        frozenset(codes.REFUSALS),
    )

    @pytest.mark.parametrize("code", NAMED)
    def test_a_named_code_is_in_exactly_one(self, code: str) -> None:
        assert [code in one for one in self.CLASSES].count(True) == 1

    def test_no_code_stands_in_the_table_that_nobody_named(self) -> None:
        known = set().union(*self.CLASSES)

        assert {code for code in known if not code.startswith("X00")} <= set(NAMED)

    @pytest.mark.parametrize("behaviour", ["0027", "0501", "0508"])
    def test_a_trouble_of_theirs_is_unknown(self, shop: Shop, behaviour: str) -> None:
        with capture_logs() as logs:
            answer = shop.nicepay.charge(shop.order(card(at_charge=behaviour)))

        assert isinstance(answer, Unknown)
        assert logs == []

    def test_a_code_that_nobody_knows_is_unknown_and_an_alarm(self, shop: Shop) -> None:
        with capture_logs() as logs:
            answers = [
                shop.issue(card("9999"), order_id("iss", 2)),
                shop.nicepay.charge(shop.order(card(at_charge="9999"))),
            ]

        assert answers == [Unknown("code Q987")] * 2
        alarms = [(log["event"], log["log_level"], log["code"]) for log in logs]
        assert alarms == [("acquirer.code_unknown", "error", "Q987")] * 2

    def test_an_issuer_says_why_in_its_message_only(self) -> None:
        said = {
            "가맹점 한도초과": DeclineCode.MERCHANT_LIMIT,
            "통장 잔액부족": DeclineCode.INSUFFICIENT_FUNDS,
            "1회 한도초과": DeclineCode.INSUFFICIENT_LIMIT,
            "인증오류 3회초과": DeclineCode.AUTH_COUNT_EXCEEDED,
            "비밀번호 오류": DeclineCode.PASSWORD_INVALID,
            "분실카드": DeclineCode.LOST_OR_STOLEN,
            "무슨 말인지 모를 말": DeclineCode.CARD_SUSPENDED,
        }

        assert {text: codes.refusal_of("3095", text) for text in said} == said


class TestRequests:
    """What goes out is what the manual asks for, and no more."""

    def test_a_charge_has_the_shape_of_the_manuals(self, shop: Shop) -> None:
        order = shop.order(months=3)
        shop.nicepay.charge(order)

        asked = shop.last_asked()
        stamp = {"ediDate": "2026-11-23T14:00:00.000+0900", "signData": asked["signData"]}
        assert (
            asked
            == {
                "orderId": ATTEMPT,
                "amount": 60_000,
                "taxFreeAmt": 20_000,
                "goodsName": "테스트 상품",
                "buyerName": "홍길동",
                "cardQuota": "3",
                "useShopInterest": False,
            }
            | stamp
        )

    @pytest.mark.parametrize("level", ["01", "03", "10", "11"])
    def test_a_card_is_sent_as_far_as_the_contract_wants_it(self, shop: Shop, level: str) -> None:
        shop.fake.auth_level = level
        nicepay = shop.with_contract(auth_level=level)

        assert isinstance(nicepay.issue_bill_key(order_id("iss"), KEYED), Issued)

    def test_more_of_a_card_than_the_contract_wants_is_refused(self, shop: Shop) -> None:
        shop.fake.auth_level = "01"

        assert shop.issue() == Declined(DeclineCode.IDENTITY_INVALID, "U317")

    def test_long_words_are_cut_between_characters(self, shop: Shop) -> None:
        shop.pay(item="가" * 30, customer_name="나" * 30)

        asked = shop.last_asked()
        assert (asked["goodsName"], asked["buyerName"]) == ("가" * 13, "나" * 10)
        assert cut("a가", 2) == "a"

    def test_an_order_id_of_ours_fits(self, shop: Shop) -> None:
        assert len(ATTEMPT.encode()) <= 64
        assert re.fullmatch(r"\w+", ATTEMPT)

    def test_interest_that_the_merchant_bears_is_not_sent(self, shop: Shop) -> None:
        order = shop.order(months=3, is_interest_free=True)
        before = len(shop.fake.asked)

        answer = shop.nicepay.charge(order)

        assert answer == Declined(DeclineCode.INSTALLMENT_NOT_ALLOWED, "not_sent")
        assert len(shop.fake.asked) == before

    def test_a_whole_cancel_names_no_amount_and_a_part_names_its_own(self, shop: Shop) -> None:
        paid = shop.pay()
        shop.cancel(paid, 10_000, 5_000)
        part = shop.last_asked()
        other = shop.pay(order_id=order_id("att", 2))
        shop.nicepay.cancel_charge(
            other.transaction_id, order_id("rf", 2), Money(60_000), Money(20_000), Money(60_000), ""
        )

        assert (part["cancelAmt"], part["taxFreeAmt"]) == (10_000, 5_000)
        assert "cancelAmt" not in shop.last_asked()

    def test_the_reason_of_a_cancel_opens_with_its_id(self, shop: Shop) -> None:
        paid = shop.pay()
        shop.nicepay.cancel_charge(
            paid.transaction_id, order_id("rf"), Money(1), Money(0), Money(60_000), "긴" * 100
        )

        reason = shop.last_asked()["reason"]
        assert reason.startswith(order_id("rf"))
        assert 97 < len(reason.encode()) <= 100


class TestAnswers:
    """What comes back is believed only where it is complete, signed, and about what was asked."""

    def test_capital_names_and_loose_types_are_understood(self, shop: Shop) -> None:
        shop.fake.writes_capitals = True
        order = shop.order()

        def as_strings(words: dict[str, Any]) -> None:
            if "amount" in words:
                words["amount"], words["balanceAmt"] = str(words["amount"]), "60000"

        shop.fake.bend = as_strings
        assert isinstance(shop.nicepay.charge(order), Approved)

    @pytest.mark.parametrize(
        "bend",
        [
            lambda words: words.update(amount=1_004),
            lambda words: words.update(signature="0" * 64),
            lambda words: words.pop("signature"),
            lambda words: words.update(orderId=order_id("att", 9)),
            lambda words: words.update(status="ready"),
            lambda words: words.update(paidAt="0"),
            lambda words: words.update(paidAt="yesterday"),
            lambda words: words.update(balanceAmt=-1),
        ],
    )
    def test_a_yes_that_is_not_what_was_asked_is_unknown_and_an_alarm(
        self, shop: Shop, bend: Callable[[dict[str, Any]], None]
    ) -> None:
        order = shop.order()
        shop.fake.bend = bend
        with capture_logs() as logs:
            answer = shop.nicepay.charge(order)

        assert isinstance(answer, Unknown)
        assert [log["event"] for log in logs] == ["acquirer.answer_not_believed"]

    def test_a_signed_answer_for_another_amount_is_not_believed(self, shop: Shop) -> None:
        def cheaper(words: dict[str, Any]) -> None:
            signed = sha256(words["tid"], 1_004, words["ediDate"], SECRET_KEY)
            words.update(amount=1_004, balanceAmt=1_004, signature=signed)

        order = shop.order()
        shop.fake.bend = cheaper

        assert isinstance(shop.nicepay.charge(order), Unknown)

    @pytest.mark.parametrize("bid", ["", None, 7, "B" * 41])
    def test_a_key_that_cannot_be_one_is_unknown(self, shop: Shop, bid: object) -> None:
        shop.fake.bend = lambda words: words.update(bid=bid)

        assert isinstance(shop.issue(), Unknown)

    @pytest.mark.parametrize(
        "fault",
        [Fault.DRIPPING, Fault.HALF_JSON, Fault.WRONG_CHARSET, Fault.RESET, Fault.BROKEN_AFTER],
    )
    def test_an_answer_that_cannot_be_read_is_unknown_and_can_be_undone(
        self, shop: Shop, fault: Fault
    ) -> None:
        order = shop.order()
        shop.fake.next("charge", fault)
        patience_s = IMPATIENCE_S if fault is Fault.DRIPPING else PATIENCE_S
        nicepay = shop.with_contract(patience_s)

        assert isinstance(nicepay.charge(order), Unknown)
        assert shop.nicepay.void_charge(ATTEMPT, Money(60_000)) == Voided()
        assert shop.fake.captured() == 0

    def test_an_answer_without_end_is_unknown(self, shop: Shop) -> None:
        order = shop.order()
        shop.fake.bend = lambda words: words.update(goodsName="x" * (9 * 1024 * 1024))

        assert isinstance(shop.nicepay.charge(order), Unknown)

    def test_a_code_that_is_no_code_is_repeated_nowhere(self, shop: Shop) -> None:
        shop.fake.bend = lambda words: words.update(resultCode=card())
        with capture_logs() as logs:
            answer = shop.issue()

        assert isinstance(answer, Unknown)
        assert card() not in f"{answer!r} {logs!r}"

    def test_cards_of_former_names_and_without_a_name(self, shop: Shop) -> None:
        said = {}
        for at, (code, name) in enumerate([("03", "[하나]"), ("41", "[SSG머니]"), ("16", "하나")]):
            shop.fake.bend = lambda words, c=code, n=name: words.update(cardCode=c, cardName=n)
            said[code] = shop.issue(at=order_id("iss", at))

        told = {code: (one.issuer, one.issuer_code) for code, one in said.items()}
        assert told == {"03": ("하나", "16"), "41": ("SSG머니", "41"), "16": ("하나", "16")}

    def test_a_business_number_is_a_companys_card(self, shop: Shop) -> None:
        company = replace(KEYED, holder=Secret("1208147521"))
        issued = shop.nicepay.issue_bill_key(order_id("iss"), company)

        assert isinstance(issued, Issued)
        assert issued.owner is Owner.CORPORATE


class TestChargesAndCancels:
    """What the manual says about orders that were used, undone or given back before."""

    def test_an_order_id_used_for_another_amount_is_not_adopted(self, shop: Shop) -> None:
        shop.pay()

        assert isinstance(shop.nicepay.charge(shop.order(amount=Money(70_000))), Unknown)
        assert shop.fake.captured() == 60_000

    def test_an_order_of_midnight_is_found_on_the_day_after(self, shop: Shop) -> None:
        made = datetime(2026, 11, 23, 14, 59, 59, 900_000, tzinfo=UTC)
        late = new_id("att", made)
        shop.clock.moment = made + timedelta(seconds=2)
        paid = shop.pay(order_id=late)

        assert shop.nicepay.find_charge(late) == paid

    def test_a_refused_order_is_found_by_nothing(self, shop: Shop) -> None:
        shop.nicepay.charge(shop.order(card(at_charge="0001")))

        assert shop.nicepay.find_charge(ATTEMPT) == NotFound()
        assert shop.nicepay.void_charge(ATTEMPT, Money(60_000)) == NotFound()

    def test_a_void_after_a_part_was_given_back_proves_nothing(self, shop: Shop) -> None:
        shop.cancel(shop.pay(), 10_000, 0)

        refused = shop.nicepay.void_charge(ATTEMPT, Money(60_000))
        assert refused == Declined(DeclineCode.CANCEL_REFUSED, "2014")

    def test_a_cancel_of_what_the_shop_gave_back_by_hand_is_refused(self, shop: Shop) -> None:
        paid = shop.pay()
        shop.nicepay.void_charge(ATTEMPT, Money(60_000))

        refused = shop.cancel(paid, 60_000, 20_000)
        assert refused == Declined(DeclineCode.CANCEL_REFUSED, "balance_differs")

    def test_a_cancel_comes_too_late_after_a_year(self, shop: Shop) -> None:
        paid = shop.pay()
        shop.clock.move(timedelta(days=366))

        assert shop.cancel(paid, 60_000, 20_000) == Declined(DeclineCode.CANCEL_REFUSED, "2016")

    def test_the_sandbox_cancels_the_whole_only(self, shop: Shop) -> None:
        shop.fake.is_sandbox = True
        paid = shop.pay()

        part = shop.cancel(paid, 10_000, 0)

        assert part == Declined(DeclineCode.CANCEL_REFUSED, "U128")
        assert isinstance(shop.cancel(paid, 60_000, 20_000), Canceled)

    def test_a_key_expires_once_and_one_that_never_was_is_refused(self, shop: Shop) -> None:
        key = shop.issue().acquirer_key
        answers = [shop.nicepay.remove_bill_key(key, order_id("rk", at)) for at in (1, 2)]
        never = shop.nicepay.remove_bill_key(Secret(BID), order_id("rk", 3))

        assert answers == [Removed(), Removed()]
        assert never == Declined(DeclineCode.BILLKEY_INVALID, "U309")


class TestOffice:
    """Lists, offers, and whether all is well."""

    def test_a_day_is_read_page_by_page(self, shop: Shop) -> None:
        shop.fake.page_max = 2
        paid = [shop.pay(order_id=order_id("att", at)) for at in range(5)]
        shop.cancel(paid[0], 10_000, 0)
        shop.nicepay.void_charge(order_id("att", 1), Money(60_000))

        listed = shop.nicepay.list_day(TODAY)

        assert not isinstance(listed, Unknown)
        told = {one.order_id: one.canceled.won for one in listed}
        given_back = [10_000, 60_000, 0, 0, 0]
        assert told == {order_id("att", at): won for at, won in enumerate(given_back)}

    def test_a_payment_of_yesterday_is_not_todays_for_its_cancel(self, shop: Shop) -> None:
        paid = shop.pay()
        shop.clock.move(timedelta(days=1))
        shop.cancel(paid, 10_000, 0)

        assert shop.nicepay.list_day(TODAY + timedelta(days=1)) == []

    def test_what_others_sold_under_the_same_contract_is_left_out(self, shop: Shop) -> None:
        shop.pay()
        shop.fake.payments[ATTEMPT].words["orderId"] = "SHOP-0001"

        assert shop.nicepay.list_day(TODAY) == []

    @pytest.mark.parametrize("key", ["transactions", "pagination"])
    def test_a_list_in_another_form_is_unknown(self, shop: Shop, key: str) -> None:
        shop.fake.bend = lambda words: words.update({key: "none"})

        assert isinstance(shop.nicepay.list_day(TODAY), Unknown)

    def test_offers_are_read_for_issuers_that_we_know(self, shop: Shop) -> None:
        offer = {
            "minAmt": 50_000,
            "maxAmt": 99_999_999_999_999,
            "installment": "02:03:04",
            "eventToDate": "2026-12-31T00:00:00.000+0900",
        }
        shop.fake.offers = [
            {"cardCode": "06", "cardName": "신한", "freeInstallment": [offer]},
            {"cardCode": "99", "cardName": "?", "freeInstallment": [offer]},
        ]

        (read,) = shop.nicepay.list_interest_free()  # type: ignore[misc]

        assert (read.issuer_code, read.months) == ("06", (2, 3, 4))
        assert (read.amount_min, read.amount_max) == (Money(50_000), None)
        assert read.last_day == date(2026, 12, 31)

    def test_the_sandbox_has_no_offers(self) -> None:
        contract = NicepayContract(
            client_key=SecretStr(CLIENT_KEY), secret_key=SecretStr(SECRET_KEY)
        )

        assert open_nicepay(contract, wire(HandClock())).list_interest_free() is None

    def test_all_is_well(self, shop: Shop) -> None:
        assert shop.nicepay.check() == Checked(clock_ahead_s=0.0)

    def test_a_clock_that_is_wrong_is_told(self, shop: Shop) -> None:
        ahead = {"now": "2026-11-23T14:05:00.000+0900"}
        shop.fake.bend = lambda words: words.update(ahead)

        assert shop.nicepay.check().clock_ahead_s == 300.0

    def test_a_gateway_that_is_away_is_told(self, shop: Shop) -> None:
        away = shop.with_contract(base_url="http://127.0.0.1:9")

        checked = away.check()
        assert checked.network
        assert "127.0.0.1:9" in checked.network

    def test_wrong_keys_are_told(self, shop: Shop) -> None:
        checked = shop.with_contract(secret_key=SecretStr("x" * 32)).check()

        assert checked.credentials
        assert "x" * 32 not in repr(checked)

    def test_keys_of_the_other_host_are_told(self, shop: Shop) -> None:
        sandbox = shop.with_contract(client_key=SecretStr("S2_af4543a0be4d49a9"))

        assert "sandbox keys" in (sandbox.check().credentials or "")

    def test_an_address_that_is_not_let_in_is_told(self, shop: Shop) -> None:
        shop.fake.lets_in = False

        assert "IP security" in (shop.nicepay.check().credentials or "")

    @pytest.mark.parametrize("secret", ["k" * 31, "x" * 33])
    def test_a_secret_key_of_another_length_is_refused_unshown(self, secret: str) -> None:
        with pytest.raises(ValidationError) as refused:
            NicepayContract(client_key=SecretStr(CLIENT_KEY), secret_key=secret)  # type: ignore[arg-type]

        assert secret not in str(refused.value)


class TestWebhooks:
    """A notice is a reason to ask; its signature covers transaction and amount."""

    def test_an_approval_and_each_cancel_are_notices_of_their_own(self, shop: Shop) -> None:
        paid = shop.pay()
        first = NICEPAY.read_notice(shop.fake.webhook(ATTEMPT))
        shop.cancel(paid, 10_000, 0)
        second = NICEPAY.read_notice(shop.fake.webhook(ATTEMPT))

        assert isinstance(first, Notice)
        assert isinstance(second, Notice)
        assert first.order_id == second.order_id == ATTEMPT
        assert first.fingerprint != second.fingerprint

    @pytest.mark.parametrize(
        ("forged", "is_genuine"),
        [
            ({}, True),
            ({"buyerName": "누구"}, True),
            ({"amount": 1}, False),
            ({"tid": TID}, False),
            ({"signature": ""}, False),
            ({"signature": None}, False),
            ({"signature": "한글"}, False),
        ],
    )
    def test_a_forged_one_is_not_genuine(
        self, shop: Shop, forged: dict[str, Any], is_genuine: bool
    ) -> None:
        shop.pay()
        body = json.dumps(shop.fake.webhook(ATTEMPT) | forged).encode()

        assert shop.nicepay.is_genuine({}, body) is is_genuine

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"null"])
    def test_what_is_no_notice_is_not_genuine(self, shop: Shop, body: bytes) -> None:
        assert shop.nicepay.is_genuine({}, body) is False

    @pytest.mark.parametrize("words", [{}, {"orderId": 7}, {"orderId": "SHOP-1"}, {"tid": TID}])
    def test_the_dummy_and_what_is_not_ours_are_about_nothing(self, words: dict[str, Any]) -> None:
        assert NICEPAY.read_notice(words) is None

    def test_nicepay_hears_what_it_wants_to_hear(self) -> None:
        assert NICEPAY.thanks == ("OK", "text/html")
        assert GATEWAYS["nicepay"] is NICEPAY


def test_nothing_of_cards_keys_or_credentials_is_told_anywhere(
    shop: Shop, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    order = shop.order()
    with capture_logs() as logs:
        paid = shop.nicepay.charge(order)
        assert isinstance(paid, Approved)
        outcomes = [
            paid,
            shop.issue(card("0113"), order_id("iss", 2)),
            shop.issue(card("9999"), order_id("iss", 3)),
            shop.cancel(paid, 10_000, 0),
            shop.nicepay.find_charge(ATTEMPT),
            shop.nicepay.remove_bill_key(order.acquirer_key, order_id("rk")),
            shop.nicepay.charge(replace(order, order_id=order_id("att", 2))),
            shop.nicepay.check(),
        ]
        shop.fake.next("charge", Fault.RESET)
        outcomes.append(shop.nicepay.charge(replace(order, order_id=order_id("att", 3))))
    told = f"{outcomes!r} {order!r} {shop.nicepay!r} {vars(shop.nicepay)!r} {logs!r}"
    told += f" {vars(shop.nicepay._line)['contract']!r} {caplog.text} {''.join(capfd.readouterr())}"

    sent = [asked.words() for asked in shop.fake.asked if asked.method == "POST"]
    hidden = {card(), card("0113"), KEYED.holder.reveal(), CLIENT_KEY, SECRET_KEY}
    hidden |= {order.acquirer_key.reveal(), card()[-4:] + " "}
    hidden |= {asked.headers["authorization"].removeprefix("Basic ") for asked in shop.fake.asked}
    hidden |= {words["encData"] for words in sent if "encData" in words}
    hidden |= {words["signData"] for words in sent if "signData" in words}
    assert not [one for one in hidden if one in told]
    assert not [one for one in caplog.records if one.name.startswith(("httpx", "httpcore"))]

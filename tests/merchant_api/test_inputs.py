"""Everything a request can have wrong is refused with a pointer and a sentence, never with a 500."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest

from foundation.clock import KST
from foundation.database import Database
from merchant_api.examples import REGISTRATION_REQUEST, WEBHOOK_ENDPOINT_REQUEST
from tests.merchant_api.conftest import Program, card, registration

OPEN = "/v1/registrations"
ABSENT = object()


def with_value(path: str, value: Any, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """A good body with one bad value."""
    changed = copy.deepcopy(body or registration())
    *way, last = path.strip("/").split("/")
    part = changed
    for name in way:
        part = part[name]
    if value is ABSENT:
        del part[last]
    else:
        part[last] = value
    return changed


BAD = [
    ("/order_id", ABSENT, "missing"),
    ("/order_id", None, "wrong_type"),
    ("/order_id", 7, "wrong_type"),
    ("/order_id", "", "too_short"),
    ("/order_id", "x" * 65, "too_long"),
    ("/order_id", " x", "invalid_format"),
    ("/order_id", "x ", "invalid_format"),
    ("/order_id", "x\n", "invalid_format"),
    ("/order_id", "주문", "invalid_format"),
    ("/channel", ABSENT, "missing"),
    ("/channel", "ARS", "unknown_value"),
    ("/channel", ["ars"], "unknown_value"),
    ("/customer", ABSENT, "missing"),
    ("/customer", "홍길동", "wrong_type"),
    ("/customer", [], "wrong_type"),
    ("/customer/ref", ABSENT, "missing"),
    ("/customer/ref", "", "too_short"),
    ("/customer/ref", "  ", "too_short"),
    ("/customer/ref", "x" * 65, "too_long"),
    ("/customer/ref", "a\x00b", "invisible_character"),
    ("/customer/name", "", "too_short"),
    ("/customer/name", " \t ", "too_short"),
    ("/customer/name", "가" * 41, "too_long"),
    ("/customer/name", "홍길동😀", "not_writable"),
    ("/customer/name", "홍\x07길동", "invisible_character"),
    ("/customer/name", "홍\u202e길동", "invisible_character"),
    ("/customer/name", "홍\ufffe길동", "invisible_character"),
    ("/customer/name", "똠방각하", "not_writable"),
    ("/customer/name", "www.shop.kr/a", "link_not_allowed"),
    ("/customer/phone", ABSENT, "missing"),
    ("/customer/phone", 1012345678, "wrong_type"),
    ("/customer/phone", "", "not_a_phone_number"),
    ("/customer/phone", "전화", "not_a_phone_number"),
    ("/customer/phone", "010-1234", "not_a_phone_number"),
    ("/customer/phone", "010-1234-567", "not_a_phone_number"),
    ("/customer/phone", "010-1234-567O", "not_a_phone_number"),
    ("/customer/phone", "010-ABCD-5678", "not_a_phone_number"),
    ("/customer/phone", "010-1234-5678;ext=1", "not_a_phone_number"),
    ("/customer/phone", "홍길동 010-3333-4444", "not_a_phone_number"),
    ("/customer/phone", "011-1234", "not_a_korean_mobile"),
    ("/customer/phone", "0" * 1000, "not_a_phone_number"),
    ("/customer/phone", "02-123-4567", "not_a_korean_mobile"),
    ("/customer/phone", "060-700-1234", "not_a_korean_mobile"),
    ("/customer/phone", "1588-1234", "not_a_korean_mobile"),
    ("/customer/phone", "+1 415 555 2671", "not_a_korean_mobile"),
    ("/customer/email", "a@b.kr", "unknown_field"),
    ("/item", ABSENT, "missing"),
    ("/item", "가" * 41, "too_long"),
    ("/item", "2026", "not_sayable"),
    ("/item", "***", "not_sayable"),
    ("/item", "요금 20260101", "not_sayable"),
    ("/item", "電氣料金", "not_sayable"),
    ("/item", "ガス", "not_sayable"),
    ("/item", "αβγ", "not_sayable"),
    ("/item", "газ", "not_sayable"),
    ("/item", "ㅋㅋㅋ", "not_sayable"),
    ("/item", "ㅁㄴㅇㄹ", "not_sayable"),
    ("/item", "ㅏㅏ", "not_sayable"),
    ("/item", "요금ㅋㅋ", "not_sayable"),
    ("/item", "㎛ 필터", "not_sayable"),
    ("/item", "(주)", "not_sayable"),
    ("/item", "주식회사", "not_sayable"),
    ("/item", "ㆍㆍ", "not_sayable"),
    ("/item", "요금 💳", "not_writable"),
    ("/item", "evil.com 가스", "link_not_allowed"),
    ("/item", "bit.ly 요금", "link_not_allowed"),
    ("/terms", ABSENT, "missing"),
    ("/terms/consent", ABSENT, "missing"),
    ("/terms/consent", "always", "unknown_value"),
    ("/terms/amount", 0, "out_of_range"),
    ("/terms/amount", -1, "out_of_range"),
    ("/terms/amount", 1_000_000_000, "out_of_range"),
    ("/terms/amount", 1.5, "wrong_type"),
    ("/terms/amount", "39000", "wrong_type"),
    ("/terms/amount", True, "wrong_type"),
    ("/terms/amount", 10**400, "out_of_range"),
    ("/terms/billing_day", 0, "out_of_range"),
    ("/terms/billing_day", 32, "out_of_range"),
    ("/trust_phrase", "", "too_short"),
    ("/trust_phrase", "가" * 41, "too_long"),
    ("/trust_phrase", "끝 네 자리 🔑", "not_writable"),
    ("/trust_phrase", "ㅋㅋ", "not_sayable"),
    ("/trust_phrase", "끝자리 ㅋㅋ", "not_sayable"),
    ("/trust_phrase", "<>", "not_sayable"),
    ("/trust_phrase", "!!!", "not_sayable"),
    ("/trust_phrase", "...", "not_sayable"),
    ("/trust_phrase", "-", "not_sayable"),
    ("/expires_in", 299, "out_of_range"),
    ("/expires_in", 2_419_201, "out_of_range"),
    ("/expires_in", None, "wrong_type"),
    ("/expires_in", "86400", "wrong_type"),
    ("/metadata", None, "wrong_type"),
    ("/metadata", ["a"], "wrong_type"),
    ("/metadata", {str(n): "" for n in range(21)}, "too_long"),
    ("/metadata/a", 1, "wrong_type"),
    ("/metadata/a", {"b": "c"}, "wrong_type"),
    ("/metadata/a", "x" * 501, "too_long"),
    ("/metadata/a", "\x00", "invisible_character"),
    ("/item", "요금 9999 0000 0000 0004", "card_number_not_allowed"),
    ("/item", "9999000000000004 요금", "card_number_not_allowed"),
    ("/item", "요금 9999‑0000‑0000‑0004", "card_number_not_allowed"),
    ("/item", "요금 ９９９９ ００００ ００００ ０００４", "card_number_not_allowed"),
    ("/item", "요금 3782 822463 10005", "card_number_not_allowed"),
    ("/item", "1 9999 0000 0000 0004 요금", "card_number_not_allowed"),
    ("/customer/name", "홍 9999-0000-0000-0004", "card_number_not_allowed"),
    ("/trust_phrase", "9999-0000-0000-0004", "card_number_not_allowed"),
    ("/trust_phrase", "9 9 9 9 0 0 0 0 0 0 0 0 0 0 0 4", "card_number_not_allowed"),
    ("/metadata/card", "9999000000000004", "card_number_not_allowed"),
    ("/metadata/card", "4111\u00a01111\u00a01111\u00a01111", "card_number_not_allowed"),
    ("/metadata/card", "tel 010-1234-5678 9999 0000 0000 0004", "card_number_not_allowed"),
    ("/metadata/card", '{"no": "4222222222222"}', "card_number_not_allowed"),
    ("/metadata/card", "6212345678900000003", "card_number_not_allowed"),
    ("/card", "4111", "wrong_type"),
    ("/card", card(), "not_allowed"),
    ("/nonsense", 1, "unknown_field"),
    ("/__proto__", {}, "unknown_field"),
    ("/link_url", None, "unknown_field"),
]
CARD = [
    ("/card", ABSENT, "missing"),
    ("/card", None, "missing"),
    ("/card/number", ABSENT, "missing"),
    ("/card/number", 9999000000000004, "wrong_type"),
    ("/card/number", "9999 0000 0000 0005", "invalid_card_number"),
    ("/card/number", "4111 1111 1111 1112", "invalid_card_number"),
    ("/card/number", "41111111111", "invalid_card_number"),
    ("/card/number", "0000000000000000", "invalid_card_number"),
    ("/card/number", "4" * 4000, "invalid_card_number"),
    ("/card/number", "９９９９000000000004", "invalid_card_number"),
    ("/card/expiry_month", 0, "invalid_expiry"),
    ("/card/expiry_month", 13, "invalid_expiry"),
    ("/card/expiry_month", "December", "wrong_type"),
    ("/card/expiry_month", True, "wrong_type"),
    ("/card/expiry_year", 2020, "card_expired"),
    ("/card/expiry_year", "20", "card_expired"),
    ("/card/expiry_year", 2199, "invalid_expiry"),
    ("/card/expiry_year", 203, "invalid_expiry"),
    ("/card/birth_or_business_number", 900101, "wrong_type"),
    ("/card/birth_or_business_number", "901301", "invalid_holder"),
    ("/card/birth_or_business_number", "9001011", "invalid_holder"),
    ("/card/birth_or_business_number", "9001011234567", "invalid_holder"),
    ("/card/birth_or_business_number", "2208162518", "invalid_holder"),
    ("/card/password_two_digits", "1", "invalid_password"),
    ("/card/password_two_digits", "123", "invalid_password"),
    ("/card/password_two_digits", "1234", "invalid_password"),
    ("/card/password_two_digits", "１２", "invalid_password"),
    ("/card/cvc", "123", "unknown_field"),
]


@pytest.fixture
def kind() -> str:
    """Checks of fields never reach a database; one kind is enough."""
    return "sqlite"


def test_every_bad_field_is_named_with_a_sentence(program: Program) -> None:
    for pointer, value, code in BAD:
        body = with_value(pointer, value)
        refused = program.post(OPEN, body)

        assert (refused.status_code, refused.json["code"]) == (422, "invalid_request"), pointer
        faults = {(fault["param"], fault["code"]) for fault in refused.json["errors"]}
        assert (pointer, code) in faults, (pointer, value, refused.json)
        assert all(fault["detail"].endswith((".", "…")) for fault in refused.json["errors"])


def test_every_bad_card_field_is_named_and_its_value_is_not(program: Program) -> None:
    good = registration(channel="card", card=card())
    for pointer, value, code in CARD:
        refused = program.post(OPEN, with_value(pointer, value, good))

        assert refused.status_code == 422, (pointer, value)
        assert refused.json["param"] == pointer
        assert refused.json["errors"][0]["code"] == code, (pointer, value, refused.json)
        if isinstance(value, str) and len(value) > 4:
            assert value not in refused.text


@pytest.mark.parametrize(
    ("pointer", "value", "remedy"),
    [
        ("/customer/name", "가" * 200, "Write at most 40 characters."),
        ("/item", "가" * 41, "Write at most 40 characters."),
        ("/trust_phrase", "가" * 41, "Write at most 40 characters."),
        ("/order_id", "x" * 65, "String should have at most 64 characters."),
        ("/metadata", {str(n): "" for n in range(21)}, "Give at most 20 items."),
    ],
)
def test_what_is_too_long_is_told_its_limit(
    program: Program, pointer: str, value: Any, remedy: str
) -> None:
    refused = program.post(OPEN, with_value(pointer, value))

    assert refused.json["errors"][0]["code"] == "too_long"
    assert remedy in refused.json["detail"]


def test_all_faults_are_named_at_once(program: Program) -> None:
    body = registration(order_id="", item="1", channel="card", extra=1)
    body["customer"]["phone"] = "02-123-4567"

    refused = program.post(OPEN, body)

    assert refused.json["param"] is None
    assert {fault["param"] for fault in refused.json["errors"]} == {
        "/order_id",
        "/item",
        "/extra",
        "/customer/phone",
        "/card",
    }
    assert "5 fields" in refused.json["detail"]


def test_what_could_be_a_card_number_is_not_repeated_even_as_a_name(program: Program) -> None:
    refused = program.post(OPEN, registration() | {"9999 0000 0000 0004": 1, "a/b~c" * 20: 1})

    assert "0000" not in refused.text
    pointers = {fault["param"] for fault in refused.json["errors"]}
    assert pointers == {"/…", "/" + "a~1b~0c" * 8 + "…"}


@pytest.mark.parametrize("name", ["9999 0000 0000 0004", "card 9999\u00a00000\u00a00000\u00a00004"])
def test_a_card_number_is_refused_as_a_name_in_metadata_and_not_repeated(
    program: Program, name: str
) -> None:
    refused = program.post(OPEN, registration(metadata={name: "x"}))

    assert refused.json["errors"][0]["code"] == "card_number_not_allowed"
    assert refused.json["param"].startswith("/metadata/")
    assert "A card number must never be sent here" in refused.json["detail"]
    assert "0000" not in refused.text


@pytest.mark.parametrize(
    "number",
    [
        # Each but the last has thirteen digits or more that end with their right check digit.
        "1732612345675",
        "2026112312345670",
        "010-1234-5674 010-2345-5673",
        "031-123-4567 031-765-4322",
        "9999 0000 0000 0005",
    ],
)
def test_moments_telephones_and_other_numbers_are_no_card_numbers(
    program: Program, number: str
) -> None:
    assert program.post(OPEN, registration(metadata={"number": number})).status_code == 201


def test_ids_of_the_merchant_may_be_any_number(program: Program) -> None:
    body = registration(order_id="4111111111111111")
    body["customer"]["ref"] = "9999000000000004"

    assert program.post(OPEN, body).status_code == 201


@pytest.mark.parametrize(
    "phone",
    ["010-1234-5678", "01012345678", "010 1234 5678", "+82 10-1234-5678", "(010)1234-5678"],
)
def test_a_phone_is_read_as_customers_write_it(program: Program, phone: str) -> None:
    body = registration()
    body["customer"]["phone"] = phone

    opened = program.post(OPEN, body)

    assert opened.json["customer"]["phone"] == "+821012345678"


def test_an_old_mobile_prefix_is_taken(program: Program) -> None:
    body = registration()
    body["customer"]["phone"] = "011-234-5678"

    assert program.post(OPEN, body).json["customer"]["phone"] == "+82112345678"


@pytest.mark.parametrize("name", ["12345", "홍123456", "洪吉童", "Ярослав", "ㅎㅎ"])
def test_a_customers_name_is_not_read_out_and_needs_not_be_sayable(
    program: Program, name: str
) -> None:
    body = registration()
    body["customer"]["name"] = name

    assert program.post(OPEN, body).json["customer"]["name"] == name


def test_names_are_composed_and_their_spaces_made_single(program: Program) -> None:
    body = registration(item="  LPG \u00a0 요금 ")
    body["customer"]["name"] = "홍길동"

    opened = program.post(OPEN, body).json

    assert opened["customer"]["name"] == "홍길동"
    assert opened["item"] == "LPG 요금"


def test_letters_that_no_voice_says_are_named_with_the_remedy(program: Program) -> None:
    refused = program.post(OPEN, registration(item="요금ㅋㅋ 料金"))

    assert refused.json["param"] == "/item"
    assert refused.json["detail"] == (
        "This is read out in a call: no voice says 'ㅋ', '料', '金'. "
        "Write it in Hangul or Latin letters."
    )


@pytest.mark.parametrize(
    "item",
    [
        "전기ㆍ가스요금",
        "전기·가스",
        "㈜한빛 요금",
        "(주)한빛",
        "Café ‘봄’",
        "20㎏ 쌀",
        "ＬＰＧ 요금",
        "R&D 100%",
    ],
)
def test_marks_among_letters_do_not_keep_an_item_from_being_read_out(
    program: Program, item: str
) -> None:
    assert program.post(OPEN, registration(item=item)).status_code == 201


@pytest.mark.parametrize("phrase", ["3512", "끝 네 자리: 3512", "A-7"])
def test_a_trust_phrase_may_be_of_digits(program: Program, phrase: str) -> None:
    assert program.post(OPEN, registration(trust_phrase=phrase)).status_code == 201


@pytest.mark.parametrize(
    ("month", "year"), [("08", "39"), (8, 39), ("8", 2039), (8, "2039"), ("08", 2039)]
)
def test_months_and_years_are_read_as_forms_send_them(
    program: Program, month: object, year: object
) -> None:
    given = card(expiry_month=month, expiry_year=year)

    opened = program.post(OPEN, registration(channel="card", card=given))

    assert opened.status_code == 201


def test_a_card_is_good_to_the_end_of_its_month_in_korea(
    program: Program, database: Database
) -> None:
    today = database.clock.now().astimezone(KST)
    last = datetime(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1, tzinfo=KST)

    def opens(moment: datetime) -> int:
        given = card(expiry_month=moment.month, expiry_year=moment.year)
        return program.post(OPEN, registration(channel="card", card=given)).status_code

    assert opens(today) == 201
    assert opens(last) == 422


@pytest.mark.parametrize(
    "number", ["3782 822463 10005", "3056-930902-5904", "4111111111111111", "9410000000000001"]
)
def test_cards_of_every_length_and_kind_are_taken(program: Program, number: str) -> None:
    opened = program.post(OPEN, registration(channel="card", card=card(number=number)))

    assert opened.status_code == 201


def test_a_company_card_is_taken_with_its_business_number(program: Program) -> None:
    given = card(birth_or_business_number="220-81-62517")

    assert program.post(OPEN, registration(channel="card", card=given)).status_code == 201


def test_the_largest_sensible_request_fits(program: Program) -> None:
    metadata = {f"{'열' * 38}{number:02}": "가" * 500 for number in range(20)}

    opened = program.post(OPEN, registration(metadata=metadata))

    assert opened.json["metadata"] == metadata


def test_the_examples_of_the_documentation_are_accepted(program: Program) -> None:
    opened = program.post(OPEN, REGISTRATION_REQUEST)
    added = program.post("/v1/webhook_endpoints", WEBHOOK_ENDPOINT_REQUEST)

    assert (opened.status_code, added.status_code) == (201, 201)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"", 422),
        (b"  ", 422),
        (b"{", 400),
        (b"null", 400),
        (b"[]", 400),
        (b'"text"', 400),
        (b"{}x", 400),
        (b"\xff\xfe", 400),
        (b'{"order_id": "\xed\xa0\x80"}', 400),
        (b'{"order_id": "\\ud800"}', 400),
        (b'{"\\udc00": 1}', 400),
        (b'{"a": 1, "a": 2}', 400),
        (b'{"terms": {"amount": 1, "amount": 39000}}', 400),
        (b'{"a": NaN}', 400),
        (b'{"a": -Infinity}', 400),
        (b'{"a": ' + b"9" * 5000 + b"}", 400),
        (b'{"a": ' + b"[" * 9 + b"]" * 9 + b"}", 400),
        (b"[" * 60_000, 400),
        (b'{"a":' * 10_000, 400),
        (b'{"a": "' + b"x" * 65_536 + b'"}', 413),
    ],
)
def test_bodies_that_are_no_object_are_refused(program: Program, text: bytes, status: int) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}

    refused = program.send("POST", OPEN, headers=headers, data=text)

    assert refused.status_code == status
    assert refused.content_type == "application/problem+json"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"{", "it is not well-formed JSON"),
        (b"\xef\xbb\xbf{}", "it begins with a byte order mark"),
        (b"\xff\xfe", "it is not UTF-8"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number has more than 1000 digits"),
        (b'{"a": NaN}', "JSON has no NaN"),
        (b'{"a": 1, "a": 2}', "a member occurs twice"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_why(program: Program, text: bytes, why: str) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}

    refused = program.send("POST", OPEN, headers=headers, data=text)

    assert (refused.status_code, refused.json["code"]) == (400, "malformed_json")
    assert refused.json["detail"].startswith(f"The body cannot be read: {why}")


@pytest.mark.parametrize(("spaces", "status"), [(0, 422), (65_536 - 2, 422), (65_536 - 1, 413)])
def test_a_body_in_pieces_has_the_same_limit(program: Program, spaces: int, status: int) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    pieces = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    body = BytesIO(b"{" + b" " * spaces + b"}")

    refused = program.send(
        "POST", OPEN, headers=headers, input_stream=body, environ_overrides=pieces
    )

    assert refused.status_code == status


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/xml"])
def test_a_body_not_declared_as_json_is_refused(program: Program, content_type: str | None) -> None:
    headers = {"Idempotency-Key": "k"} | ({"Content-Type": content_type} if content_type else {})

    refused = program.send("POST", OPEN, headers=headers, data=json.dumps(registration()))

    assert (refused.status_code, refused.json["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=101", "/limit"),
        ("limit=many", "/limit"),
        ("limit=", "/limit"),
        ("limit=1&limit=2", "/limit"),
        ("status=done", "/status"),
        ("status=", "/status"),
        ("order_id=%00", "/order_id"),
        ("customer_ref=%00", "/customer_ref"),
        ("customer_ref=" + "x" * 65, "/customer_ref"),
        ("created_after=yesterday", "/created_after"),
        ("created_after=2026-01-01T00:00:00", "/created_after"),
        ("created_after=0001-01-01T00:00:00%2B14:00", "/created_after"),
        ("created_before=9999-12-31T23:59:59-14:00", "/created_before"),
        ("starting_after=reg_0", "/starting_after"),
        ("starting_after=%00", "/starting_after"),
        ("ending_before=whe_1", "/ending_before"),
        ("starting_after=reg_1&ending_before=reg_2", "/ending_before"),
        ("page=2", "/page"),
    ],
)
def test_bad_parameters_are_named(program: Program, query: str, pointer: str) -> None:
    refused = program.send("GET", f"{OPEN}?{query}")

    assert (refused.status_code, refused.json["code"]) == (422, "invalid_request")
    assert refused.json["param"] == pointer


@pytest.mark.parametrize(
    ("written", "shown"),
    [("reg_zzz", "reg_1JZQ…"), ("chg_zzz", "chg_1JZQ…"), ("7", "reg_1JZQ… or bk_1JZQ…")],
)
def test_an_id_that_cannot_be_one_is_told_how_its_kind_looks(
    program: Program, written: str, shown: str
) -> None:
    refused = program.send("GET", f"{OPEN}?starting_after={written}")

    assert refused.json["param"] == "/starting_after"
    assert refused.json["detail"].endswith(f"look like {shown}.")


@pytest.mark.parametrize(
    "path", ["/v1/registrations/%00", "/v1/registrations/' OR 1=1", "/v1/registrations/reg_é"]
)
def test_ids_that_cannot_be_ids_are_not_found(program: Program, path: str) -> None:
    for method, address in (("GET", path), ("POST", f"{path}/cancel")):
        refused = program.send(method, address, headers={"Idempotency-Key": "k"})

        assert (refused.status_code, refused.json["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "registrations/%00/cancel"),
        ("POST", "charges/chg_%00/refunds"),
        ("POST", "events/%00/resend"),
        ("DELETE", "webhook_endpoints/%00"),
        ("DELETE", "bill_keys/bk_%00"),
    ],
)
def test_nothing_is_done_to_what_no_database_takes_as_an_id(
    program: Program, method: str, path: str
) -> None:
    refused = program.send(method, f"/v1/{path}", headers={"Idempotency-Key": "k"})

    assert (refused.status_code, refused.json["code"]) == (404, "not_found")

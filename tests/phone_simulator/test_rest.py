"""The provider's REST API, driven by the provider's own SDK and by plain HTTP."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from phone_simulator.options import ACCOUNT_SID, AUTH_TOKEN
from tests.phone_simulator.conftest import NUMBER, RunningSimulator
from tests.phone_simulator.product import Product

FROM = "+8215441234"
TO = "+821012345678"
BASE = f"/2010-04-01/Accounts/{ACCOUNT_SID}"


@pytest.fixture
def client(simulator: RunningSimulator) -> Client:
    client = Client(ACCOUNT_SID, AUTH_TOKEN)
    client.api.base_url = simulator.url
    return client


def test_a_text_is_created_fetched_listed_redacted_and_deleted(client: Client) -> None:
    created = client.messages.create(to=TO, from_=FROM, body="안녕하세요")
    fetched = client.messages(created.sid or "").fetch()
    listed = client.messages.list(to=TO, date_sent_after=datetime.now(UTC) - timedelta(hours=1))
    redacted = client.messages(created.sid or "").update(body="")

    assert (created.status, created.num_segments, created.error_code) == ("queued", "1", None)
    assert (fetched.body, fetched.direction, fetched.account_sid) == (
        "안녕하세요",
        "outbound-api",
        ACCOUNT_SID,
    )
    assert [message.sid for message in listed] == [created.sid]
    assert redacted.body == ""
    assert client.messages(created.sid or "").delete()
    with pytest.raises(TwilioRestException, match="not found"):
        client.messages(created.sid or "").fetch()


def test_the_answers_have_the_providers_types(simulator: RunningSimulator) -> None:
    reply = simulator.control.post(
        f"{BASE}/Messages.json",
        data={"To": TO, "From": FROM, "Body": "hi"},
        auth=(ACCOUNT_SID, AUTH_TOKEN),
    )

    body = reply.json()
    assert reply.status_code == 201
    assert body["sid"].startswith("SM") and len(body["sid"]) == 34
    assert (body["num_segments"], body["num_media"], body["price"]) == ("1", "0", None)
    assert parsedate_to_datetime(body["date_created"]).utcoffset() == timedelta(0)
    assert body["date_created"].endswith("+0000")
    assert body["uri"] == f"{BASE}/Messages/{body['sid']}.json"
    assert body["subresource_uris"]["media"].endswith("/Media.json")


@pytest.mark.parametrize("auth", [None, (ACCOUNT_SID, "wrong"), ("AC" + "9" * 32, AUTH_TOKEN)])
def test_wrong_credentials_are_refused(
    simulator: RunningSimulator, auth: tuple[str, str] | None
) -> None:
    reply = httpx.get(f"{simulator.url}{BASE}/Messages.json", auth=auth)

    assert reply.status_code == 401
    assert reply.json()["code"] == 20003
    assert set(reply.json()) == {"code", "message", "more_info", "status"}


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"From": FROM, "Body": "x"}, 21604),
        ({"To": TO, "Body": "x"}, 21603),
        ({"To": TO, "From": FROM}, 21602),
        ({"To": TO, "From": FROM, "Body": "x" * 1601}, 21617),
        ({"To": "010-1234-5678", "From": FROM, "Body": "x"}, 21211),
        ({"To": "+8223456789", "From": FROM, "Body": "x"}, 21614),
        ({"To": TO, "From": "LETTERS", "Body": "x"}, 21212),
        ({"To": "+15005550001", "From": FROM, "Body": "x"}, 21211),
        ({"To": "+15005550002", "From": FROM, "Body": "x"}, 21612),
        ({"To": "+15005550003", "From": FROM, "Body": "x"}, 21408),
        ({"To": "+15005550004", "From": FROM, "Body": "x"}, 21610),
        ({"To": "+15005550009", "From": FROM, "Body": "x"}, 21614),
        ({"To": TO, "From": "+15005550001", "Body": "x"}, 21212),
        ({"To": TO, "From": "+15005550007", "Body": "x"}, 21606),
        ({"To": TO, "From": "+15005550008", "Body": "x"}, 21611),
        (
            {"To": TO, "From": FROM, "Body": "x", "StatusCallback": "http://under_score.example/x"},
            21609,
        ),
    ],
)
def test_a_bad_text_has_the_providers_error(
    simulator: RunningSimulator, form: dict[str, str], code: int
) -> None:
    reply = simulator.control.post(
        f"{BASE}/Messages.json", data=form, auth=(ACCOUNT_SID, AUTH_TOKEN)
    )

    body = reply.json()
    assert (reply.status_code, body["status"], body["code"]) == (400, 400, code)
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"


def test_receipts_are_signed_and_in_order(
    simulator: RunningSimulator, product: Product, client: Client
) -> None:
    product.on("/receipts", "")

    message = client.messages.create(
        to=TO, from_=FROM, body="hi", status_callback=f"{product.url}/receipts"
    )

    assert len(product.wait_for("/receipts", 2)) == 2
    receipts = product.at("/receipts")
    assert [receipt.form["MessageStatus"] for receipt in receipts] == ["sent", "delivered"]
    assert all(receipt.is_signed for receipt in receipts)
    assert {receipt.form["MessageSid"] for receipt in receipts} == {message.sid}
    assert len(receipts[1].form["RawDlrDoneDate"]) == 10


def test_a_phone_that_never_gets_texts_ends_undelivered(
    simulator: RunningSimulator, product: Product, client: Client
) -> None:
    product.on("/receipts", "")

    message = client.messages.create(
        to="+821000000404", from_=FROM, body="hi", status_callback=f"{product.url}/receipts"
    )

    assert len(product.wait_for("/receipts", 2)) == 2
    assert product.at("/receipts")[1].form["ErrorCode"] == "30003"
    assert client.messages(message.sid or "").fetch().status == "undelivered"
    assert (
        simulator.control.get("/simulator/texts", params={"to": "010-0000-0404"}).json()["texts"]
        == []
    )


def test_a_late_text_arrives_when_the_clock_of_the_post_is_pushed(
    simulator: RunningSimulator, product: Product, client: Client
) -> None:
    product.on("/receipts", "")
    client.messages.create(
        to="+821000000408", from_=FROM, body="hi", status_callback=f"{product.url}/receipts"
    )
    inbox = "/simulator/texts?to=%2B821000000408"

    before = simulator.control.get(inbox).json()["texts"]
    simulator.control.post("/simulator/clock", json={"advance": 31})

    assert before == []
    assert len(simulator.control.get(inbox).json()["texts"]) == 1
    assert len(product.wait_for("/receipts", 2)) == 2


def test_receipts_can_come_in_any_order_and_the_record_never_goes_back(
    simulator: RunningSimulator, product: Product, client: Client
) -> None:
    product.on("/receipts", "")
    order = ["delivered", "sent", "delivered"]
    simulator.control.post(
        "/simulator/faults", json={"text": "receipts", "to": TO, "receipts": order}
    )

    message = client.messages.create(
        to=TO, from_=FROM, body="hi", status_callback=f"{product.url}/receipts"
    )

    assert len(product.wait_for("/receipts", 3)) == 3
    assert [receipt.form["MessageStatus"] for receipt in product.at("/receipts")] == order
    assert client.messages(message.sid or "").fetch().status == "delivered"


@pytest.mark.parametrize(
    ("mode", "status", "code"), [("400", 400, 20001), ("429", 429, 20429), ("500", 500, 20500)]
)
def test_the_provider_can_have_a_bad_moment(
    simulator: RunningSimulator, client: Client, mode: str, status: int, code: int
) -> None:
    simulator.control.post("/simulator/faults", json={"provider": mode})

    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=TO, from_=FROM, body="hi")

    assert (refused.value.status, refused.value.code) == (status, code)
    assert client.messages.create(to=TO, from_=FROM, body="hi").sid


def test_a_silent_provider_answers_nothing_and_sends_nothing(simulator: RunningSimulator) -> None:
    simulator.control.post("/simulator/faults", json={"provider": "silent"})

    with pytest.raises(httpx.TimeoutException):
        httpx.post(
            f"{simulator.url}{BASE}/Messages.json",
            data={"To": TO, "From": FROM, "Body": "x"},
            auth=(ACCOUNT_SID, AUTH_TOKEN),
            timeout=0.3,
        )

    assert simulator.board.texts == {}
    simulator.board.awake.set()


def test_a_lost_answer_leaves_the_text_sent(simulator: RunningSimulator) -> None:
    simulator.control.post("/simulator/faults", json={"provider": "lost"})

    with pytest.raises(httpx.TransportError):
        httpx.post(
            f"{simulator.url}{BASE}/Messages.json",
            data={"To": TO, "From": FROM, "Body": "x"},
            auth=(ACCOUNT_SID, AUTH_TOKEN),
        )

    assert len(simulator.board.texts) == 1


def test_the_inbox_shows_what_the_customer_sees(
    simulator: RunningSimulator, client: Client
) -> None:
    client.messages.create(to=TO, from_=FROM, body="똠 등록 😀")

    text = simulator.control.get("/simulator/texts", params={"to": "010-1234-5678"}).json()[
        "texts"
    ][0]

    assert text["preview"] == "[Web발신]\n? 등록 ?"
    assert text["not_carried"] == ["똠", "😀"]
    assert text["kind"] == "SMS"


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("a" * 160, "1"),
        ("a" * 161, "2"),
        ("가" * 70, "1"),
        ("가" * 71, "2"),
        ("€" * 80, "1"),
        ("€" * 81, "2"),
    ],
    ids=["160 plain", "161 plain", "70 Korean", "71 Korean", "80 extended", "81 extended"],
)
def test_segments_are_counted_as_the_provider_counts(
    client: Client, body: str, segments: str
) -> None:
    assert client.messages.create(to=TO, from_=FROM, body=body).num_segments == segments


def test_numbers_are_listed_changed_bought_and_released(client: Client) -> None:
    owned = client.incoming_phone_numbers.list(page_size=1000)
    changed = client.incoming_phone_numbers(owned[0].sid or "").update(
        voice_url="https://x.example/v#rc=2"
    )
    bought = client.incoming_phone_numbers.create(
        phone_number="+827090001001", voice_url="https://x.example/v"
    )

    assert [number.phone_number for number in owned] == [NUMBER]
    assert changed.voice_url == "https://x.example/v#rc=2"
    assert len(client.incoming_phone_numbers.list(phone_number="+827090001001")) == 1
    assert client.incoming_phone_numbers(bought.sid or "").delete()
    assert len(client.incoming_phone_numbers.list()) == 1


def test_a_long_list_comes_in_pages(client: Client) -> None:
    for tail in range(5):
        client.incoming_phone_numbers.create(phone_number=f"+8270900010{tail:02}")

    listed = client.incoming_phone_numbers.list(page_size=2)

    assert len({number.sid for number in listed}) == 6


def test_a_page_has_all_paging_fields(simulator: RunningSimulator) -> None:
    body = simulator.control.get(
        f"{BASE}/IncomingPhoneNumbers.json", auth=(ACCOUNT_SID, AUTH_TOKEN)
    ).json()

    expected = {
        "end",
        "first_page_uri",
        "next_page_uri",
        "page",
        "page_size",
        "previous_page_uri",
        "start",
        "uri",
    }
    assert expected < set(body)


def test_korean_numbers_are_for_sale(client: Client) -> None:
    assert client.available_phone_numbers("KR").fetch().country_code == "KR"
    assert client.available_phone_numbers("KR").mobile.list(limit=2)[0].iso_country == "KR"
    assert (
        client.available_phone_numbers("KR").local.list(contains="+827090001000*")[0].phone_number
    )


def test_a_call_is_fetched_and_ended(
    simulator: RunningSimulator, product: Product, client: Client
) -> None:
    product.on("/voice", '<Pause length="600"/>')
    product.on("/status", "")
    sid = simulator.control.post(
        "/simulator/calls", json={"from": "010-1234-5678", "to": NUMBER}
    ).json()["sid"]

    assert client.calls(sid).fetch().status in ("ringing", "in-progress")
    assert client.calls(sid).update(status="completed").status == "completed"
    assert len(product.wait_for("/status", 1)) == 1
    assert client.calls.list(from_="+821012345678")[0].sid == sid
    with pytest.raises(TwilioRestException):
        client.calls(sid).update(status="completed")


def test_the_account_itself_can_be_fetched(client: Client) -> None:
    assert client.api.accounts(ACCOUNT_SID).fetch().status == "active"

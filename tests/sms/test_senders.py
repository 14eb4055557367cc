"""What every sender of texts keeps, the fake and Twilio's adapter over a real socket alike."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest
from structlog.testing import capture_logs

from foundation.clock import stopwatch
from foundation.phone_number import PhoneNumber
from sms.provider import Deferred, Outcome, OutgoingText, Refused, Sent, TextSender, Unknown
from sms.texts import TextStatus
from sms.twilio_texts import CODES, LATER, TwilioTexts, read_answer
from tests.sms.fakes import (
    ACCOUNT,
    CALLBACK,
    NUMBER,
    OUTCOMES,
    TAKEN,
    TOKEN,
    FakeTexts,
    Situation,
)
from tests.sms.pretend_twilio import PretendTwilio, closed_port, pretend_twilio

TEXT = OutgoingText("sms_1", PhoneNumber("+821012345678"), "[한빛학원] 결제 & 완료\n39,500원")
OTHER = PhoneNumber("+821087654321")
# Where the peer never comes to an end; everywhere else a busy machine gets all the time it needs.
NEVER_DONE = (Situation.SILENT, Situation.DRIPS_HEADERS, Situation.DRIPS_BODY)
DEADLINE_S = 0.4
PATIENCE_S = 30.0


@pytest.fixture
def twilio() -> Iterator[PretendTwilio]:
    with pretend_twilio() as server:
        yield server


class Adapters:
    """Makes Twilio's adapters, and closes them when the test is over."""

    def __init__(self) -> None:
        self.made: list[TwilioTexts] = []

    def __call__(
        self,
        base_url: str,
        sender: str = NUMBER,
        auth_token: str = TOKEN,
        deadline_s: float = PATIENCE_S,
    ) -> TwilioTexts:
        made = TwilioTexts(
            base_url=base_url,
            account_sid=ACCOUNT,
            auth_token=auth_token,
            sender=sender,
            status_callback=CALLBACK,
            deadline_s=deadline_s,
        )
        self.made.append(made)
        return made


@pytest.fixture
def adapter() -> Iterator[Adapters]:
    adapters = Adapters()
    yield adapters
    for made in adapters.made:
        made.close()


SenderIn = Callable[[Situation], TextSender]


@pytest.fixture(params=["fake", "twilio"])
def sender_in(request: pytest.FixtureRequest, twilio: PretendTwilio, adapter: Adapters) -> SenderIn:
    """One provider that remembers, in one situation after another."""
    fake = FakeTexts()

    def in_situation(situation: Situation) -> TextSender:
        fake.situation = twilio.situation = situation
        gone = situation is Situation.UNREACHABLE
        base_url = f"http://127.0.0.1:{closed_port()}" if gone else twilio.base_url
        return adapter(base_url, deadline_s=deadline_in(situation))

    def faked(situation: Situation) -> TextSender:
        fake.situation = situation
        return fake

    return faked if request.param == "fake" else in_situation


def deadline_in(situation: Situation) -> float:
    return DEADLINE_S if situation in NEVER_DONE else PATIENCE_S


def same(outcome: Outcome) -> Outcome:
    """Without what is different each time: ids, and words for people."""
    match outcome:
        case Sent(_):
            return Sent("")
        case Refused(code, _):
            return Refused(code, "")
        case Unknown(_):
            return Unknown("")
    return outcome


class TestEverySender:
    """The contract of `TextSender`."""

    @pytest.mark.parametrize("situation", Situation)
    def test_every_situation_has_one_outcome(
        self, sender_in: SenderIn, situation: Situation
    ) -> None:
        assert same(sender_in(situation).send(TEXT)) == same(OUTCOMES[situation])

    def test_every_text_gets_an_id_of_its_own(self, sender_in: SenderIn) -> None:
        sender = sender_in(Situation.ACCEPTED)
        sids = {outcome.sid for _ in range(3) if isinstance(outcome := sender.send(TEXT), Sent)}

        assert len(sids) == 3

    @pytest.mark.parametrize("situation", sorted(TAKEN, key=str))
    def test_what_was_taken_is_found_by_its_number_and_words_whatever_was_answered(
        self, sender_in: SenderIn, situation: Situation
    ) -> None:
        other = OutgoingText("sms_2", TEXT.to, "[한빛학원] 다른 말")
        sender_in(situation).send(TEXT)
        sender_in(Situation.ACCEPTED).send(other)
        sender_in(Situation.ACCEPTED).send(OutgoingText("sms_3", OTHER, TEXT.body))

        found = sender_in(Situation.ACCEPTED).find(TEXT)

        assert not isinstance(found, Unknown)
        assert [(each.status, each.error_code) for each in found] == [(TextStatus.SENT, None)]

    def test_the_newest_is_found_first(self, sender_in: SenderIn) -> None:
        sender = sender_in(Situation.ACCEPTED)
        sids = [sent.sid for _ in range(3) if isinstance(sent := sender.send(TEXT), Sent)]
        found = sender.find(TEXT)

        assert not isinstance(found, Unknown)
        assert [each.sid for each in found] == sids[::-1]

    @pytest.mark.parametrize("situation", sorted({Situation.BROKEN, Situation.BUSY}, key=str))
    def test_what_was_never_taken_is_not_found(
        self, sender_in: SenderIn, situation: Situation
    ) -> None:
        sender_in(situation).send(TEXT)

        assert sender_in(Situation.ACCEPTED).find(TEXT) == []

    @pytest.mark.parametrize(
        "situation", [each for each in Situation if each is not Situation.ACCEPTED]
    )
    def test_a_provider_in_trouble_is_no_proof_of_anything(
        self, sender_in: SenderIn, situation: Situation
    ) -> None:
        assert isinstance(sender_in(situation).find(TEXT), Unknown)


def test_twilio_gets_the_text_as_a_signed_in_form(twilio: PretendTwilio, adapter: Adapters) -> None:
    adapter(twilio.base_url).send(TEXT)

    assert twilio.requests == [
        {
            "To": "+821012345678",
            "From": NUMBER,
            "Body": TEXT.body,
            "StatusCallback": f"{CALLBACK}?text=sms_1",
        }
    ]


def test_a_messaging_service_takes_the_place_of_the_number(
    twilio: PretendTwilio, adapter: Adapters
) -> None:
    outcome = adapter(twilio.base_url, sender="MG" + "d" * 32).send(TEXT)

    assert isinstance(outcome, Sent)
    assert twilio.requests[0]["MessagingServiceSid"] == "MG" + "d" * 32
    assert "From" not in twilio.requests[0]


def test_wrong_credentials_raise_an_alarm(twilio: PretendTwilio, adapter: Adapters) -> None:
    with capture_logs() as logs:
        adapter(twilio.base_url, auth_token="wrong").send(TEXT)

    assert [line["log_level"] for line in logs] == ["error"]


def test_a_text_longer_than_twilio_takes_is_refused(
    twilio: PretendTwilio, adapter: Adapters
) -> None:
    outcome = adapter(twilio.base_url).send(OutgoingText("sms_1", TEXT.to, "a" * 1601))

    assert isinstance(outcome, Refused)
    assert outcome.code == "too_long"


@pytest.mark.parametrize("situation", NEVER_DONE)
def test_no_peer_can_stretch_the_deadline(
    twilio: PretendTwilio, adapter: Adapters, situation: Situation
) -> None:
    twilio.situation = situation
    sender, began = adapter(twilio.base_url, deadline_s=DEADLINE_S), stopwatch()
    sender.send(TEXT)

    # The peer would go on for ever; without the deadline this line is never reached.
    assert stopwatch() - began >= DEADLINE_S


def test_after_a_bad_exchange_the_next_one_works(twilio: PretendTwilio, adapter: Adapters) -> None:
    # One deadline for both: short enough to be waited for, long enough for a busy machine.
    sender = adapter(twilio.base_url, deadline_s=2.0)
    twilio.situation = Situation.DRIPS_BODY
    sender.send(TEXT)
    twilio.situation = Situation.ACCEPTED

    assert isinstance(sender.send(TEXT), Sent)


@pytest.mark.parametrize("situation", Situation)
def test_no_log_line_has_the_words_or_the_number(
    twilio: PretendTwilio, adapter: Adapters, caplog: pytest.LogCaptureFixture, situation: Situation
) -> None:
    twilio.situation = situation
    caplog.set_level(logging.DEBUG, "httpx")
    with capture_logs() as logs:
        outcome = adapter(twilio.base_url, deadline_s=deadline_in(situation)).send(TEXT)

    everything = f"{logs}{caplog.text}{outcome!r}{TEXT!r}"
    assert "12345678" not in everything
    assert "한빛학원" not in everything
    assert TOKEN not in everything


def test_closing_gives_the_connections_back(twilio: PretendTwilio, adapter: Adapters) -> None:
    sender = adapter(twilio.base_url)
    sender.send(TEXT)
    sender.close()

    with pytest.raises(RuntimeError, match="closed"):
        sender.send(TEXT)


@pytest.mark.parametrize("code", CODES)
def test_every_code_in_the_table_is_translated(code: int) -> None:
    outcome = read_answer(400, {}, f'{{"code": {code}, "status": 400}}'.encode())

    expected = Deferred("provider_busy") if code in LATER else Refused(CODES[code], "")
    assert same(outcome) == expected


@pytest.mark.parametrize("body", [b"", b"null", b'{"code": "21211"}', b"[" * 5000])
def test_every_status_without_a_readable_body_has_an_outcome(body: bytes) -> None:
    outcomes = {status: read_answer(status, {}, body) for status in range(100, 600)}

    clear = set(range(400, 500)) - {408, 429}
    assert outcomes.pop(429) == Deferred("provider_busy")
    assert {status for status, outcome in outcomes.items() if type(outcome) is Refused} == clear
    assert {type(outcomes[status]) for status in set(outcomes) - clear} == {Unknown}


@pytest.mark.parametrize(
    ("asked", "wait_s"), [("3", 3.0), ("99999", 300.0), ("-1", None), ("nan", None), ("soon", None)]
)
def test_how_long_the_provider_asks_us_to_wait_is_bounded(asked: str, wait_s: float) -> None:
    assert read_answer(429, {"Retry-After": asked}, b"") == Deferred("provider_busy", wait_s)


def test_a_text_taken_and_failed_in_one_answer_is_a_refusal() -> None:
    body = b'{"sid": "SM%s", "status": "failed", "error_code": 30007}' % (b"a" * 32)

    assert same(read_answer(201, {}, body)) == Refused("filtered", "")

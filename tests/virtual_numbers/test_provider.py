"""What every provider of numbers promises, and how Twilio's troubles are told to an operator."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

import pytest

from foundation.errors import Refusal, Unavailable
from foundation.phone_number import PhoneNumber
from tests.virtual_numbers.fakes import UNSET, FakeProvider
from tests.virtual_numbers.twilio_double import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    COLLECTION,
    TwilioDouble,
    running_twilio,
)
from virtual_numbers.numbers import VirtualNumber
from virtual_numbers.provider import Provider, ProviderNumber, Webhooks
from virtual_numbers.provider_sync import apply, compare
from virtual_numbers.twilio_numbers import PAUSES_S, TwilioNumbers

WANTED = Webhooks(
    voice_url="https://ars.example/twilio/voice#ct=2000&rc=2",
    voice_fallback_url="https://fallback.example/voice",
    status_callback="https://ars.example/twilio/call-status",
)
TOO_MANY = (429, b'{"code": 20429, "message": "Too many requests"}')


class Renter(Protocol):
    """The other side of a provider, on which numbers appear."""

    def rents(self, sid: str, phone_number: str, **fields: str) -> None: ...


class ProviderContract:
    """Run over everything that calls itself a Provider."""

    def test_an_account_without_numbers_has_none(self, provider: Provider) -> None:
        assert provider.list_numbers() == []

    def test_all_numbers_are_listed_however_many_pages_they_fill(
        self, provider: Provider, renter: Renter
    ) -> None:
        for position in range(5):
            renter.rents(f"PN{position}", f"+8270123456{position:02}")

        assert [each.number.e164 for each in provider.list_numbers()] == [
            f"+8270123456{position:02}" for position in range(5)
        ]

    def test_settings_are_read_and_unset_ones_are_empty(
        self, provider: Provider, renter: Renter
    ) -> None:
        renter.rents("PN1", "+827012345678", trunk_sid="TK1")

        (found,) = provider.list_numbers()

        assert found.webhooks.trunk_sid == "TK1"
        assert found.webhooks.voice_url == UNSET.voice_url == ""

    def test_webhooks_are_set_on_that_number_and_no_other(
        self, provider: Provider, renter: Renter
    ) -> None:
        renter.rents("PN1", "+827012345678", voice_application_sid="AP1", trunk_sid="TK1")
        renter.rents("PN2", "+827012345679")
        provider.set_webhooks("PN1", WANTED)
        provider.set_webhooks("PN1", WANTED)

        first, second = provider.list_numbers()

        assert first == ProviderNumber("PN1", first.number, WANTED)
        assert second.webhooks == UNSET

    def test_a_fallback_that_is_not_ours_to_say_stays(
        self, provider: Provider, renter: Renter
    ) -> None:
        renter.rents("PN1", "+827012345678", voice_fallback_url="https://theirs.example")
        wanted = replace(WANTED, voice_fallback_url=None)
        provider.set_webhooks("PN1", wanted)

        (found,) = provider.list_numbers()

        assert found.webhooks.voice_fallback_url == "https://theirs.example"
        assert compare([VirtualNumber(e164=found.number)], [found], wanted) == []

    def test_a_number_that_is_not_there_is_refused(self, provider: Provider) -> None:
        with pytest.raises(Refusal) as refusal:
            provider.set_webhooks("PN9", WANTED)

        assert refusal.value.code == "number_provider_refused"

    def test_after_everything_was_set_nothing_differs(
        self, provider: Provider, renter: Renter
    ) -> None:
        renter.rents("PN1", "+827012345678", voice_method="GET", trunk_sid="TK1")
        pool = [VirtualNumber(e164=PhoneNumber("+827012345678"))]

        changed = apply(provider, compare(pool, provider.list_numbers(), WANTED), WANTED)

        assert changed == 1
        assert compare(pool, provider.list_numbers(), WANTED) == []


class TestFakeProvider(ProviderContract):
    """The fake keeps the contract."""

    @pytest.fixture
    def renter(self) -> FakeProvider:
        return FakeProvider()

    @pytest.fixture
    def provider(self, renter: FakeProvider) -> FakeProvider:
        return renter


class TestTwilioNumbers(ProviderContract):
    """Twilio's adapter keeps the contract, and has troubles of its own."""

    @pytest.fixture
    def renter(self) -> Iterator[TwilioDouble]:
        with running_twilio() as twilio:
            yield twilio

    @pytest.fixture
    def waits(self) -> list[float]:
        return []

    @pytest.fixture
    def provider(self, renter: TwilioDouble, waits: list[float]) -> Iterator[TwilioNumbers]:
        twilio = TwilioNumbers(
            account_sid=ACCOUNT_SID,
            auth_token=AUTH_TOKEN,
            base_url=f"{renter.url}/",
            wait=waits.append,
        )
        yield twilio
        twilio.close()

    def test_a_full_page_is_asked_for(self, provider: TwilioNumbers, renter: TwilioDouble) -> None:
        provider.list_numbers()

        assert renter.requests == [f"GET {COLLECTION}.json?PageSize=1000"]

    def test_too_many_requests_are_waited_out(
        self, provider: TwilioNumbers, renter: TwilioDouble, waits: list[float]
    ) -> None:
        renter.rents("PN1", "+827012345678")
        renter.failures = [TOO_MANY, TOO_MANY]

        assert len(provider.list_numbers()) == 1
        assert waits == [1.0, 2.0]

    def test_too_many_requests_for_too_long_are_told(
        self, provider: TwilioNumbers, renter: TwilioDouble, waits: list[float]
    ) -> None:
        renter.failures = [TOO_MANY] * (len(PAUSES_S) + 1)

        with pytest.raises(Unavailable, match="Too many requests"):
            provider.list_numbers()

        assert waits == list(PAUSES_S)

    @pytest.mark.parametrize(
        "answer",
        [
            (200, b"<html>a proxy</html>"),
            (200, b"[]"),
            (200, b"{}"),
            (200, b'{"incoming_phone_numbers": [{"sid": "PN1"}]}'),
            (200, b'{"incoming_phone_numbers": null}'),
            (200, b'{"incoming_phone_numbers": [], "next_page_uri": "https://elsewhere/"}'),
            (200, b'{"incoming_phone_numbers": [], "next_page_uri": "@elsewhere/"}'),
            (500, b"oops"),
            (503, b'{"code": 20503, "message": "Service unavailable"}'),
        ],
    )
    def test_an_answer_that_makes_no_sense_is_told_in_one_sentence(
        self, provider: TwilioNumbers, renter: TwilioDouble, answer: tuple[int, bytes]
    ) -> None:
        renter.failures = [answer]

        with pytest.raises(Unavailable) as refusal:
            provider.list_numbers()

        assert refusal.value.code == "number_provider_unavailable"
        assert "\n" not in refusal.value.detail

    def test_a_list_that_never_ends_is_given_up(
        self, provider: TwilioNumbers, renter: TwilioDouble
    ) -> None:
        page = f'{{"incoming_phone_numbers": [], "next_page_uri": "{COLLECTION}.json"}}'
        renter.failures = [(200, page.encode())] * 200

        with pytest.raises(Unavailable, match="does not end"):
            provider.list_numbers()

    def test_wrong_credentials_are_told_by_the_names_of_the_settings(
        self, renter: TwilioDouble
    ) -> None:
        twilio = TwilioNumbers(
            account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN[::-1], base_url=renter.url
        )

        with pytest.raises(Refusal) as refusal:
            twilio.list_numbers()

        twilio.close()
        assert "TWILIO_AUTH_TOKEN" in refusal.value.detail
        assert AUTH_TOKEN[::-1] not in refusal.value.detail

    def test_a_slow_trickle_does_not_outlast_the_deadline(self, renter: TwilioDouble) -> None:
        renter.is_dripping = True
        twilio = TwilioNumbers(
            account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, base_url=renter.url, deadline_s=0.2
        )

        with pytest.raises(Unavailable, match="did not answer in time"):
            twilio.list_numbers()

        twilio.close()

    def test_nobody_there_is_told(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            twilio = TwilioNumbers(
                account_sid=ACCOUNT_SID,
                auth_token=AUTH_TOKEN,
                base_url=f"http://127.0.0.1:{taken.getsockname()[1]}",
            )

            with pytest.raises(Unavailable, match="TWILIO_API_BASE_URL"):
                twilio.list_numbers()

            twilio.close()

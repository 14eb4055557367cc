"""Comparing the pool with the provider: what differs is told, and only that is written."""

from __future__ import annotations

import pytest

from foundation.phone_number import PhoneNumber
from tests.virtual_numbers.fakes import FakeProvider
from tests.virtual_numbers.pool import number
from virtual_numbers.numbers import NumberStatus, VirtualNumber
from virtual_numbers.provider import Webhooks
from virtual_numbers.provider_sync import (
    Difference,
    FieldDiffers,
    OnlyHere,
    OnlyThere,
    apply,
    compare,
)

WANTED = Webhooks(
    voice_url="https://ars.example/twilio/voice",
    voice_fallback_url="https://fallback.example/voice",
    status_callback="https://ars.example/twilio/call-status",
)
AS_WANTED: dict[str, str] = {
    "voice_url": WANTED.voice_url,
    "voice_fallback_url": "https://fallback.example/voice",
    "status_callback": WANTED.status_callback,
    "voice_method": "POST",
    "status_callback_method": "POST",
}


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


def pool_of(size: int, status: NumberStatus = NumberStatus.ACTIVE) -> list[VirtualNumber]:
    return [VirtualNumber(e164=number(position), status=status) for position in range(size)]


def differences(pool: list[VirtualNumber], provider: FakeProvider) -> list[Difference]:
    return compare(pool, provider.list_numbers(), WANTED)


def test_a_number_on_one_side_only_is_told_and_left_alone(provider: FakeProvider) -> None:
    pool = pool_of(1)
    provider.rents("PN9", "+827099999999")

    found = differences(pool, provider)

    assert found == [OnlyHere(number(0)), OnlyThere(PhoneNumber("+827099999999"))]
    assert apply(provider, found, WANTED) == 0
    assert provider.writes == 0


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("voice_url", "https://ars.example/twilio/voice#rc=2"),
        ("voice_method", "GET"),
        ("voice_fallback_url", ""),
        ("status_callback", "https://old.example"),
        ("status_callback_method", "GET"),
        ("voice_application_sid", "AP1"),
        ("trunk_sid", "TK1"),
    ],
)
def test_each_field_that_differs_is_named(provider: FakeProvider, field: str, wrong: str) -> None:
    pool = pool_of(1)
    provider.rents("PN0", number(0).e164, **(AS_WANTED | {field: wrong}))

    assert differences(pool, provider) == [
        FieldDiffers(number(0), "PN0", field, wrong, getattr(WANTED, field))
    ]


def test_only_numbers_that_differ_are_written_and_the_second_run_writes_nothing(
    provider: FakeProvider,
) -> None:
    pool = pool_of(3)
    provider.rents("PN0", number(0).e164, **AS_WANTED)
    provider.rents("PN1", number(1).e164)
    provider.rents("PN2", number(2).e164, **(AS_WANTED | {"trunk_sid": "TK1"}))
    written: list[PhoneNumber] = []

    first = apply(provider, differences(pool, provider), WANTED, after_each=written.append)
    second = apply(provider, differences(pool, provider), WANTED)

    assert (first, second) == (2, 0)
    assert written == [number(1), number(2)]
    assert differences(pool, provider) == []


def test_a_retired_number_may_be_gone_but_while_there_it_must_ring_here(
    provider: FakeProvider,
) -> None:
    pool = pool_of(2, NumberStatus.RETIRED)
    provider.rents("PN1", number(1).e164, **(AS_WANTED | {"voice_method": "GET"}))

    assert differences(pool, provider) == [
        FieldDiffers(number(1), "PN1", "voice_method", "GET", "POST")
    ]

"""What an operator of each gateway sets, and the fake at the other end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import pytest

from foundation.clock import Clock
from tests.gateways import fake_nicepay, fake_portone, fake_tosspayments
from tests.gateways.fake_nicepay import FakeNicepay
from tests.gateways.fake_portone import FakePortone
from tests.gateways.fake_tosspayments import FakeTossPayments


class Fake(Protocol):
    """What a story needs of a fake gateway."""

    url: str

    def live_keys(self) -> set[str]: ...
    def captured(self) -> int: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class Installation:
    """The settings of a gateway beside its address, and a card that works there."""

    name: str
    fake: Callable[[Clock], Fake]
    settings: dict[str, str]
    card: str

    def is_chosen(self, monkeypatch: pytest.MonkeyPatch, fake: Fake) -> None:
        """Set what an operator sets, and nothing else."""
        address = {"ACQUIRER": self.name, f"{self.name.upper()}_BASE_URL": fake.url}
        for variable, value in {**self.settings, **address}.items():
            monkeypatch.setenv(variable, value)


INSTALLATIONS = (
    Installation(
        "nicepay",
        FakeNicepay,
        {
            "NICEPAY_CLIENT_KEY": fake_nicepay.CLIENT_KEY,
            "NICEPAY_SECRET_KEY": fake_nicepay.SECRET_KEY,
        },
        "4000000000000002",
    ),
    Installation(
        "portone",
        FakePortone,
        {
            "PORTONE_API_SECRET": fake_portone.SECRET,
            "PORTONE_STORE_ID": fake_portone.STORE,
            "PORTONE_CHANNEL_KEY": fake_portone.CHANNEL,
        },
        "4906251234123459",
    ),
    Installation(
        "tosspayments",
        lambda clock: FakeTossPayments(clock.now),
        {
            "TOSSPAYMENTS_SECRET_KEY": fake_tosspayments.SECRET_KEY,
            "TOSSPAYMENTS_ISSUE_BY_CARD": "1",
        },
        "4906251234123459",
    ),
)

"""What an operator of each gateway sets, and the fake at the other end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import pytest

from foundation.clock import Clock
from tests.gateways import fake_portone
from tests.gateways.fake_portone import FakePortOne


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
        "portone",
        FakePortOne,
        {
            "PORTONE_API_SECRET": fake_portone.API_SECRET,
            "PORTONE_STORE_ID": fake_portone.STORE_ID,
            "PORTONE_CHANNEL_KEY": fake_portone.CHANNEL_KEY,
            "PORTONE_WEBHOOK_SECRET": fake_portone.WEBHOOK_SECRET,
        },
        fake_portone.GOOD_CARD,
    ),
)

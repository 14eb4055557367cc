"""Fixtures for tests with real processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.master_keys import MasterKeys
from tests.processes.installation import Installation, installation
from tests.sms.pretend_twilio import PretendTwilio, pretend_twilio


@pytest.fixture
def texts() -> Iterator[PretendTwilio]:
    """The text provider, on a real socket."""
    with pretend_twilio() as server:
        yield server


@pytest.fixture
def house(database_url: str, tmp_path: Path, texts: PretendTwilio) -> Iterator[Installation]:
    """An installation on each kind of database, with a merchant and numbers; nothing runs yet."""
    with installation(
        database_url,
        tmp_path,
        MASTER_KEYS=MasterKeys.generate("m1"),
        TWILIO_API_BASE_URL=texts.base_url,
        TEXT_SENDER="+827000000000",
    ) as made:
        made.prepare()
        yield made

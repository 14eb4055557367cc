"""Fixtures for stories."""

from __future__ import annotations

import pytest

from foundation.database import Database
from foundation.master_keys import MasterKeys
from tests.conftest import SteppedWorker
from tests.stories.caller import Caller
from tests.stories.service import Service


@pytest.fixture
def service(database: Database, masters: MasterKeys, stepped: SteppedWorker) -> Service:
    """The product on both databases."""
    return Service(database, masters, stepped)


@pytest.fixture
def caller(service: Service) -> Caller:
    """The customer of the stories."""
    return Caller(service)

"""The service, a browser and a page, for tests of the handset."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from embedded.service import Address
from tests.handset.surroundings import quiet, running_browser, running_service

# Imported, so that the page can be looked at with a pretend product behind it, which is quick.
from tests.phone_simulator.conftest import one_simulator, product, simulator  # noqa: F401

WIDE = {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with running_service(tmp_path_factory.mktemp("handset")) as address:
        yield address


# Not for the whole session: while it lives this thread has an event loop, which other tests must not find.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page, about which the browser may not have complained in the end."""
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    opened = context.new_page()
    complaints = quiet(opened)
    yield opened
    context.close()

    assert complaints == []

"""What a person has who tries the handset: the whole service on this machine, and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from embedded import service
from embedded.processes import free_port, process_tree

CHROMIUM = "/usr/bin/chromium"
# No sandbox because tests run as root, and no words with the world outside.
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
)
# Two cores shared with whatever else runs on the machine.
PATIENCE_MS = 40_000


@contextmanager
def running_service(folder: Path) -> Iterator[service.Address]:
    """Web server, worker and simulator with demo data, on free ports, as `make run` starts them."""
    address = service.Address(free_port(), free_port())
    with process_tree(service.environment_of(folder, address), folder / "logs") as tree:
        service.start(tree, folder, address)
        yield address


@contextmanager
def running_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


def quiet(page: Page) -> list[str]:
    """Collects what the browser complains about: errors of the page, and parts it was not allowed to load."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.set_default_timeout(PATIENCE_MS)
    return complaints

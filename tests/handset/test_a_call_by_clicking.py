"""From nothing to a paid charge by clicking only, and again from the call script that the page wrote."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from embedded.service import ROOT, Address
from tests.handset.person import Person

CARD = "9999000000000004"
FOREVER_S = 120


@pytest.mark.slow
def test_a_card_is_registered_and_charged_by_clicking_and_the_script_of_it_is_green(
    service: Address, page: Page, tmp_path: Path
) -> None:
    person = Person(page, service.simulator).opens()

    person.asks_for_a_registration().taps_the_number().hurries().follows_the_voice()
    assert "등록이 끝났습니다" in person.hears()
    assert "registration.registered" in _waits_for(person, "Webhooks", "signature verified")

    person.puts_the_phone_down().asks_for_a_charge().taps_the_number(2).follows_the_voice()
    assert "결제가 끝났습니다" in person.hears()
    expect(page.get_by_role("heading", name="That was a whole call")).to_be_visible()
    _waits_for(person, "Webhooks", "charge.approved")

    script = person.saves_the_script()
    page.get_by_role("button", name="Instantly").click()
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("As written")
    assert _replayed(script, service, tmp_path)["ok"]
    _nothing_shows_the_card(page, service)


def _waits_for(person: Person, tab: str, words: str) -> str:
    person.looks_at(tab)
    panel = person.page.get_by_role("tabpanel")
    expect(panel).to_contain_text(words)
    return panel.inner_text()


def _replayed(script: str, service: Address, folder: Path) -> dict[str, Any]:
    """What `ars call` says about it; its failures are what a failing test shows."""
    file = folder / "saved.yaml"
    file.write_text(script, encoding="utf-8")
    words = ["call", str(file), "--simulator", service.simulator, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "app", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=FOREVER_S,
        check=False,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    failures = [
        failure for run in result["runs"] for call in run["calls"] for failure in call["failures"]
    ]
    assert failures == []
    return result


def _nothing_shows_the_card(page: Page, service: Address) -> None:
    """Neither what the simulator tells about its calls, nor what the page shows and keeps."""
    page.get_by_role("button", name="Close").click()
    for call in _get(service, "/simulator/calls")["calls"]:
        assert CARD not in json.dumps(_get(service, f"/simulator/calls/{call['sid']}"))
    page.get_by_role("tab", name="Call", exact=True).click()
    page.evaluate(
        "document.querySelectorAll('#inspector details').forEach((box) => (box.open = true))"
    )
    assert CARD not in page.locator("#inspector").inner_text()
    assert CARD not in page.evaluate("JSON.stringify(localStorage)")


def _get(service: Address, path: str) -> Any:
    with urllib.request.urlopen(service.simulator + path, timeout=20) as answer:
        return json.loads(answer.read())

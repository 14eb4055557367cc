"""The page with a pretend product behind it: keys, switches, many callers, small screens, people who cannot see."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from phone_simulator.options import ACCOUNT_SID, AUTH_TOKEN
from tests.handset.person import Person
from tests.handset.surroundings import quiet
from tests.phone_simulator.conftest import NUMBER, RunningSimulator
from tests.phone_simulator.product import Product, ask, say

PHONE = "+821000000001"
INBOX = "010-0000-0001"
CALLERS = 50


@pytest.fixture
def person(simulator: RunningSimulator, product: Product, page: Page) -> Person:
    """Somebody whose telephone has got a text with a number to call."""
    product.on("/voice", ask("동의하시면 1번을 눌러 주세요.", "/next", numDigits="1", timeout="60"))
    product.on("/next", ask("카드번호를 눌러 주세요.", "/card", numDigits="16", timeout="60"))
    product.on("/card", say("등록되었습니다.") + "<Hangup/>")
    product.on("/status", "")
    form = {
        "To": PHONE,
        "From": "+8215441234",
        "Body": f"전화해 주세요.\n{NUMBER.replace('+82', '0')}",
    }
    path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    assert (
        simulator.control.post(path, data=form, auth=(ACCOUNT_SID, AUTH_TOKEN)).status_code == 201
    )
    return Person(page, simulator.url).opens().hurries()


def test_the_computers_keyboard_and_a_pasted_card_are_keyed(
    person: Person, product: Product
) -> None:
    person.taps_the_number()
    page = person.page
    expect(page.get_by_text("press a key")).to_be_visible()

    page.keyboard.press("1")
    expect(page.get_by_text("0 of 16 keyed")).to_be_visible()
    page.evaluate(
        """() => {
          const clipboard = new DataTransfer();
          clipboard.setData("text", "9999 0000 0000 0004");
          document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: clipboard, bubbles: true }));
        }"""
    )
    expect(page.locator(".after")).to_be_visible()

    assert product.at("/card")[0].form["Digits"] == "9999000000000004"


def test_a_hidden_number_and_another_telephone_can_call(person: Person, product: Product) -> None:
    page = person.page
    page.get_by_text("Switches").click()
    page.get_by_label("hidden").check()
    person.taps_the_number()
    expect(page.get_by_text("press a key")).to_be_visible()

    assert product.at("/voice")[0].form["From"] == "anonymous"
    page.get_by_role("button", name="Hang up").click()
    expect(page.locator(".after")).to_contain_text("hung up by the caller")


def test_a_provider_that_misbehaves_is_a_button(person: Person, product: Product) -> None:
    person.taps_the_number()
    page = person.page
    expect(page.get_by_text("press a key")).to_be_visible()

    page.get_by_role("button", name="Duplicate").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("the provider will misbehave: duplicate")
    page.get_by_role("button", name="1", exact=True).click()
    expect(page.get_by_text("0 of 16 keyed")).to_be_visible()

    assert len(product.at("/next")) == 2
    page.get_by_role("button", name="Hang up").click()
    expect(page.locator(".after")).to_be_visible()


def test_fifty_callers_leave_the_page_live_and_readable(
    simulator: RunningSimulator, product: Product, page: Page
) -> None:
    product.on("/voice", ask("동의하시면 1번을 눌러 주세요.", "/next", numDigits="1"))
    product.on("/next", say("고맙습니다.") + "<Hangup/>")
    product.on("/status", "")
    person = Person(page, simulator.url).opens()
    person.looks_at("All calls")
    script = f"dial: '{NUMBER}'\nas: '010-7777-%04d'\nsteps: [{{press: 1}}, {{expect: 고맙습니다}}]"

    with ThreadPoolExecutor(8) as callers:
        results = list(callers.map(lambda n: simulator.play(script % n), range(CALLERS)))

    assert [failure for result in results for failure in _failures(result)] == []
    expect(page.locator(".callrow")).to_have_count(CALLERS)
    page.get_by_label("Filter calls").fill("7777-0031")
    expect(page.locator(".callrow")).to_have_count(1)
    page.locator(".callrow").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("고맙습니다")


def _failures(result: dict[str, Any]) -> list[str]:
    return [failure for call in result["calls"] for failure in call["failures"]]


def test_on_a_small_screen_nothing_is_wider_than_the_screen(
    simulator: RunningSimulator, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 780}, color_scheme="dark")
    page = context.new_page()
    complaints = quiet(page)
    person = Person(page, simulator.url).opens()

    for side in ("Try it", "Telephone", "What happens"):
        person.goes_to(side)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 19, 17)"
    assert complaints == []
    context.close()


def test_every_button_and_field_has_a_name(person: Person) -> None:
    person.taps_the_number()
    page = person.page
    expect(page.get_by_text("press a key")).to_be_visible()
    page.get_by_role("button", name="Second telephone").click()
    page.evaluate("document.querySelectorAll('details').forEach((box) => (box.open = true))")

    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select")]
          .filter((one) => !(one.getAttribute("aria-label") || one.textContent.trim() || one.labels?.length))
          .map((one) => one.outerHTML)"""
    )

    assert nameless == []
    page.get_by_role("button", name="Hang up").click()


def test_what_is_said_is_announced_to_those_who_cannot_see(person: Person) -> None:
    person.taps_the_number()

    announced = person.page.locator(".subtitles [aria-live=polite]")
    expect(announced).to_have_text("동의하시면 1번을 눌러 주세요.")
    person.page.get_by_role("button", name="Hang up").click()
    expect(person.page.locator(".after")).to_be_visible()


def test_a_page_that_was_left_alone_by_the_simulator_comes_back(
    person: Person, simulator: RunningSimulator
) -> None:
    simulator.board.reset()

    expect(person.page.get_by_text("No text yet").first).to_be_visible()

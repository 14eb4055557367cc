"""Takes the pictures of docs/handset.md: `python -m tests.handset.pictures [FOLDER]`."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from embedded.service import ROOT, Address
from tests.handset.person import Person
from tests.handset.surroundings import quiet, running_browser, running_service

FOLDER = ROOT / "docs" / "handset"
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 360, "height": 780}
CALLERS = 50


def take_pictures(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="ars-pictures-") as var,
        running_service(Path(var)) as address,
        running_browser() as browser,
    ):
        _wide(browser, address, folder)
        _narrow(browser, address, folder)
        _two_phones(browser, address, folder)
        _crowd(browser, address, folder)


def _page(browser: Browser, size: dict[str, int], scheme: str = "light") -> Page:
    page = browser.new_context(
        viewport=size, color_scheme=scheme, reduced_motion="reduce"
    ).new_page()
    quiet(page)
    return page


def _wide(browser: Browser, address: Address, folder: Path) -> None:
    page = _page(browser, WIDE)
    person = Person(page, address.simulator).opens()
    _shoot(page, folder, "empty")
    person.asks_for_a_registration()
    expect(page.locator(".number.ours")).to_be_visible()
    _shoot(page, folder, "text")
    person.taps_the_number().hurries().follows_the_voice(until="카드번호 열여섯 자리를")
    _shoot(page, folder, "call")
    page.emulate_media(color_scheme="dark")
    _shoot(page, folder, "call-dark")
    person.follows_the_voice()
    page.emulate_media(color_scheme="light")
    person.saves_the_script()
    _shoot(page, folder, "script")
    page.get_by_role("button", name="Close").click()
    person.puts_the_phone_down().asks_for_a_charge().taps_the_number(2)
    person.follows_the_voice(until="동의하시면")
    _shoot(page, folder, "consent")
    person.follows_the_voice().puts_the_phone_down()
    person.looks_at("Webhooks")
    _shoot(page, folder, "webhooks")
    page.emulate_media(color_scheme="dark")
    person.looks_at("Texts")
    _shoot(page, folder, "texts-dark")
    page.context.close()


def _narrow(browser: Browser, address: Address, folder: Path) -> None:
    page = _page(browser, NARROW)
    person = Person(page, address.simulator).opens().goes_to("Try it")
    page.get_by_label("Customer’s phone")
    _shoot(page, folder, "small-try-it")
    person.goes_to("Telephone")
    page.get_by_text("Switches").click()
    number = page.get_by_label("Number of this phone")
    number.fill("010-0000-0011")
    number.press("Tab")
    page.get_by_text("Switches").click()
    person.goes_to("Try it").asks_for_a_registration()
    expect(page.locator(".number.ours")).to_be_visible()
    _shoot(page, folder, "small-text")
    person.taps_the_number().follows_the_voice(until="자동결제에 동의하시면")
    _shoot(page, folder, "small-call")
    person.goes_to("What happens")
    page.emulate_media(color_scheme="dark")
    _shoot(page, folder, "small-inspector-dark")
    person.goes_to("Telephone")
    page.get_by_role("button", name="Hang up").click()
    page.context.close()


def _two_phones(browser: Browser, address: Address, folder: Path) -> None:
    page = _page(browser, WIDE)
    person = Person(page, address.simulator).opens()
    page.get_by_role("button", name="Second telephone").click()
    page.get_by_label("Customer’s phone").select_option("1")
    person.asks_for_a_registration()
    expect(page.locator(".number.ours").last).to_be_visible()
    page.locator(".phone").last.locator(".number.ours").last.click()
    expect(page.locator(".subtitles .now")).to_be_visible()
    page.wait_for_timeout(1500)
    _shoot(page, folder, "two-phones")
    page.get_by_role("button", name="Hang up").click()
    page.context.close()


def _crowd(browser: Browser, address: Address, folder: Path) -> None:
    page = _page(browser, WIDE)
    person = Person(page, address.simulator).opens()
    script = ROOT / "tests" / "calls" / "crowd" / "registers.yaml"
    words = ["call", str(script), "--simulator", address.simulator, "--quiet", "--realtime"]
    many = ["--pace", "10", "--callers", str(CALLERS), "--ramp", "5"]
    crowd = subprocess.Popen(
        [sys.executable, "-m", "app", *words, *many], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    person.looks_at("All calls")
    expect(page.locator(".dot.live").nth(20)).to_be_visible(timeout=60_000)
    page.locator(".callrow").nth(3).click()
    page.wait_for_timeout(1500)
    person.looks_at("All calls")
    _shoot(page, folder, "fifty-callers")
    crowd.wait()
    page.context.close()


def _shoot(page: Page, folder: Path, name: str) -> None:
    page.wait_for_timeout(400)
    picture = Image.open(io.BytesIO(page.screenshot()))
    # 256 colours are enough for a page, and a third of the size.
    picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
        folder / f"{name}.png", optimize=True
    )


if __name__ == "__main__":
    take_pictures(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)

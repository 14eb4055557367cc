"""A person at the handset, who does only what the screen says: by clicking, and by nothing else."""

from __future__ import annotations

from playwright.sync_api import Error, Page, expect

# How long a person looks for something to press before looking again.
GLANCE_MS = 400
GLANCES_MAX = 300


class Person:
    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def opens(self) -> Person:
        self.page.goto(self.address)
        expect(self.page.get_by_role("status").filter(has_text="live")).to_be_visible()
        return self

    def goes_to(self, side: str) -> Person:
        """On a small screen, through the bar at the bottom."""
        self.page.get_by_label("Parts of the page").get_by_role("button", name=side).click()
        return self

    def asks_for_a_registration(self) -> Person:
        self.page.get_by_role("button", name="Register", exact=True).click()
        return self

    def asks_for_a_charge(self) -> Person:
        self.page.get_by_role("button", name="Charge it").click()
        self.page.get_by_role("button", name="Charge 39,000원").click()
        return self

    def taps_the_number(self, texts: int = 1) -> Person:
        """Wait until so many texts have come, and call the number in the newest."""
        numbers = self.page.locator(".number.ours")
        expect(numbers).to_have_count(texts)
        numbers.last.click()
        return self

    def hurries(self) -> Person:
        self.page.get_by_role("button", name="4×", exact=True).click()
        return self

    def follows_the_voice(self, until: str = "") -> Person:
        """Key in what is suggested, skip what cannot be answered, until the call ends or a sentence is heard."""
        over = self.page.locator(".after")
        for _ in range(GLANCES_MAX):
            if over.count() or (until and until in self.hears()):
                return self
            self._does_something()
        raise AssertionError(f"the call goes on and on; last heard: {self.hears()}")

    def _does_something(self) -> None:
        keys = self.page.locator("button.suggestion")
        skip = self.page.get_by_role("button", name="Skip this sentence")
        try:
            if keys.count():
                keys.click(timeout=GLANCE_MS)
                # A question is answered once.
                expect(keys).to_have_count(0, timeout=10 * GLANCE_MS)
            elif skip.is_enabled(timeout=GLANCE_MS):
                skip.click(timeout=GLANCE_MS)
            else:
                self.page.wait_for_timeout(GLANCE_MS / 4)
        except (Error, AssertionError):
            # The line has moved on meanwhile.
            return

    def hears(self) -> str:
        return " ".join(self.page.locator(".subtitles p").all_inner_texts())

    def saves_the_script(self) -> str:
        """The YAML of what was just done."""
        self.page.locator(".after").get_by_role("button", name="Save as script").click()
        script = self.page.locator("dialog pre")
        expect(script).to_contain_text("expect_end")
        return script.inner_text()

    def puts_the_phone_down(self) -> Person:
        self.page.get_by_role("button", name="Back to messages").click()
        return self

    def looks_at(self, tab: str) -> str:
        """What one tab of `What happens` shows."""
        self.page.get_by_role("tab", name=tab).click()
        return self.page.get_by_role("tabpanel").inner_text()

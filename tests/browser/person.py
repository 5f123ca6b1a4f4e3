"""Somebody in front of the simulator's page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit


class Person:
    """A browser context and what one does in it. `faults` are errors of the page, `strangers` what it asked of other hosts."""

    def __init__(self, context: Any, url: str) -> None:
        self.context = context
        self.url = url
        self.faults: list[str] = []
        self.strangers: set[str] = set()
        self.expect_faults = False
        self.page = self.new_page()

    def new_page(self) -> Any:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self._fault(str(error)))
        page.on("console", lambda message: self._fault(message.text) if message.type == "error" else None)
        page.on("request", self._asked)
        return page

    def _fault(self, text: str) -> None:
        if not self.expect_faults:
            self.faults.append(text)

    def _asked(self, request: Any) -> None:
        if urlsplit(request.url).scheme in {"http", "https"} and not request.url.startswith(self.url):
            self.strangers.add(request.url)

    def open(self, path: str = "/") -> None:
        self.page.goto(self.url + path)
        self.page.locator("#clock-now:not(:empty)").wait_for(state="attached")

    @property
    def narrow(self) -> bool:
        return bool(self.page.viewport_size["width"] < 720)

    def show(self, part: str) -> None:
        if self.narrow:
            self.page.locator(f".views [data-show={part}]").click()

    def choose_look(self, look: str) -> None:
        self.show("setup")
        self.page.locator(f"[name=look][value={look}]").check(force=True)
        self.show("chat")

    def start(self, flow: str) -> None:
        self.show("setup")
        self.page.locator(f"[data-flow={flow}]").click()

    def hears(self, text: str, count: int = 1) -> None:
        """Waits until that many messages of the town hall hold this text."""
        found = self.page.locator("#log .talk:not(.mine) .words", has_text=text)
        found.nth(count - 1).wait_for()
        assert found.count() == count

    def writes(self, text: str) -> None:
        self.page.locator("#message").fill(text)
        self.page.locator("#message").press("Enter")

    def presses(self, label: str) -> None:
        self.page.locator(".choices.latest").get_by_role("button", name=label, exact=True).click()

    def picks(self, label: str) -> None:
        """Takes a row of a list."""
        self.presses("Ver opciones")
        self.page.locator("#options-list button", has_text=label).click()

    def kept(self) -> dict[str, str]:
        """Returns what the side panel says: step → value."""
        rows = self.page.locator("#kept-rows li:not(.replaced)")
        texts = rows.evaluate_all(
            "rows => rows.map(row => [row.querySelector('code')?.textContent ?? '', row.querySelector('.value').textContent])"
        )
        return {step.partition(" = ")[0]: value for step, value in texts}

    def keeps(self, count: int) -> None:
        """Waits until so many answers are shown as kept."""
        self.page.locator("#kept-rows li").nth(count - 1).wait_for(state="attached")

    def until(self, condition: str) -> None:
        """Waits until this JavaScript is true. (Playwright's own waiting evaluates text in the page: its policy forbids that.)"""
        for _ in range(100):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never true: {condition}")

    def overflow(self) -> int:
        """Returns by how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

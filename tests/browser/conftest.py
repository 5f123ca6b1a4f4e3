"""A real browser, and a town hall served by a process of its own.

Where there is no browser the tests skip and say so; with REQUIRE_BROWSER=1 that is a failure. The variable TEST_BROWSER names
another one than the first of those below.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.browser.person import Person
from tests.ports import free_port

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def missing(reason: str) -> None:
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(f"{reason}; the pages were NOT tried in a browser")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed (dependency group browser)")
    path = os.environ.get("TEST_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        missing("no chromium was found (apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Served:
    """A process that serves the town; it can be killed and started again on the same folder and port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        program = Path(__file__).with_name("serve.py")
        command = [sys.executable, str(program), str(self._folder), str(self._port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "listening\n"

    def kill(self) -> None:
        """As by kill -9: nothing is written down any more."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    served = Served(folder)
    try:
        yield served
    finally:
        served.kill()


@pytest.fixture(scope="session")
def town(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One town for all tests: every browser context is a new person there."""
    with serving(tmp_path_factory.mktemp("town")) as served:
        yield served


@pytest.fixture
def own_town(chromium: Any, tmp_path: Path) -> Iterator[Served]:
    """A town of this test alone, to be killed."""
    with serving(tmp_path) as served:
        yield served


@pytest.fixture
def visit(chromium: Any, town: Served) -> Iterator[Callable[..., Person]]:
    """Opens the page as a new person: visit(width=…, scheme="dark", look="sms", url=…).

    Afterwards: nothing was asked of any other host, no program of the page failed.
    """
    people: list[Person] = []

    def come(*, width: int = 1360, height: int = 860, scheme: str = "light", look: str = "telegram", url: str = "") -> Person:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            locale="es-EC",
            timezone_id="America/Guayaquil",
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        person = Person(context, url or town.url)
        people.append(person)
        person.open()
        if look != "telegram":
            person.choose_look(look)
        return person

    yield come
    for person in people:
        person.context.close()
    for person in people:
        assert person.faults == []
        assert person.strangers == set()

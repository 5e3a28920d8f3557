"""The demo as it is served, and a browser to look at it with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from bot.demo.page.home import Home, passing_home
from tests.demo_page.chromium import ARGUMENTS, CHROMIUM
from tests.demo_page.serving import serving
from tests.demo_page.visitor import Visitor


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a fresh demo."""
    with passing_home() as home, serving(home) as address:
        yield address


@pytest.fixture
def kept_home(tmp_path: Path) -> Home:
    """A home that outlives a demo."""
    return Home(tmp_path, "e" * 64, is_kept=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a screen. Not for all tests: Playwright keeps an event loop while it lives."""
    if CHROMIUM is None:
        pytest.skip("no chromium here: apt-get install chromium, then the demo's page is tested too")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@contextmanager
def _window(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser's window with nothing remembered."""
    with _window(browser) as context:
        yield context


@pytest.fixture
def visitor(context: BrowserContext, address: str) -> Iterator[Visitor]:
    """Somebody who has opened the page. Whatever the page complains of fails the test."""
    visitor = Visitor.arrives(context, address)
    yield visitor
    assert visitor.complaints == []


@pytest.fixture(scope="module")
def module_visitor(browser: Browser) -> Iterator[Visitor]:
    """Somebody at a demo of their own for several tests."""
    with passing_home() as home, serving(home) as address, _window(browser) as context:
        yield Visitor.arrives(context, address)

"""The README's pictures, made from the demo with its seeded caseload: `make screenshots`."""

import sys
from pathlib import Path

from playwright.sync_api import Locator, expect, sync_playwright

from bot.demo.page.home import passing_home
from tests.demo_page.chromium import ARGUMENTS, CHROMIUM
from tests.demo_page.serving import serving
from tests.demo_page.visitor import Visitor

DOCS = Path(__file__).parents[2] / "docs"
TEN_WEEKS = 180_000
"""Milliseconds: the caseload is really played."""


def main() -> None:
    """Make both pictures."""
    if CHROMIUM is None:
        sys.exit("There is no chromium here. Install it, for example: apt-get install chromium")
    with passing_home() as home, serving(home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1000, "height": 1090}, reduced_motion="reduce")
        _take(Visitor.arrives(context, address))
        browser.close()


def _take(visitor: Visitor) -> None:
    visitor.tour.get_by_role("button", name="Close the tour").click()
    visitor.page.get_by_role("button", name="Play ten weeks").click()
    expect(visitor.page.locator("#now")).to_contain_text("Monday 11 May 2026", timeout=TEN_WEEKS)
    visitor.is_done()
    visitor.shows(visitor.therapist, "Your weekly summary is ready.")
    _save(visitor.therapist, "digest.png")
    visitor.page.get_by_role("tab", name="Dove").click()
    visitor.turns("A session with Dove (made up) ends")
    visitor.turns("+2 hours")
    visitor.taps(visitor.client, "Start", "Yes", "Mostly", "Mostly")
    visitor.shows(visitor.client, "Do I want to go back?")
    _save(visitor.client, "check-in.png")


def _save(phone: Locator, name: str) -> None:
    path = DOCS / name
    phone.screenshot(path=path)
    sys.stdout.write(f"docs/{name}: {path.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    main()

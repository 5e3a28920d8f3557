"""How long the demo's page takes: `python -m tests.bench.demo_page [--fresh]`.

Prints the time from `alliance demo` to a page that answers, and from a tap to the answer on the screen; with --fresh
also the time from a fresh clone to a page that answers, by `make demo` alone.
"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

from tests.demo_page.chromium import ARGUMENTS, CHROMIUM
from tests.demo_page.visitor import Visitor

ROOT = Path(__file__).parents[2]
ROUNDS = 8
# Waits in the page itself, so that nothing of Playwright's own time is counted.
TAP = """(label) => new Promise((resolve) => {
  const phone = document.getElementById("client-phone");
  const button = [...phone.querySelectorAll(".keyboard button")].filter((one) => one.textContent === label).at(-1);
  const before = phone.querySelector(".message:last-of-type .text")?.textContent;
  const began = performance.now();
  const watcher = new MutationObserver(() => {
    if (phone.querySelector(".message:last-of-type .text")?.textContent === before) return;
    watcher.disconnect();
    requestAnimationFrame(() => resolve(performance.now() - began));
  });
  watcher.observe(phone, { childList: true, subtree: true, characterData: true });
  button.click();
})"""


def main() -> None:
    """Measure and print."""
    if CHROMIUM is None:
        sys.exit("no chromium here")
    if "--fresh" in sys.argv:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["git", "clone", "--quiet", str(ROOT), folder], check=True)  # noqa: S607
            with _answering(["make", "--quiet", "demo"], Path(folder)) as (_, seconds):
                sys.stdout.write(f"from a fresh clone to a page that answers, by make demo: {seconds:.1f} s\n")
    with _answering([sys.executable, "-m", "bot", "demo"], ROOT) as (address, seconds):
        sys.stdout.write(f"from the command to a page that answers: {seconds:.1f} s\n")
        times = sorted(_taps(address))
        sys.stdout.write(
            f"from a tap to the answer on the screen, {len(times)} taps: median {statistics.median(times):.0f} ms, "
            f"longest {times[-1]:.0f} ms\n"
        )


@contextmanager
def _answering(command: list[str], folder: Path) -> Iterator[tuple[str, float]]:
    """Run a command until its page answers; yields the address and the seconds that it took."""
    began = time.monotonic()
    demo = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert demo.stdout is not None
    try:
        address = next(word for line in demo.stdout for word in line.split() if word.startswith("http://127.0.0.1"))
        assert httpx.get(address, trust_env=False).status_code == 200
        yield address, time.monotonic() - began
    finally:
        os.killpg(demo.pid, signal.SIGTERM)  # make passes no signal on
        demo.wait(20)


def _taps(address: str) -> list[float]:
    times: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        visitor = Visitor.arrives(browser.new_context(reduced_motion="reduce"), address)
        visitor.enrols()
        visitor.turns("A session with Robin ends")
        visitor.turns("+2 hours")
        for label in ("Start", "Mostly", *("Back", "✓ Mostly") * ROUNDS):
            times.append(visitor.page.evaluate(TAP, label))
            visitor.is_done()
        browser.close()
    return times


if __name__ == "__main__":
    main()

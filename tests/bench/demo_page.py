"""How long the demo's page takes: `python -m tests.bench.demo_page`.

Prints the time from `alliance demo` to a page that answers, and from a tap to the answer on the screen.
"""

import statistics
import subprocess
import sys
import time

import httpx
from playwright.sync_api import sync_playwright

from tests.demo_page.chromium import ARGUMENTS, CHROMIUM
from tests.demo_page.visitor import Visitor

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
    began = time.monotonic()
    demo = subprocess.Popen([sys.executable, "-m", "bot", "demo"], stdout=subprocess.PIPE, text=True)
    try:
        assert demo.stdout is not None
        address = next(word for word in demo.stdout.readline().split() if word.startswith("http"))
        assert httpx.get(address, trust_env=False).status_code == 200
        sys.stdout.write(f"from the command to a page that answers: {time.monotonic() - began:.1f} s\n")
        times = sorted(_taps(address))
        sys.stdout.write(
            f"from a tap to the answer on the screen, {len(times)} taps: median {statistics.median(times):.0f} ms, "
            f"longest {times[-1]:.0f} ms\n"
        )
    finally:
        demo.terminate()
        demo.wait(20)


def _taps(address: str) -> list[float]:
    times: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        visitor = Visitor.arrives(browser.new_context(reduced_motion="reduce"), address)
        visitor.enrols()
        visitor.turns("A session with Robin ends")
        visitor.turns("+2 hours")
        for label in ("Start", *("Mostly", "Back") * ROUNDS):
            times.append(visitor.page.evaluate(TAP, label))
            visitor.is_done()
        browser.close()
    return times


if __name__ == "__main__":
    main()

"""Thousands of check-ins that fall due in the same moment: planned, and queued to be sent."""

import json
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bot.config import Settings
from bot.databases import open_store
from tests.bench import phones
from tests.bench.bots import PEERS, at_once, created, plan
from tests.bench.figures import Figures, medians
from tests.bench.filled import Filling, fill
from tests.process import ROOT

LOOK_EVERY = 0.1
"""Seconds."""


def measure(check_ins: int, jobs_of_the_peer: int, rounds: int) -> Figures:
    """Return the seconds that each side takes for so many, and the milliseconds for which its event loop stood still.

    The peer takes minutes for thousands: it is measured with fewer, and its time multiplied.
    """
    times = check_ins / jobs_of_the_peer
    return medians([{**_ours(check_ins), **_theirs(jobs_of_the_peer, times)} for _ in range(rounds)])


def _ours(check_ins: int) -> dict[str, float]:
    """Let the bot plan and queue, and send meanwhile what it may."""
    with tempfile.TemporaryDirectory() as name, phones.told(check_ins) as people:
        settings = at_once(Path(name), people.url)
        _fill(settings, check_ins)
        began = time.monotonic()
        plan(settings, range(check_ins))
        planned = time.monotonic() - began
        command = [sys.executable, "-m", "tests.bench.ticking", name, people.url]
        log = Path(name) / "log.txt"
        with log.open("wb") as said, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, cwd=ROOT) as bot:
            assert bot.stdout is not None
            if not bot.stdout.readline():
                raise RuntimeError(log.read_text(encoding="utf-8"))
            began = time.monotonic()
            _wait_until_queued(settings, bot)
            queued = time.monotonic() - began
            bot.terminate()
            gap = float(bot.stdout.read().split()[-1])
    return {"seconds ours": planned + queued, "plan ours": planned, "queue ours": queued, "gap ours": gap}


def _fill(settings: Settings, clients: int) -> None:
    store = created(settings)
    fill(store, Filling(settings.practice("made_up_bot"), clients, lambda _: 1, datetime.now(UTC)))
    store.engine.close()


def _wait_until_queued(settings: Settings, bot: subprocess.Popen[bytes]) -> None:
    """Wait until the bot's own ticks have decided about every check-in that is planned."""
    with closing(open_store(settings).engine) as engine:
        while engine.query("SELECT 1 FROM check_ins WHERE state = 'planned' LIMIT 1"):
            if bot.poll() is not None:
                raise RuntimeError("the bot has ended")
            time.sleep(LOOK_EVERY)


def _theirs(jobs: int, times: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        command = [str(PEERS), "-m", "tests.bench.peers.scheduler", name, str(jobs)]
        done = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT, check=True)
    found = json.loads(done.stdout)
    add, fire = found["add"] * times, found["fire"] * times
    return {"seconds scheduler": add + fire, "add scheduler": add, "fire scheduler": fire}

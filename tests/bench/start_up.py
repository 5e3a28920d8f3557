"""How long the bot takes from its start to its first poll."""

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import phones
from tests.bench.bots import at_once, created, until_done
from tests.bench.figures import Figures, medians
from tests.bench.filled import Filling, fill
from tests.process import start

A_YEAR = 52
QUESTIONS = 4


def measure(answers: int, rounds: int) -> Figures:
    """Return the seconds on an empty database, and on one with so many answers."""
    with tempfile.TemporaryDirectory() as name:
        folders = {"empty": Path(name) / "empty", "full": Path(name) / "full"}
        _fill(folders["empty"], 0)
        _fill(folders["full"], answers // (A_YEAR * QUESTIONS))
        return medians(
            [{which: _seconds_to_first_poll(folder) for which, folder in folders.items()} for _ in range(rounds)]
        )


def _fill(folder: Path, clients: int) -> None:
    """Make a database in which so many clients have answered every week for a year."""
    folder.mkdir()
    settings = at_once(folder, "http://127.0.0.1")
    store = created(settings)
    fill(store, Filling(settings.practice("made_up_bot"), clients, lambda _: A_YEAR, datetime.now(UTC)))
    store.engine.close()


def _seconds_to_first_poll(folder: Path) -> float:
    with phones.told(0) as people:
        began = time.monotonic()
        with until_done(start(at_once(folder, people.url), folder)):
            people.do("be-polled")
            return time.monotonic() - began

"""What a check-in costs, and what the bot holds in memory, as the practice grows."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import phones
from tests.bench.bots import at_once, cpu_of, created, memory_of, plan, until_done
from tests.bench.figures import Figures, medians
from tests.bench.filled import Filling, fill
from tests.chaos.made_up import FIRST_CLIENT
from tests.process import start

A_YEAR = 52
LONG_HERE = 20
"""Every so many-th of those who are not asked has been answering for a year, too; the others for a week."""
SHARES = (1000, 100, 10, 1)


def measure(enrolments: int, asked: int, rounds: int) -> Figures:
    """Return the milliseconds of CPU for a check-in and the MB of memory, at that size and at parts of it."""
    sizes = [enrolments // share for share in SHARES]
    with tempfile.TemporaryDirectory() as name:
        practices = {size: _Practice(Path(name) / str(size), size, asked, rounds) for size in sizes}
        return medians([_round(practices, number) for number in range(rounds)])


class _Practice:
    """A practice of a size, of which others are asked in every round: nobody is asked twice within a day."""

    def __init__(self, folder: Path, clients: int, asked: int, rounds: int) -> None:
        self._folder, self._clients, self._asked = folder, clients, min(asked, clients)
        self._is_filled_anew = clients < asked * rounds
        self._taking_part = min(clients, asked * rounds)
        if not self._is_filled_anew:
            self._fill(folder)

    def asks(self, number: int) -> tuple[float, float]:
        """Ask those whose round it is; return the CPU of one check-in in milliseconds, and the memory in MB."""
        folder, first = self._folder, self._asked * number
        if self._is_filled_anew:
            folder, first = self._folder / str(number), 0
            self._fill(folder)
        with phones.told(self._asked, first=FIRST_CLIENT + first) as people:
            settings = at_once(folder, people.url)
            plan(settings, range(first, first + self._asked))
            process = start(settings, folder)
            with until_done(process):
                people.do("be-polled")
                started = cpu_of(process)
                people.do("play")
                return (cpu_of(process) - started) / self._asked * 1000, memory_of(process)

    def _fill(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        settings = at_once(folder, "http://127.0.0.1")
        store = created(settings)
        practice = settings.practice("made_up_bot")
        fill(store, Filling(practice, self._clients, self._weeks_of, datetime.now(UTC)))
        store.engine.close()

    def _weeks_of(self, client: int) -> int:
        return A_YEAR if client < self._taking_part or client % LONG_HERE == 0 else 1


def _round(practices: dict[int, _Practice], number: int) -> dict[str, float]:
    figures: dict[str, float] = {}
    for share, practice in zip(SHARES, practices.values(), strict=True):
        cpu, memory = practice.asks(number)
        figures |= {f"cpu 1/{share}": cpu, f"memory 1/{share}": memory}
    return figures

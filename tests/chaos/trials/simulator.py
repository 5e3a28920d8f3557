"""Whole practice-years within seconds: the real code on a simulated clock, network and disk."""

import random
import tempfile
from collections import Counter
from pathlib import Path

from tests.chaos.campaign import Figures, Size, Trial
from tests.chaos.simulator.year import Broken, play_year

_MEMORY = Path("/dev/shm")  # noqa: S108, where there is one, nothing waits for a real disk


def play(chance: random.Random, years: int, folder: Path) -> Figures:
    """Play so many practice-years, each a practice of its own."""
    figures: Counter[str] = Counter()
    for number in range(1, years + 1):
        seed = f"{chance.getrandbits(64):x}"
        with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else folder, prefix="alliance-") as place:
            try:
                figures += play_year(seed, Path(place)).figures()
            except Broken as broken:
                raise AssertionError(f"practice-year {number} (seed {seed}) {broken}") from broken
    return Figures(dict(figures))


SIMULATOR = Trial(
    "simulator",
    "Faults never corrupt, and whatever goes wrong together, every promise holds",
    "practice-years simulated with the real code, without sockets: two therapists or one, three to six clients who "
    "answer, go silent, pause, stop, erase, block and come back; a network, a disk and a process that fail by the "
    "seed: 429, 502, no JSON, lost requests and replies, disk full, I/O errors, kills before and after any statement "
    "and request, hours and days of downtime",
    "1,000 practice-years, 0 broken; promises are checked daily, the whole file weekly; failures replay from the seed",
    short=Size(2, 1),
    long=Size(100, 10),
    play=play,
)

"""What a finished check-in costs: start, four answers, a comment, done. All clients answer as soon as they can."""

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench import phones
from tests.bench.bots import Bot, asking, cpu_of
from tests.bench.figures import Figures, medians

ASKED_BY = (Bot.OURS, Bot.PTB, Bot.AIOGRAM, Bot.ECHO)


def measure(clients: int, rounds: int) -> Figures:
    """Return for each bot what one check-in takes: milliseconds of CPU, seconds, and calls; and how many milliseconds
    pass from a tap to what comes next.
    """
    return medians([_round(clients) for _ in range(rounds)])


def _round(clients: int) -> dict[str, float]:
    return {name: value for bot in ASKED_BY for name, value in _asked_by(bot, clients).items()}


def within_limits(clients: int, rounds: int) -> Figures:
    """Return the same for the two that wait when Telegram refuses what is too much."""
    bots = (Bot.OURS, Bot.AIOGRAM)
    found = [[_asked_by(bot, clients, "--flood-limits") for bot in bots] for _ in range(rounds)]
    return medians([{**ours, **aiogram} for ours, aiogram in found])


def _asked_by(bot: Bot, clients: int, *options: str) -> dict[str, float]:
    with (
        tempfile.TemporaryDirectory() as name,
        phones.told(clients, *options) as people,
        asking(bot, people.url, clients, Path(name)) as process,
    ):
        people.do("meet")
        started = cpu_of(process)  # what it takes to start is another matter
        found: Any = people.do("play")
        cpu = cpu_of(process) - started
        told: Any = people.do("tell")
    calls = sum(number for method, number in found["calls"].items() if method != "getUpdates")
    return {
        f"cpu {bot}": cpu / clients * 1000,
        f"lasts {bot}": median(found["lasted"]),
        f"next {bot}": median(found["waits"]) * 1000,
        f"seconds {bot}": found["seconds"],
        f"each {bot}": found["seconds"] / clients * 1000,
        f"refused {bot}": told["refused"],
        f"calls {bot}": calls / clients,
    }

"""How fast the bot sends when thousands wait, and whether Telegram would refuse any of it."""

import tempfile
from pathlib import Path
from typing import Any

from tests.bench import phones
from tests.bench.bots import Bot, asking
from tests.bench.figures import Figures

TELEGRAM_ALLOWS = 30
"""New messages in any second."""


def measure(clients: int) -> Figures:
    """Return how many new messages a second the bot sends, the most in any one second, and how many were refused."""
    with (
        tempfile.TemporaryDirectory() as name,
        phones.told(clients, "--flood-limits") as people,
        asking(Bot.OURS, people.url, clients, Path(name)),
    ):
        people.do("gather")
        found: Any = people.do("tell")
    sent = sorted(found["sent"])
    return {
        "a second": (len(sent) - 1) / (sent[-1] - sent[0]),
        "most": most_in_a_second(sent),
        "refused": found["refused"],
    }


def most_in_a_second(sent: list[float]) -> float:
    """Return how many of these moments lie in the fullest second, wherever it begins."""
    first, most = 0, 0
    for last, at in enumerate(sent):
        while at - sent[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most

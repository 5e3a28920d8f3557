"""How long clients wait for the next question when Telegram is far away, and many answer at once, or a few at a time.

Everybody has been asked beforehand. Then they all do the same step, a wave, and so on, from Start to the last answer.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import cast

from bot.config import Settings
from bot.databases import open_store
from tests.bench import phones
from tests.bench.bots import Bot, asking, at_once
from tests.bench.figures import Figures, medians, percentile
from tests.bench.phones import Told

ANSWERED_BY = (Bot.OURS, Bot.PTB, Bot.PTB_CONCURRENT)
WAVES = 5
"""Start, and four answers: after them everybody may write what they like."""
CALLS = 2
"""What comes between an answer and the next question at the least: the end of a poll, and an edit."""
IN_ORDER = ("first", "second", "third")
PATIENCE = 120.0
"""Seconds in which the bot hears what everybody has written."""


def all_at_once(clients: int, ms_of_latency: int) -> Figures:
    """Return for each bot the 95th percentile of the seconds that a client waits, and in how many chats order broke."""
    with ExitStack() as stack:
        crowds = {bot: stack.enter_context(_asked_by(bot, clients, ms_of_latency)) for bot in ANSWERED_BY}
        for people, _ in crowds.values():
            people.tell("gather")
        for people, _ in crowds.values():
            people.hear()
        found = [
            {f"p95 {bot}": percentile(_wave(people, 0), 0.95) for bot, (people, _) in crowds.items()}
            for _ in range(WAVES)
        ]
        return {**medians(found), "disordered ours": _disordered(clients, *crowds[Bot.OURS])}


def steady(clients: int, ms_of_latency: int, answers_a_second: int) -> Figures:
    """Return the 95th percentile of the milliseconds that a client waits, and the least that two calls take."""
    found: dict[str, float] = {"floor": CALLS * ms_of_latency}
    for bot in (Bot.OURS, Bot.OURS_BY_WEBHOOK):
        with _asked_by(bot, clients, ms_of_latency) as (people, _):
            people.do("gather")
            waves = [_wave(people, 1 / answers_a_second) for _ in range(WAVES)]
        found |= medians([{f"p95 {bot}": percentile(waits, 0.95) * 1000} for waits in waves])
    return found


@contextmanager
def _asked_by(bot: Bot, clients: int, ms_of_latency: int) -> Iterator[tuple[Told, Settings]]:
    """Let a bot begin to ask everybody."""
    with (
        tempfile.TemporaryDirectory() as name,
        phones.told(clients, "--latency", str(ms_of_latency / 1000)) as people,
        asking(bot, people.url, clients, Path(name)),
    ):
        yield people, at_once(Path(name), people.url)


def _wave(people: Told, spacing: float) -> list[float]:
    return cast("list[float]", people.do("wave", str(spacing)))


def _disordered(clients: int, people: Told, settings: Settings) -> float:
    """Let everybody write several messages in a row, and return in how many chats they were not heard in that order."""
    people.do("say", *IN_ORDER)
    until = time.monotonic() + PATIENCE
    with closing((store := open_store(settings)).engine):
        while len(heard := store.engine.query(_COMMENTS)) < clients * len(IN_ORDER) and time.monotonic() < until:
            time.sleep(0.5)
    chats: dict[str, list[str]] = {}
    for row in heard:
        chats.setdefault(row["session"], []).append(row["text"])
    return clients - sum(tuple(texts) == IN_ORDER for texts in chats.values())


_COMMENTS = "SELECT session, text FROM comments ORDER BY session, number"

"""People who answer while thousands of check-ins wait to be sent. In real time: the bot is a process of its own."""

import random
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from bot.config import Settings
from bot.databases import open_store
from bot.demo.stage import settings_for
from bot.demo.telegram import PretendTelegram, World, serve
from bot.demo.telegram.state import Membership
from tests.chaos.campaign import Figures, Size, Trial
from tests.chaos.made_up import FIRST_CLIENT, THERAPIST, seed_due
from tests.chaos.trials.sending import most_in_a_second
from tests.process import start

ANSWERING = range(FIRST_CLIENT, FIRST_CLIENT + 50)
RATINGS = ("Yes", "Mostly", "Partly")
SECONDS = 6.0
"""How long the fifty take to answer one question."""
AT_MOST = 1.0
"""Seconds that a full outbox may add."""
SEEDED_AT_ONCE = 100
"""Few enough that the bot, which works on the same database, need not wait."""


def play(chance: random.Random, queued: int, folder: Path) -> Figures:
    """Let fifty people answer, first alone, then while so many check-ins wait; compare how long each waits."""
    telegram = PretendTelegram()
    with serve(telegram) as url:
        world = telegram.world("4242:MADE-UP-TOKEN")
        settings = settings_for(folder, url, world.token, quiet_hours="none", check_in_delay="0s")
        _seed(settings, world, ANSWERING, create=True)
        with _running(settings, folder):
            _everybody_starts(world)
            alone = _answer(world, chance, ("1 of 4", "2 of 4"))
            others = range(FIRST_CLIENT + 100, FIRST_CLIENT + 100 + queued)
            for first in range(0, queued, SEEDED_AT_ONCE):
                _seed(settings, world, others[first : first + SEEDED_AT_ONCE], create=False)
            assert world.wait_until(lambda: any(world.person(number).sees() for number in others), 60), "unsent"
            crowded = _answer(world, chance, ("3 of 4",))
            waiting = sum(not world.person(number).sees() for number in others)
            assert waiting > 0, "nothing waited any more, so this says nothing"
    refused = sum(call.status == HTTPStatus.TOO_MANY_REQUESTS for call in list(world.calls))
    assert refused == 0, f"{refused} were refused with 429"
    assert crowded - alone <= AT_MOST, f"{crowded:.2f} s instead of {alone:.2f} s"
    figures = {"queued": queued, "still queued at the end": waiting, "answering": len(ANSWERING), "refused": refused}
    said = [call for call in list(world.calls) if call.method == "sendMessage"]
    peaks = {
        "p95 alone, s": alone,
        "p95 with the queue, s": crowded,
        "most in any second": most_in_a_second(said),
    }
    return Figures(figures, peaks)


@contextmanager
def _running(settings: Settings, folder: Path) -> Iterator[None]:
    bot = start(settings, folder)
    try:
        yield
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(60) == 0, "it did not stop cleanly"
    finally:
        bot.kill()
        bot.wait()


def _seed(settings: Settings, world: World, clients: Sequence[int], *, create: bool) -> None:
    for number in (THERAPIST, *clients):
        world.person(number, "Robin")
        world.state.records[number].bot_is = Membership.MEMBER  # each has pressed Start long ago
    store = open_store(settings, create=create)
    store.engine.migrate()
    now = datetime.now(UTC)
    seed_due(store, settings.practice("made_up_bot"), clients, now, ended_at=now)
    store.engine.close()


def _everybody_starts(world: World) -> None:
    assert world.wait_until(lambda: all(world.person(number).sees() for number in ANSWERING), 60), "unsent"
    for number in ANSWERING:
        world.person(number).taps("Start")
    assert world.wait_until(lambda: all(_asks(world, number, "1 of 4") for number in ANSWERING), 60), "not started"


def _asks(world: World, number: int, question: str) -> bool:
    return question in world.person(number).sees()[-1].text


def _answer(world: World, chance: random.Random, questions: Sequence[str]) -> float:
    """Let everybody answer these questions, each at a time of their own. Return the 95th percentile of the waits."""
    tapped: list[tuple[int, datetime]] = []
    for question in questions:
        begun = time.monotonic()
        for at, number in sorted((chance.uniform(0, SECONDS), number) for number in ANSWERING):
            time.sleep(max(0.0, begun + at - time.monotonic()))
            assert world.wait_until(lambda who=number, asked=question: _asks(world, who, asked), 60), "no answer"  # type: ignore[misc]
            tapped.append((number, datetime.now(UTC)))
            world.person(number).taps(chance.choice(RATINGS))
    waits = sorted(_waited(world, number, at) for number, at in tapped)
    return waits[int(len(waits) * 0.95)]


def _waited(world: World, number: int, tapped_at: datetime) -> float:
    """Return the seconds from a tap to the next question."""

    def edited() -> list[datetime]:
        calls = [call for call in list(world.calls) if call.chat_id == number and call.method == "editMessageText"]
        return [call.at for call in calls if call.ok and call.at >= tapped_at]

    assert world.wait_until(lambda: bool(edited()), 60), "somebody got no next question"
    return (edited()[0] - tapped_at).total_seconds()


LIVE = Trial(
    "live",
    "People who answer don't wait for those who are yet to be asked",
    "10,000 check-ins queued in the real process while 50 clients answer, in real time",
    "the next question comes within 1 s of when it comes without the queue (95th percentile); none refused with 429",
    short=Size(1, 800),
    long=Size(3, 10_000),
    play=play,
)

"""The real process, killed without warning while clients answer over HTTP."""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bot.config import Settings
from bot.databases import open_store
from bot.demo.stage import settings_for
from bot.demo.telegram import Fault, FaultKind, NoSuchButton, Person, PretendTelegram, World, serve
from tests.chaos.campaign import Figures, Size, Trial
from tests.chaos.made_up import FIRST_CLIENT, THERAPIST, seed_due
from tests.process import start

CLIENTS = range(FIRST_CLIENT, FIRST_CLIENT + 8)
TAPS = ("Start", "Yes", "Mostly", "I think so", "Not sure", "It isn't helping", "Just know it", "Done", "Change")
REPEATED = 0.1
"""The share of updates that Telegram hands out once more."""
SEND_TAKES = 0.1
"""Seconds from when Telegram has a message to when it carries it out, where a kill is aimed at that."""
UNDER_WAY = 0.5
"""Seconds after which Telegram has carried out what the killed bot has sent."""
PATIENCE = 60
"""Seconds of real time, after which something that should happen counts as lost."""


@dataclass
class _Bot:
    """The process that is killed, with the world it talks to."""

    settings: Settings
    world: World
    chance: random.Random
    folder: Path
    process: subprocess.Popen[bytes]

    def is_up(self) -> bool:
        return self.process.poll() is None


def play(chance: random.Random, kills: int, folder: Path) -> Figures:
    """Kill the bot so many times; then see that everything was handled once, and that little was said twice."""
    telegram = PretendTelegram()
    with serve(telegram) as url:
        token = f"{chance.randrange(1000, 9999)}:MADE-UP-TOKEN"
        world = telegram.world(token)
        world.flood_limits = False
        settings = settings_for(folder, url, token, quiet_hours="none", check_in_delay="0s")
        _seed(settings, world)
        bot = _Bot(settings, world, chance, folder, start(settings, folder))
        try:
            return _kill_again_and_again(bot, kills)
        finally:
            bot.process.kill()
            bot.process.wait()


def _kill_again_and_again(bot: _Bot, kills: int) -> Figures:
    world = bot.world
    assert world.wait_until(lambda: all(_was_asked(world, client) for client in CLIENTS), seconds=PATIENCE), "unsent"
    unknown, repeated = _unknown(bot), 0
    aims = Counter[str]()
    for _ in range(kills):
        aim = bot.chance.choice(AIMS)
        aim(bot)
        assert bot.is_up(), "the bot stopped by itself"
        bot.process.send_signal(signal.SIGKILL)
        bot.process.wait()
        time.sleep(UNDER_WAY if aim is _inside_a_send else 0)
        aims[aim.__name__.removeprefix("_")] += 1
        after = _unknown(bot)
        assert max((after - unknown).values(), default=0) <= 1, "more than one repeated message in a chat"
        unknown = after
        repeated += world.repeat_updates(REPEATED, bot.chance)
        bot.process = start(bot.settings, bot.folder)
    _settle(bot)
    bot.process.send_signal(signal.SIGTERM)
    assert bot.process.wait(PATIENCE) == 0, "it did not stop cleanly"
    # A tap on a repeated card makes it known after all; without a kill, nothing else becomes unknown.
    grown = [client for client, number in _unknown(bot).items() if number > unknown[client]]
    assert not grown, "a message was repeated without a kill"
    return Figures({"kills": kills, **aims, "updates": _handled_once(bot), "handed out again": repeated})


# when to kill


def _at_random(bot: _Bot) -> None:
    """After a few calls more."""
    until = bot.world.calls_made + bot.chance.randrange(6, 20)
    while bot.world.calls_made < until and bot.is_up():
        before = bot.world.calls_made
        _act(bot)
        bot.world.wait_until(partial(_has_called, bot.world, before), seconds=10)


def _around_a_commit(bot: _Bot) -> None:
    """Within the milliseconds in which an update is stored, handled and committed."""
    _listen(bot)
    before = len(bot.world.handed_out)
    _act(bot)
    _wait(bot, lambda: len(bot.world.handed_out) > before)
    time.sleep(bot.chance.random() * 0.03)


def _inside_a_send(bot: _Bot) -> None:
    """While a message is under way: Telegram has it, the bot does not know yet."""
    _listen(bot)
    method = bot.chance.choice(("sendMessage", "editMessageText"))
    bot.world.order_fault(Fault(FaultKind.DELAY, method, seconds=SEND_TAKES))
    for _ in range(20):
        _act(bot)
        if bot.world.wait_until(lambda: not bot.world.outstanding_faults, seconds=0.3):
            break
    time.sleep(bot.chance.random() * SEND_TAKES)


def _at_the_acknowledgement(bot: _Bot) -> None:
    """Just when the bot has told Telegram that it has an update."""
    _listen(bot)
    _act(bot)
    _wait(bot, lambda: bot.world.pending_updates == 0)


AIMS: tuple[Callable[[_Bot], None], ...] = (_at_random, _around_a_commit, _inside_a_send, _at_the_acknowledgement)


def _listen(bot: _Bot) -> None:
    """Wait until the bot has heard everything, so that what follows is aimed at."""
    before = bot.world.calls_made
    _wait(bot, lambda: bot.world.calls_made > before and bot.world.pending_updates == 0)


def _wait(bot: _Bot, is_so: Callable[[], bool]) -> None:
    assert bot.world.wait_until(lambda: is_so() or not bot.is_up(), seconds=PATIENCE), "the bot does not answer"


# what people do


def _act(bot: _Bot) -> None:
    client = bot.world.person(bot.chance.choice(CLIENTS))
    if bot.chance.random() < 0.2:
        client.says(bot.chance.choice(("4", "5", f"made-up words {bot.world.calls_made} {bot.chance.random()}")))
        return
    for label in bot.chance.sample(TAPS, len(TAPS)):
        try:
            client.taps(label)
        except NoSuchButton:
            continue
        return
    client.says("/help")  # nothing is left to tap


def _settle(bot: _Bot) -> None:
    """Wait until everything was fetched, and everybody gets an answer again."""
    assert bot.world.wait_until(lambda: bot.world.pending_updates == 0, seconds=PATIENCE), "updates are not fetched"
    for client in CLIENTS:
        person = bot.world.person(client)
        person.says("/help")
        assert bot.world.wait_until(partial(_was_helped, person), seconds=PATIENCE), "somebody gets no answer"


# what came of it


def _seed(settings: Settings, world: World) -> None:
    store = open_store(settings, create=True)
    store.engine.migrate()
    now = datetime.now(UTC)
    for number in (THERAPIST, *CLIENTS):
        world.person(number, "Robin").starts()
    seed_due(store, settings.practice("made_up_bot"), CLIENTS, now, ended_at=now)
    store.engine.close()


def _was_asked(world: World, client: int) -> bool:
    return any("A short check-in is ready" in message.text for message in world.person(client).sees())


def _has_called(world: World, before: int) -> bool:
    return world.calls_made > before


def _was_helped(person: Person) -> bool:
    return any("What you can do here" in message.text for message in person.sees()[-2:])


def _handled_once(bot: _Bot) -> int:
    """See that every update that was handed out is handled, once; return how many they are."""
    store = open_store(bot.settings)
    rows = store.engine.query("SELECT update_id, state FROM inbox")
    twice = store.engine.query("SELECT text FROM comments WHERE length(text) > 1 GROUP BY text HAVING count(*) > 1")
    store.engine.close()
    assert not twice, "a comment was taken twice"
    assert Counter(row["update_id"] for row in rows) == Counter(bot.world.handed_out), "updates were lost"
    assert {row["state"] for row in rows} == {"handled"}, "updates were not handled"
    return len(rows)


def _unknown(bot: _Bot) -> Counter[int]:
    """Return how many messages reached each client that the bot does not know of: these it will send again."""
    sent = Counter(call.chat_id for call in list(bot.world.calls) if call.method == "sendMessage" and call.ok)
    store = open_store(bot.settings)
    rows = store.engine.query("SELECT chat_id, count(DISTINCT message_id) AS n FROM outbox GROUP BY chat_id")
    store.engine.close()
    known = {row["chat_id"]: row["n"] for row in rows}
    return Counter({client: sent[client] - known.get(client, 0) for client in CLIENTS})


KILLS = Trial(
    "kills",
    "No received reply is lost, and each is applied once",
    "the real process over HTTP, killed at random, around a commit, inside a send and at the acknowledgement; a tenth "
    "of all updates handed out again, in disorder",
    "0 lost, 0 applied twice; at most one repeated message in a chat for each kill; 1,000 kills",
    short=Size(1, 25),
    long=Size(50, 20),
    play=play,
)

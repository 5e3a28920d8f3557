"""The real process, killed without warning while clients answer over HTTP."""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bot.config import Settings
from bot.databases import open_store
from bot.demo.stage import settings_for
from bot.demo.telegram import Fault, FaultKind, NoSuchButton, Person, PretendTelegram, World, serve
from bot.store import Store
from bot.store.sqlite import SqliteEngine
from tests.chaos.campaign import Figures, Size, Trial
from tests.chaos.crowd import Crowd, Talker
from tests.chaos.made_up import FIRST_CLIENT, THERAPIST, seed_due, session_of
from tests.process import start

CLIENTS = range(FIRST_CLIENT, FIRST_CLIENT + 8)
"""They tap and type whatever they find, without any order."""
NEW_AT_ONCE = 2
"""How many more are to be asked whenever the bot is dead: they answer what they are asked, and remember it."""
READY = "A short check-in is ready"
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
    talkers: list[Talker] = field(default_factory=list)

    @property
    def phones(self) -> list[Person]:
        return [*map(self.world.person, CLIENTS), *(one.phone for one in self.talkers)]

    def is_up(self) -> bool:
        return self.process.poll() is None


def play(chance: random.Random, kills: int, folder: Path) -> Figures:
    """Kill the bot so many times; then see that everybody was asked, that everything was handled once and every
    answer is there, and that little was said twice.
    """
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
        _fall_due(bot)
        after = _unknown(bot)
        assert max((after - unknown).values(), default=0) <= 1, "more than one repeated message in a chat"
        unknown = after
        repeated += world.repeat_updates(REPEATED, bot.chance)
        bot.process = start(bot.settings, bot.folder)
    Crowd(world, bot.chance, bot.talkers).finishes()
    _settle(bot)
    bot.process.send_signal(signal.SIGTERM)
    assert bot.process.wait(PATIENCE) == 0, "it did not stop cleanly"
    # A tap on a repeated card makes it known after all; without a kill, nothing else becomes unknown.
    at_last = _unknown(bot)
    grown = [client for client, number in at_last.items() if number > unknown[client]]
    assert not grown, "a message was repeated without a kill"
    store = open_store(bot.settings)
    try:
        found = _what_came_of_it(bot, store, at_last)
    finally:
        store.engine.close()
    return Figures({"kills": kills, **aims, **found, "handed out again": repeated})


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
    """Say something, and wait until the bot has heard everything, so that what follows is aimed at."""
    before = bot.world.calls_made
    _act(bot)
    _wait(bot, lambda: bot.world.calls_made > before and bot.world.pending_updates == 0)


def _wait(bot: _Bot, is_so: Callable[[], bool]) -> None:
    assert bot.world.wait_until(lambda: is_so() or not bot.is_up(), seconds=PATIENCE), "the bot does not answer"


# what people do


def _fall_due(bot: _Bot) -> None:
    """Let a few more check-ins fall due while nobody is there to send them."""
    first = CLIENTS.stop + len(bot.talkers)
    numbers = range(first, first + NEW_AT_ONCE)
    for number in numbers:
        bot.talkers.append(Talker(bot.world.person(number, "Robin"), bot.chance, []))
        bot.talkers[-1].starts()
    now, store = datetime.now(UTC), open_store(bot.settings)
    seed_due(store, bot.settings.practice("made_up_bot"), numbers, now, ended_at=now)
    store.engine.close()


def _act(bot: _Bot) -> None:
    if not _answers_in_order(bot):
        _does_anything(bot)


def _answers_in_order(bot: _Bot) -> bool:
    """Let one of those who remember go on, in every second case; tell whether anybody did."""
    busy = [one for one in bot.talkers if not one.has_finished()]
    if not busy or bot.chance.random() < 0.5:
        return False
    one = bot.chance.choice(busy)
    before = one.said
    one.acts()
    return one.said > before


def _does_anything(bot: _Bot) -> None:
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
    for person in bot.phones:
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
    return any(READY in message.text for message in world.person(client).sees())


def _has_called(world: World, before: int) -> bool:
    return world.calls_made > before


def _was_helped(person: Person) -> bool:
    return any("What you can do here" in message.text for message in person.sees()[-2:])


def _what_came_of_it(bot: _Bot, store: Store, unknown: Counter[int]) -> dict[str, int]:
    """See that nothing was lost and nothing was done twice; return the figures."""
    assert isinstance(store.engine, SqliteEngine)
    assert store.engine.is_sound(), "the database is damaged"
    return {
        "updates": _handled_once(bot, store),
        "fell due while it was dead": _asked_once(bot, unknown),
        "ratings": _ratings_are_there(bot, store),
        "comments": _comments_are_there(bot, store),
    }


def _asked_once(bot: _Bot, unknown: Counter[int]) -> int:
    for one in bot.talkers:
        asked = sum(READY in line for line in one.phone.notifications)
        assert asked > 0, "a check-in was not sent"
        assert asked <= 1 + unknown[one.phone.user_id], "a check-in was sent twice without a reason"
    return len(bot.talkers)


def _ratings_are_there(bot: _Bot, store: Store) -> int:
    """See that each question that was answered has a rating that was tapped: in disorder, any of them may be last."""
    rows = store.engine.query("SELECT session, question, rating FROM answers")
    stored = {(row["session"], row["question"]): row["rating"] for row in rows}
    for one in bot.talkers:
        for question, tapped in one.ratings.items():
            assert stored.get((session_of(one.phone.user_id), question)) in tapped, "a rating was lost"
    return sum(len(one.ratings) for one in bot.talkers)


def _comments_are_there(bot: _Bot, store: Store) -> int:
    rows = store.engine.query("SELECT session, text FROM comments")
    twice = Counter((row["session"], row["text"]) for row in rows if len(row["text"]) > 1)
    assert max(twice.values(), default=0) <= 1, "a comment was taken twice"
    for one in bot.talkers:
        session = session_of(one.phone.user_id)
        stored = sorted(row["text"] for row in rows if row["session"] == session)
        assert stored == sorted(one.comments), "a comment was lost"
    return sum(len(one.comments) for one in bot.talkers)


def _handled_once(bot: _Bot, store: Store) -> int:
    """See that every update that was handed out is handled, once; return how many they are."""
    rows = store.engine.query("SELECT update_id, state FROM inbox")
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
    return Counter({one.user_id: sent[one.user_id] - known.get(one.user_id, 0) for one in bot.phones})


KILLS = Trial(
    "kills",
    "No received reply is lost, and each is applied once; who is to be asked is asked",
    "the real process over HTTP, killed at random, around a commit, inside a send and at the acknowledgement; a tenth "
    "of all updates handed out again, in disorder; more check-ins fall due while it is dead",
    "0 answers lost, 0 applied twice, 0 check-ins unsent; at most one repeated message in a chat for each kill; "
    "1,000 kills",
    short=Size(1, 25),
    long=Size(50, 20),
    play=play,
)

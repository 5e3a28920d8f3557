"""The real process, killed without warning while clients answer over HTTP."""

import random
import signal
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bot.app import open_store
from bot.config import Settings
from bot.demo.stage import settings_for
from bot.demo.telegram import NoSuchButton, Person, PretendTelegram, World
from bot.house import House
from bot.queue import carry_out
from conversations import check_in, consent
from conversations.decision import Decision
from conversations.people import Account, Enrolment, EnrolmentState, Therapist
from conversations.sessions import Session
from tests.process import start

KILLS = 50
CLIENTS = range(8_000_001, 8_000_009)
TAPS = ("Start", "Yes", "Mostly", "I think so", "Not sure", "It isn't helping", "Just know it", "Done", "Change")


def test_no_update_is_lost_and_at_most_one_message_is_repeated_for_each_kill(
    telegram: PretendTelegram, telegram_url: str, token: str, tmp_path: Path
) -> None:
    """Everything that Telegram handed out is handled exactly once; a kill repeats at most one message in a chat."""
    world = telegram.world(token)
    world.flood_limits = False
    settings = settings_for(tmp_path, telegram_url, token, quiet_hours="none", check_in_delay="0s")
    _seed(settings, world)
    chance = random.Random(4)

    bot = start(settings, tmp_path)
    assert world.wait_until(lambda: all(_was_asked(world, client) for client in CLIENTS), seconds=60)
    unknown: Counter[int] = Counter()
    for _ in range(KILLS):
        _answer(world, chance, calls=chance.randrange(6, 20), bot=bot)
        bot.send_signal(signal.SIGKILL)
        bot.wait()
        after = _unknown(settings, world)
        assert max((after - unknown).values(), default=0) <= 1
        unknown = after
        bot = start(settings, tmp_path)
    _settle(world)
    bot.send_signal(signal.SIGTERM)
    assert bot.wait(20) == 0

    # A tap on a repeated card makes it known after all; without a kill, nothing else becomes unknown.
    assert [client for client, number in _unknown(settings, world).items() if number > unknown[client]] == []
    _everything_was_handled_once(settings, world)


def _was_asked(world: World, client: int) -> bool:
    return any("A short check-in is ready" in message.text for message in world.person(client).sees())


def _seed(settings: Settings, world: World) -> None:
    """Fill a database with clients whose check-in is due now."""
    store = open_store(settings, create=True)
    store.engine.migrate()
    now = datetime.now(UTC)
    practice = settings.practice("made_up_bot")
    house = House(store, practice, lambda: now)
    therapist = Therapist(
        "T", "Dr. Weber", 8_000_000, practice.zone, True, practice.digest_at, False, now + timedelta(days=6)
    )
    world.person(8_000_000, "Dr. Weber").starts()
    saved = Decision((Account(8_000_000), therapist))
    for number in CLIENTS:
        world.person(number, "Robin").starts()
        code = f"C{number}"
        terms = consent.terms(practice, therapist)
        enrolment = Enrolment(code, "T", str(number), EnrolmentState.ACTIVE, now, number, now, None, terms, now, now)
        session = Session(f"S{number}", code, None, now, now)
        saved += Decision((Account(number), enrolment, session, check_in.plan(session, None, None, practice)))
    with store.transaction() as transaction:
        carry_out(saved, transaction, house.clock())
    store.engine.close()


def _answer(world: World, chance: random.Random, calls: int, bot: subprocess.Popen[bytes]) -> None:
    """Let clients tap and write, each when the bot has stirred, until it has made so many calls more."""
    until = world.calls_made + calls
    while world.calls_made < until:
        assert bot.poll() is None, "the bot stopped by itself"
        client = world.person(chance.choice(CLIENTS))
        before = world.calls_made
        _act(client, chance)
        world.wait_until(partial(_has_called, world, before), seconds=10)


def _has_called(world: World, before: int) -> bool:
    return world.calls_made > before


def _act(client: Person, chance: random.Random) -> None:
    if chance.random() < 0.2:
        client.says(chance.choice(("4", "5", "made-up words")))
        return
    for label in chance.sample(TAPS, len(TAPS)):
        try:
            client.taps(label)
        except NoSuchButton:
            continue
        return


def _settle(world: World) -> None:
    """Wait until everything was fetched and the bot polls for more."""
    assert world.wait_until(lambda: world.pending_updates == 0, seconds=60)
    for client in CLIENTS:
        person = world.person(client)
        person.says("/help")
        assert world.wait_until(partial(_was_helped, person), seconds=60)


def _was_helped(person: Person) -> bool:
    return any("What you can do here" in message.text for message in person.sees()[-2:])


def _everything_was_handled_once(settings: Settings, world: World) -> None:
    store = open_store(settings)
    rows = store.engine.query("SELECT update_id, state FROM inbox")
    store.engine.close()
    assert Counter(row["update_id"] for row in rows) == Counter(world.handed_out)
    assert {row["state"] for row in rows} == {"handled"}


def _unknown(settings: Settings, world: World) -> Counter[int]:
    """Return how many messages reached each client that the bot does not know of: these it will send again."""
    sent = Counter(call.chat_id for call in list(world.calls) if call.method == "sendMessage" and call.ok)
    store = open_store(settings)
    rows = store.engine.query("SELECT chat_id, count(DISTINCT message_id) AS n FROM outbox GROUP BY chat_id")
    store.engine.close()
    known = {row["chat_id"]: row["n"] for row in rows}
    return Counter({client: sent[client] - known.get(client, 0) for client in CLIENTS})

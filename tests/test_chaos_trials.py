"""The trials that play without sockets: alike from the same seed, and able to find what is broken."""

import random
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import timedelta
from itertools import count, pairwise
from pathlib import Path
from unittest import mock

import psycopg
import pytest

from bot.config import Settings
from bot.databases import open_store
from bot.demo.telegram import World
from bot.render import Body
from bot.store.check_ins import CheckIns
from bot.telegram_api import TelegramApi
from bot.updates import Unparsable
from conversations.sessions import CheckIn
from tests import databases
from tests.chaos.campaign import CannotTry
from tests.chaos.simulator.year import Broken, play_year
from tests.chaos.trials import bad_input, jumps, kills, power_loss, replicas, sending
from tests.databases import Server

SPAN = timedelta(days=12)


@pytest.mark.unmeasured
def test_a_simulated_practice_plays_alike_from_the_same_seed(tmp_path: Path) -> None:
    """Every message at the same moment, with every fault; another seed is another story."""
    folders = [tmp_path / name for name in ("first", "second", "other")]
    for folder in folders:
        folder.mkdir()
    first, second, other = (
        play_year(seed, folder, SPAN) for seed, folder in zip(("a", "a", "b"), folders, strict=True)
    )
    assert first.watch.messages > 0
    assert second.figures() == first.figures()
    assert second.watch.transcript.hexdigest() == first.watch.transcript.hexdigest()
    assert other.watch.transcript.hexdigest() != first.watch.transcript.hexdigest()


@pytest.mark.unmeasured
def test_a_simulated_practice_finds_an_answer_that_is_not_stored(tmp_path: Path) -> None:
    """Clients remember what they were shown to be taken."""
    save = CheckIns.save_check_ins

    def forget(check_ins: CheckIns, saved: Sequence[CheckIn]) -> None:
        save(check_ins, saved)
        check_ins.engine.execute("DELETE FROM answers WHERE rating = 4")

    with mock.patch.object(CheckIns, "save_check_ins", forget), pytest.raises(Broken, match="answer is lost"):
        play_year("a", tmp_path, timedelta(days=40))


@pytest.mark.unmeasured
def test_a_disk_that_lost_what_was_synced_is_told_from_one_that_did_not(tmp_path: Path) -> None:
    """A log that is cut before what a commit has waited for loses something, and that shows."""
    moments = power_loss.record(random.Random(1), tmp_path).moments
    before, after = next(pair for pair in pairwise(moments[-50:]) if pair[0].content != pair[1].content)
    power_loss.check(after.files, before, after, tmp_path)
    power_loss.check(before.files, before, after, tmp_path)
    with pytest.raises(AssertionError, match="is lost"):
        power_loss.check(moments[0].files, before, after, tmp_path)


@pytest.mark.parametrize(
    ("place", "broken", "found"),
    [
        ("bot.receive.has_number", lambda _update: True, "update_id|subscriptable|indices|attribute"),
        ("bot.updates._is_id", lambda value: type(value) is int, "too large"),
    ],
)
def test_bad_input_finds_what_would_stop_the_bot(place: str, broken: object, found: str, tmp_path: Path) -> None:
    """Without the checks of what comes, one update ends it all."""
    with mock.patch(place, broken), pytest.raises(Exception, match=found):
        bad_input.play(random.Random(1), 3000, tmp_path)


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("BEFORE INSERT ON comments WHEN NEW.number = 0 BEGIN SELECT RAISE(IGNORE); END", "a comment was lost"),
        ("BEFORE INSERT ON answers WHEN NEW.question = 'freely' BEGIN SELECT RAISE(IGNORE); END", "a rating was lost"),
    ],
)
def test_kills_that_lose_an_answer_are_found(fault: str, found: str, tmp_path: Path) -> None:
    """The inbox knows of every update, and what somebody said is gone all the same."""
    seed = kills._seed

    def seed_with_fault(settings: Settings, world: World) -> None:
        seed(settings, world)
        store = open_store(settings)
        store.engine.execute(f"CREATE TRIGGER fault {fault}")
        store.engine.close()

    with (
        mock.patch.object(kills, "_seed", seed_with_fault),
        mock.patch.object(kills, "AIMS", (kills._at_the_acknowledgement,)),
        pytest.raises(AssertionError, match=found),
    ):
        kills.play(random.Random(1), 1, tmp_path)


@pytest.mark.unmeasured
@pytest.mark.parametrize("line", [jumps.READY, jumps.REMINDER])
def test_jumps_find_what_is_sent_twice(line: str, tmp_path: Path) -> None:
    """Once among many is enough."""
    send, sent = TelegramApi.send, count(1)

    async def send_again(api: TelegramApi, chat_id: int, body: Body, *, silent: bool) -> int:
        if body.html.startswith(line) and next(sent) == 3:
            await send(api, chat_id, body, silent=silent)
        return await send(api, chat_id, body, silent=silent)

    with (
        mock.patch.object(TelegramApi, "send", send_again),
        pytest.raises(AssertionError, match=r"2 times about 1 sessions"),
    ):
        jumps.play(random.Random(1), 2, tmp_path)


@pytest.mark.unmeasured
def test_a_flood_finds_chats_that_get_too_much_at_once(tmp_path: Path) -> None:
    """Whoever is not left alone for a second after each message."""
    with (
        mock.patch("bot.pace.CHAT_RESTS_FOR", 0.0),
        pytest.raises(AssertionError, match=r"in a second in one chat|refused with 429"),
    ):
        sending.play_flood(random.Random(1), 60, tmp_path)


def test_bad_input_finds_words_in_the_log(tmp_path: Path) -> None:
    """An error that quotes what somebody wrote is noticed."""
    with (
        mock.patch.object(Unparsable, "__str__", return_value=bad_input.CANARY),
        pytest.raises(AssertionError, match="words are in the log"),
    ):
        bad_input.play(random.Random(1), 200, tmp_path)


_TRIGGER = """
CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {fault}; RETURN NEW; END $$;
CREATE TRIGGER fault BEFORE {event} ON inbox FOR EACH ROW EXECUTE FUNCTION fault()
"""


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    ("event", "fault", "found"),
    [
        ("INSERT", "IF NEW.payload LIKE '%words 0%' THEN RETURN NULL; END IF", "updates were lost"),
        ("INSERT", "NEW.number = 1000000 - NEW.number", "out of order"),
        (
            "UPDATE",
            "IF OLD.payload LIKE '%words 0%' AND OLD.attempts = 0 THEN NEW = OLD; NEW.attempts = 1; END IF",
            "a comment was taken twice",
        ),
    ],
    ids=["lost", "disorder", "twice"],
)
def test_replicas_that_lose_repeat_or_reorder_what_came_are_found(
    server: Server, event: str, fault: str, found: str, tmp_path: Path
) -> None:
    """The inbox takes an update and does not store it, hands the latest out first, or does not know what is done."""
    address = server.database()
    with psycopg.connect(address) as connection:
        connection.execute(_TRIGGER.format(event=event, fault=fault).encode())
    with (
        mock.patch.object(replicas, "_database_server", return_value=nullcontext(server)),
        mock.patch.object(Server, "database", return_value=address),
        mock.patch.object(replicas, "REPLICAS", 1),
        mock.patch.object(replicas, "troubles", return_value=[]),
        pytest.raises(AssertionError, match=found),
    ):
        replicas.play(random.Random(1), 30, tmp_path)


def test_replicas_are_not_tried_without_a_server(tmp_path: Path) -> None:
    """With a line that says what is missing."""
    with (
        mock.patch.object(databases, "_programs", return_value=None),
        pytest.raises(CannotTry, match="no PostgreSQL: neither"),
    ):
        replicas.play(random.Random(1), 30, tmp_path)
